"""``evenhand check``: verify a plan from its files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_findings, print_json, say
from evenhand.foundation.errors import ExitCode


def check(
    plan: Annotated[Path, typer.Argument(help="Folder of the plan.")],
    *,
    book: Annotated[Path, typer.Option(help="Folder of the book it was made from.")],
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Work out every figure of a plan again, without the solver, and say whether it is what it claims.

    Example: evenhand check plans/2026-Q4 --book books/2026-Q4
    """
    from evenhand.app.check import check_plan
    from evenhand.wiring.container import connect_outside

    outside = connect_outside()
    verification = check_plan(outside, plan, outside.read_book(book))
    proof = verification.proof
    levels = [] if proof is None else [
        {"level": level.name, "value": level.value, "bound": level.bound, "gap": level.gap} for level in proof.levels
    ]  # fmt: skip
    if output is Format.JSON:
        print_json(
            {"holds": verification.holds, "levels": levels, "findings": [f.as_dict() for f in verification.findings]}
        )
    else:
        print_findings(verification.findings, output)
        for level in levels:
            say(f"{level['level']}: this plan has {level['value']:g}, and no other less than {level['bound']:g}")
    if not verification.holds:
        say("The plan does NOT hold.")
        raise typer.Exit(ExitCode.REFUSED)
    say("The plan holds: every file is as written, and every figure is what the files and the book give.")
