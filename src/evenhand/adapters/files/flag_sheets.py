"""Sheets of flags, as CSV or a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.files.sources import read_source
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.book.raw import RawTable

SHEET = "flags"


def read_flag_sheet(path: Path) -> RawTable:
    """Read the sheet ``flags`` of a workbook, its only sheet, or a CSV file.

    Raises
    ------
    InputError
        If there is no such sheet or file.
    """
    source = read_source(path, mapping=None, on_progress=None)
    tables = source.tables
    table = next(iter(tables.values())) if len(tables) == 1 else tables.get(SHEET)
    if table is None:
        said = next((finding.message for finding in source.findings), f"has no sheet {SHEET!r}")
        raise InputError({path.name: said})
    return table
