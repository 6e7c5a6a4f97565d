"""A workbook's sheets as tables of text."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import fastexcel
import polars as pl

from evenhand.adapters.files.csv_tables import ReadTable
from evenhand.adapters.files.headers import name_columns, without_empty_rows
from evenhand.book.raw import RawTable
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from pathlib import Path

MOST_UNPACKED_BYTES = 1 << 30
"""Of all parts of a workbook; a full sheet of 30 columns stays below. More is a mistake, or meant to do harm."""
_CHUNK = 1 << 20


def read_workbook(path: Path) -> dict[str, ReadTable]:
    """Read every sheet of a workbook.

    Returns
    -------
    dict[str, ReadTable]
        By sheet; cells as text, dates as ISO.
    """
    try:
        if not _is_bearable(path):
            message = f"{path.name} is larger than {MOST_UNPACKED_BYTES >> 20:,} MB when unpacked."
            hint = "export the table as CSV or Parquet, which have no such limit"
            large = Finding("BK101", Severity.ERROR, path.name, message, hint, {"file": path.name})
            return {path.stem: ReadTable(findings=[large])}
        workbook = fastexcel.read_excel(str(path))
    except (fastexcel.FastExcelError, OSError) as error:
        hint = "open it and save it again as .xlsx; a workbook with a password can't be read"
        message = f"{path.name} can't be read as a workbook: {str(error).splitlines()[0]}."
        broken = Finding("BK101", Severity.ERROR, path.name, message, hint, {"file": path.name})
        return {path.stem: ReadTable(findings=[broken])}
    return {sheet: _read_sheet(workbook, sheet, path.name) for sheet in workbook.sheet_names}


def _is_bearable(path: Path) -> bool:
    """Say whether a workbook unpacks to a bearable size; the sizes that it states are not believed."""
    if not zipfile.is_zipfile(path):
        return True  # an old or a broken one, which the reader judges
    left = MOST_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > left:
                return False
            for item in archive.infolist():
                with archive.open(item) as part:
                    while chunk := part.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            return False
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return True
    return True


def _read_sheet(workbook: fastexcel.ExcelReader, sheet: str, file: str) -> ReadTable:
    read = ReadTable()
    where = f"{file} [{sheet}]"
    # Counting from the sheet's own first row keeps the row numbers that the user sees.
    cells = _cells(workbook, sheet)
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if cells.width else pl.Series([False])
    if not filled.any():
        message = f"{where} is empty."
        read.findings.append(Finding("BK113", Severity.NOTE, sheet, message, "", {"file": file}))
        return read
    head = int(filled.arg_true()[0])
    frame = cells.slice(head + 1)
    frame, found = name_columns(frame, list(cells.row(head)), where)
    read.findings.extend(found)
    rows = pl.int_range(head + 2, cells.height + 1, dtype=pl.UInt32, eager=True).alias("row")
    frame, rows, _, found = without_empty_rows(frame, rows, None, where)
    read.findings.extend(found)
    read.table = RawTable(frame, file, rows, sheet=sheet)
    return read


def _cells(workbook: fastexcel.ExcelReader, sheet: str) -> pl.DataFrame:
    try:
        loaded = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    except fastexcel.FastExcelError:
        return pl.DataFrame()
    cells: pl.DataFrame = loaded.to_polars()
    stripped = cells.with_columns(pl.all().cast(pl.String).str.strip_chars())
    return stripped.with_columns(pl.when(pl.all().str.len_bytes() > 0).then(pl.all()))
