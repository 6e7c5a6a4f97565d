"""A source's table as it was read: text or typed columns, and where each row stood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_ROW = 2
"""A spreadsheet counts the header as row 1."""


@dataclass(frozen=True)
class RawTable:
    """A file or sheet, before anything is known about what its columns mean.

    Attributes
    ----------
    frame
        The columns under the names of the source: all text (CSV), or typed (Parquet).
    file
        The file's name, as the user knows it.
    rows
        (n,) row numbers as a spreadsheet counts them: the header is 1, a quoted line break does not count.
        None: 2, 3, … in order.
    sheet
        The sheet of a workbook, or None.
    lines
        (n,) line numbers of the file where they differ from `rows` (quoted line breaks), else None.
    """

    frame: pl.DataFrame
    file: str
    rows: pl.Series | None = None
    sheet: str | None = None
    lines: pl.Series | None = None

    @cached_property
    def row_numbers(self) -> pl.Series:
        """(n,) row numbers, also where `rows` is None."""
        if self.rows is not None:
            return self.rows.cast(pl.UInt32)
        return pl.int_range(FIRST_ROW, FIRST_ROW + self.frame.height, dtype=pl.UInt32, eager=True).alias("row")

    @property
    def where(self) -> str:
        """The file, with its sheet where it has one."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file


def find_source(name: str, raw: Mapping[str, RawTable]) -> str | None:
    """Return the key of a source's table by its name or its file's name, in any case; None where there is none."""
    if name in raw:
        return name
    by_name = {key.casefold(): key for key in raw}
    by_file = {table.file.casefold(): key for key, table in raw.items() if table.sheet is None}
    return by_name.get(name.casefold()) or by_file.get(name.casefold())


def toml_key(name: str) -> str:
    """Return a name as a key of a TOML file: quoted only where it must be."""
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
