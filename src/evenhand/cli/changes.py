"""``evenhand changes``: what changed between two books."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.output import Format, print_frame


class Show(StrEnum):
    """What of the changes is printed."""

    COUNTS = "counts"
    FIGURES = "figures"
    ACCOUNTS = "accounts"
    MOVES = "moves"
    TERRITORIES = "territories"
    OPPORTUNITIES = "opportunities"


def changes(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier book.")],
    after: Annotated[Path, typer.Argument(help="Folder of the later book.")],
    *,
    show: Annotated[
        Show, typer.Option(help="How many, sums, or the rows that are new, gone or changed; moves between territories.")
    ] = Show.COUNTS,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TABLE,
) -> None:
    """Say what changed between two books: accounts, territories and opportunities that are new, gone or changed.

    Example: evenhand changes books/2026-Q3 books/2026-Q4 --show accounts --format csv
    """
    import polars as pl

    from evenhand.app.changes import differ_folders
    from evenhand.wiring.container import connect_outside

    frame: pl.DataFrame = getattr(differ_folders(connect_outside(), before, after), str(show))
    if output is not Format.JSON:
        lists = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
        frame = frame.with_columns(pl.col(name).list.join("; ") for name in lists)
    print_frame(frame, output)
