"""``evenhand flags``: what honouring managers' flags would cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame, print_json, say


def flags(
    plan: Annotated[Path, typer.Argument(help="Folder of the plan.")],
    sheet: Annotated[
        Path,
        typer.Argument(
            metavar="FLAGS",
            help="CSV or Excel: account_id, to_territory_id (empty: it stays where it is today), "
            "instead_account_id and instead_to_territory_id for a swap, reason, words.",
        ),
    ],
    *,
    book: Annotated[Path, typer.Option(help="Folder of the book it was made from.")],
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Price flags: what honouring each costs in moves, balance and quota, who goes instead, and which go together.

    Example: evenhand flags plans/2026-Q4 flags.csv --book books/2026-Q4
    """
    from evenhand.adapters.files.flag_sheets import read_flag_sheet
    from evenhand.app.flags import price_flags, read_flags
    from evenhand.wiring.container import connect_outside

    priced = price_flags(connect_outside(), plan, book, read_flags(read_flag_sheet(sheet)))
    if output is Format.JSON:
        print_json(
            {
                "flags": [
                    {"row": flag.flag_id, "account_id": flag.account_id, "wants": list(flag.wants)}
                    | {"reason": flag.reason, "words": flag.words, "price": priced.prices[flag.flag_id].as_dict()}
                    for flag in priced.flags
                ],
                "bundle": [step.as_dict() for step in priced.bundle.steps],
                "left_out": dict(priced.bundle.left_out),
                "n_proven": priced.bundle.n_proven,
            }
        )
        return
    print_frame(priced.table(), output, "Flags and their price")
    if output is Format.TABLE:
        steps = priced.bundle.steps
        if steps:
            say(f"The {len(steps)} that go together, at the cheapest: {steps[-1].words} {priced.bundle.words}")
        else:
            say("None can be honoured within the bands.")
