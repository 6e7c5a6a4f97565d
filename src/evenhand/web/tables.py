"""Serving a table as a CSV file that spreadsheets open without running anything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from django.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Sequence


def serve_table(table: pl.DataFrame, name: str) -> HttpResponse:
    """Serve a table as CSV. Lists become text; a text that a spreadsheet would run gets an apostrophe before it."""
    texts = [column for column, dtype in table.schema.items() if dtype == pl.String]
    lists = [column for column, dtype in table.schema.items() if dtype.is_nested()]
    plain = table.with_columns(
        *(pl.col(column).cast(pl.List(pl.String)).list.join("; ").replace("", None) for column in lists),
        *(
            pl.when(pl.col(column).str.contains(r"^[=+\-@\t\r]"))
            .then(pl.lit("'") + pl.col(column))
            .otherwise(pl.col(column))
            .alias(column)
            for column in texts
        ),
    )
    response = HttpResponse(plain.write_csv(include_bom=True), content_type="text/csv; charset=utf-8")
    safe = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    return response


def page_of(table: pl.DataFrame, offset: int, limit: int, columns: Sequence[str] = ()) -> list[dict[str, object]]:
    """Return some rows as plain values."""
    cut = table.select(columns) if columns else table
    return cut.slice(offset, limit).to_dicts()
