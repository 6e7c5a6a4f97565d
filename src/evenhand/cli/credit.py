"""``evenhand credit``: who is paid what for deals that changed hands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame, print_json, say


def credit(
    handoff: Annotated[Path, typer.Argument(help="Folder of the handoff.")],
    *,
    book: Annotated[Path, typer.Option(help="Folder of a newer book, which shows what was won.")],
    disputes: Annotated[Path | None, typer.Option(help="CSV file of disputes and what was decided.")] = None,
    deals: Annotated[bool, typer.Option("--deals", help="Print every deal, not the reps' totals.")] = False,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for credit.csv and a statement for each rep.")
    ] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder with templates of your own.")] = None,
    locale: Annotated[str, typer.Option(help="How statements write numbers, amounts and dates.")] = "en_US",
    replace: Annotated[bool, typer.Option("--replace", help="Replace older statements in that folder.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """State who is paid what for the deals of a handoff that were won, to the cent.

    With a newer book the same command gives the newer state. Example: evenhand credit handoff --book books/2027-Q1
    """
    from evenhand.app.credit import credit_deals
    from evenhand.wiring.container import connect_outside

    made = credit_deals(
        connect_outside(), handoff, book, disputes=disputes, to=to, templates=templates, locale=locale, replace=replace
    )
    if output is Format.JSON:
        print_json(
            {
                "as_of": made.as_of.isoformat(),
                "currency": made.currency,
                "n_open": made.n_open,
                "n_undecided": made.n_undecided,
                "statements": made.statements.to_dicts(),
                "deals": made.credit.to_dicts(),
            }
        )
    else:
        print_frame(made.credit if deals else made.statements, output, f"Credit by {made.as_of} in {made.currency}")
    n_won = made.credit["opportunity_id"].n_unique()
    say(
        f"{n_won:,} deals won by {made.as_of}, {made.n_open:,} neither won nor paid"
        + (f", {made.n_undecided:,} disputes to be decided" if made.n_undecided else "")
        + (f". The statements are in {to}" if to is not None else "")
        + "."
    )
