"""``evenhand compare``: plans side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame
from evenhand.foundation.errors import InputError


def compare(
    plans: Annotated[list[Path], typer.Argument(metavar="PLAN PLAN...", help="Folders of two or more plans.")],
    *,
    accounts: Annotated[
        bool, typer.Option("--accounts", help="Of two plans, the accounts they put in different territories.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Put plans of one book side by side, or list where two of them differ.

    Example: evenhand compare plans/gentle plans/strict --accounts
    """
    from evenhand.app.compare import compare_assignments, compare_plans
    from evenhand.wiring.container import connect_outside

    if len(plans) < 2:
        raise InputError({"plans": "give at least two plan folders"})
    if accounts and len(plans) != 2:
        raise InputError({"--accounts": "compares exactly two plans"})
    outside = connect_outside()
    frame = compare_plans(outside, plans)
    print_frame(compare_assignments(outside, *plans) if accounts else frame, output)
