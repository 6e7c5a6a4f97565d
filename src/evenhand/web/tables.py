"""Serving a table as a CSV file or a workbook that spreadsheets open without running anything in it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import xlsxwriter
from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_SHEET_ROWS = 1_048_575
_PLAIN_TEXT = {
    "in_memory": True,
    "constant_memory": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": True,
}


def serve_table(table: pl.DataFrame, name: str) -> HttpResponse:
    """Serve a table as CSV. Lists become text; a text that a spreadsheet would run gets an apostrophe before it."""
    texts = [column for column, dtype in table.schema.items() if dtype == pl.String]
    plain = _flatten(table).with_columns(
        *(
            pl.when(pl.col(column).str.contains(r"^[=+\-@\t\r]"))
            .then(pl.lit("'") + pl.col(column))
            .otherwise(pl.col(column))
            .alias(column)
            for column in texts
        ),
    )
    return attach(plain.write_csv(include_bom=True), name, "text/csv; charset=utf-8")


def serve_workbook(table: pl.DataFrame, name: str) -> HttpResponse:
    """Serve a table as a workbook of one sheet: ids are text, no cell is a formula."""
    plain, packed = _flatten(table.head(_MOST_SHEET_ROWS)), io.BytesIO()
    with xlsxwriter.Workbook(packed, _PLAIN_TEXT) as book:
        head, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("table")
        sheet.freeze_panes(1, 1)
        for at, (column, dtype) in enumerate(plain.schema.items()):
            sheet.set_column(at, at, 18, day if dtype == pl.Date else None)
            sheet.write_string(0, at, column, head)
            write = sheet.write_string if dtype == pl.String else sheet.write
            for row, value in enumerate(plain[column].to_list(), start=1):
                if value is not None:
                    write(row, at, value)
        sheet.autofilter(0, 0, max(plain.height, 1), max(plain.width - 1, 0))
    return attach(packed.getvalue(), name, WORKBOOK)


def serve_as(form: str, table: pl.DataFrame, name: str) -> HttpResponse | None:
    """Serve a table as the file that an address asks for: ``csv`` or ``xlsx``; None where it asks for a page."""
    serve = {"csv": serve_table, "xlsx": serve_workbook}.get(form)
    return None if serve is None else serve(table, f"{name}.{form}")


def _flatten(table: pl.DataFrame) -> pl.DataFrame:
    lists = [column for column, dtype in table.schema.items() if dtype.is_nested()]
    return table.with_columns(
        pl.col(column).cast(pl.List(pl.String)).list.join("; ").replace("", None) for column in lists
    )


def attach(content: bytes | str, name: str, kind: str) -> HttpResponse:
    """Serve content as a file of that name, without the signs that headers and file systems don't bear."""
    response = HttpResponse(content, content_type=kind)
    safe = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def page_of(table: pl.DataFrame, offset: int, limit: int, columns: Sequence[str] = ()) -> list[dict[str, object]]:
    """Return some rows as plain values."""
    cut = table.select(columns) if columns else table
    return cut.slice(offset, limit).to_dicts()
