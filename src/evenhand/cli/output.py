"""What commands print: data on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from evenhand.foundation.findings import Finding

_MOST_ROWS = 60


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
    if how is not Format.TABLE:
        print_frame(_findings_frame(findings), how)
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    colours = {"error": "red", "warning": "yellow", "note": "dim"}
    for finding in findings:
        colour = colours[str(finding.severity)]
        where = escape(_where(finding))
        console.print(f"[{colour}]{finding.severity!s:<8}{finding.code}[/] {where}{escape(finding.message)}")
        if finding.hint:
            console.print(f"                [dim]→ {escape(finding.hint)}[/]")


def _where(finding: Finding) -> str:
    evidence = finding.evidence
    file, row, column = evidence.get("file"), evidence.get("row"), evidence.get("column")
    parts = [str(file)] if file else []
    parts += [f"row {row}"] if row else []
    parts += [f"column {column}"] if column else []
    return f"{', '.join(parts)}: " if parts else ""


def _findings_frame(findings: list[Finding]) -> pl.DataFrame:
    import polars as pl

    rows = [
        {
            "code": finding.code,
            "severity": str(finding.severity),
            "subject": finding.subject,
            "message": finding.message,
            "hint": finding.hint,
            **{
                name: None if finding.evidence.get(name) is None else str(finding.evidence[name])
                for name in ("file", "row", "column", "value", "n_rows")
            },
        }
        for finding in findings
    ]
    names = ["code", "severity", "subject", "message", "hint", "file", "row", "column", "value", "n_rows"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))


def _print_table(frame: pl.DataFrame, title: str) -> None:
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold")
    for name, dtype in frame.schema.items():
        table.add_column(name.replace("_", " "), justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.head(_MOST_ROWS).iter_rows():
        table.add_row(*(escape(_cell(value)) for value in row))
    console = Console(highlight=False)
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
