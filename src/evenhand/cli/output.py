"""What commands print: data on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from evenhand.foundation.findings import Finding

_MOST_ROWS = 60
_LONG = 30
_WIDTH = 140


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def say(message: str) -> None:
    """Print a message for people, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(escape(message))


def say_error(message: str) -> None:
    """Print what went wrong, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]Error[/] {escape(message)}")


def print_frame(frame: pl.DataFrame, how: Format, title: str = "") -> None:
    """Print a table on standard output."""
    if how is Format.CSV:
        sys.stdout.write(frame.write_csv())
    elif how is Format.JSON:
        print_json(frame.to_dicts())
    else:
        _print_table(frame, title)


def print_json(values: Any) -> None:
    """Print plain values as JSON on standard output."""
    json.dump(values, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def print_findings(findings: Iterable[Finding], how: Format) -> None:
    """Print findings: as data on standard output, or for people on standard error."""
    findings = list(findings)
    if how is Format.JSON:
        print_json([{**finding.as_dict(), **_place(finding)} for finding in findings])
        return
    if how is Format.CSV:
        print_frame(_findings_frame(findings), how)
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    colours = {"error": "red", "warning": "yellow", "note": "dim"}
    for finding in findings:
        colour = colours[str(finding.severity)]
        console.print(f"[{colour}]{finding.severity!s:<8}{finding.code}[/] {escape(finding.message)}")
        if finding.hint:
            console.print(f"                [dim]→ {escape(finding.hint)}[/]")


_PLACE = ("file", "row", "column", "value", "n_rows")


def _place(finding: Finding) -> dict[str, Any]:
    return {name: finding.evidence.get(name) for name in _PLACE}


def _findings_frame(findings: list[Finding]) -> pl.DataFrame:
    import polars as pl

    names = ("code", "severity", "subject", "message", "hint", *_PLACE)
    rows = [{**finding.as_dict(), **_place(finding)} for finding in findings]
    texts = [{name: None if row[name] is None else str(row[name]) for name in names} for row in rows]
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))


def _print_table(frame: pl.DataFrame, title: str) -> None:
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE)
    for name, dtype in frame.schema.items():
        longest = frame[name].cast(str).str.len_chars().max() if frame.height else 0
        is_words = isinstance(longest, int) and longest > _LONG
        table.add_column(
            name.replace("_", " "),
            justify="right" if dtype.is_numeric() else "left",
            no_wrap=not is_words,
            overflow="fold",
        )
    for row in frame.head(_MOST_ROWS).iter_rows():
        table.add_row(*(escape(_cell(value)) for value in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH)
    console.print(table)
    if frame.height > _MOST_ROWS:
        say(f"… and {frame.height - _MOST_ROWS:,} more; --format csv prints all of them.")


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
