"""The records behind a number as a table that people read: found, sorted, summed, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.report.figures import NOTHING, format_number
from evenhand.web.browsing import Column, View, find_words, sort_table, view_table

if TYPE_CHECKING:
    from django.http import QueryDict

    from evenhand.diagnose.trace import Trace

_SUMMED = ("_cents", "_hours")
_EMPTY = pl.DataFrame(schema={"record_id": pl.String})


@dataclass(frozen=True)
class Records:
    """A table of records as asked for.

    Attributes
    ----------
    table
        All that were found, sorted.
    view
        The page of it.
    rows
        The page in words: the record's id, then a text for each further column.
    sums
        By column what all that were found add up to; empty where adding makes no sense.
    """

    table: pl.DataFrame
    view: View
    rows: list[tuple[str, list[tuple[str, str, bool]]]]
    sums: list[str]


def lay_out_records(trace: Trace, name: str, asked: QueryDict, currency: str) -> Records:
    """Cut the rows out of a trace's table that an address asks for by ``find``, ``sort`` and ``page``."""
    whole = trace.records.get(name, _EMPTY)
    columns = columns_of(whole)
    found = find_words(whole, asked.get("find", ""), whole.columns)
    table = sort_table(found, asked.get("sort", ""), columns, ("record_id",))
    view = view_table(table, asked, columns, ("record_id",))
    further = columns[1:]
    rows = [
        (
            str(row["record_id"]),
            [(column.title, _say(row[column.name], column.name, currency), column.is_number) for column in further],
        )
        for row in view.rows
    ]
    sums = [
        _say(found[column.name].sum(), column.name, currency) if _adds_up(column.name) and found.height else ""
        for column in further
    ]
    return Records(table, view, rows, sums if any(sums) else [])


def columns_of(table: pl.DataFrame) -> list[Column]:
    """Return the columns of a table of records, as a page heads them."""
    return [Column(one, _title(one), dtype.is_numeric()) for one, dtype in table.schema.items()]


def _title(column: str) -> str:
    words = column.removesuffix("_cents").replace("_", " ")
    return "Record" if column == "record_id" else words[:1].upper() + words[1:]


def _adds_up(column: str) -> bool:
    return column.endswith(_SUMMED) or column == "potential"


def _say(value: Any, column: str, currency: str) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, int | float):
        if column.endswith("_cents"):
            return f"{value / 100:,.2f}{f' {currency}' if currency else ''}"
        return format_number(value, 0 if float(value).is_integer() else 2)
    return str(value)
