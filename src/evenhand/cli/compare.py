"""``evenhand compare``: plans side by side."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame, say
from evenhand.foundation.errors import InputError


class View(StrEnum):
    """What of a comparison is printed."""

    FIGURES = "figures"
    TERRITORIES = "territories"
    ACCOUNTS = "accounts"
    MEASURES = "measures"
    QUOTAS = "quotas"


def compare(
    plans: Annotated[list[Path], typer.Argument(metavar="PLAN PLAN...", help="Folders of two or more plans.")],
    *,
    show: Annotated[
        View,
        typer.Option(
            help="figures or territories of all; of two, the accounts, measures or quotas in which they differ."
        ),
    ] = View.FIGURES,
    accounts: Annotated[bool, typer.Option("--accounts", help="The same as --show accounts.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write everything as a page that needs nothing else.")] = None,
    book: Annotated[Path | None, typer.Option(help="Folder of the book, for the names of territories.")] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Put plans of one book side by side, or list where two of them differ and why.

    Example: evenhand compare plans/gentle plans/strict --show accounts
    """
    from evenhand.app.compare import compare_folders, render_comparison
    from evenhand.wiring.container import connect_outside

    show = View.ACCOUNTS if accounts else show
    if len(plans) < 2:
        raise InputError({"plans": "give at least two plan folders"})
    if show not in (View.FIGURES, View.TERRITORIES) and len(plans) != 2:
        raise InputError({f"--show {show}": "compares exactly two plans"})
    outside = connect_outside()
    comparison = compare_folders(outside, plans)
    difference = comparison.differences[0]
    frame = {
        View.FIGURES: comparison.figures,
        View.TERRITORIES: comparison.territories,
        View.ACCOUNTS: difference.accounts,
        View.MEASURES: difference.territories,
        View.QUOTAS: difference.quotas,
    }[show]
    print_frame(frame, output)
    if html is not None:
        render_comparison(outside, comparison, html, None if book is None else outside.read_book(book))
        say(f"The page is {html}.")
