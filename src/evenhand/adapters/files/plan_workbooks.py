"""A plan as a workbook whose owners can be changed, and the sheet that comes back."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import zipfile
from typing import TYPE_CHECKING

import fastexcel
import polars as pl
import xlsxwriter

from evenhand.adapters.files.sources import read_source
from evenhand.app.overrides import ACCOUNT, SHEET, TERRITORY, OverrideSheet
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.book.raw import RawTable
    from evenhand.plan.record import PlanRecord

_SHEETS = ("moves", "territories", "quotas")
_WIDTH = 22
_SUFFIXES = (".xlsx", ".csv")
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>\s*<(?:\w+:)?f\b')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_MOST_BYTES = 1 << 30


def write_plan_workbook(record: PlanRecord) -> bytes:
    """Write a plan as a workbook: assignment, where owners can be changed, moves, territories and quotas.

    Ids are text and no cell is a formula, whatever is in a name. The sheets are protected without a password against
    changes by mistake; territory_id of the assignment is open.
    """
    packed = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(packed, options) as book:
        book.set_properties({"created": _created(record)})
        head = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        open_text = book.add_format({"num_format": "@", "locked": False, "bg_color": "#FFF8E1"})
        for name, table in {SHEET: _assignment(record), **{name: record.tables[name] for name in _SHEETS}}.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True})
            sheet.autofilter(0, 0, max(table.height, 1), table.width - 1)
            for at, (column, dtype) in enumerate(table.schema.items()):
                is_open = name == SHEET and column == TERRITORY
                form = open_text if is_open else text if dtype == pl.String else None
                sheet.set_column(at, at, _WIDTH, form)
                sheet.write_string(0, at, column, head)
                write = sheet.write_string if dtype == pl.String else sheet.write_number
                for row, value in enumerate(table[column].to_list(), start=1):
                    if value is not None:
                        write(row, at, value, form)
    return packed.getvalue()


def read_override_sheet(path: Path) -> OverrideSheet:
    """Read the sheet in which owners were changed: ``assignment`` of a workbook, its only sheet, or a CSV file.

    Raises
    ------
    InputError
        If it isn't a workbook or CSV file, has no such sheet, or can't be read.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError({path.name: "give the workbook (.xlsx) or a CSV file with account_id and territory_id"})
    source = read_source(path, mapping=None, on_progress=None)
    tables = source.tables
    table = next(iter(tables.values())) if len(tables) == 1 else tables.get(SHEET)
    if table is None:
        problem = next((finding.message for finding in source.findings), f"has no sheet {SHEET!r}")
        raise InputError({path.name: problem})
    if path.suffix.lower() == ".csv":
        return OverrideSheet(table, _find_texts(table))
    return OverrideSheet(table, _find_formulas(path, table))


def _assignment(record: PlanRecord) -> pl.DataFrame:
    moves = record.tables["moves"].select(ACCOUNT, "name", "from_territory_id", "grade")
    places = record.tables["assignment"].select(ACCOUNT, TERRITORY)
    return places.join(moves, on=ACCOUNT, how="left", maintain_order="left").with_columns(
        planned_territory_id=pl.col(TERRITORY)
    )


def _created(record: PlanRecord) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(record.summary["as_of"]), dt.time(), dt.UTC).replace(tzinfo=None)


def _find_texts(table: RawTable) -> frozenset[tuple[int, str]]:
    """Find cells of a CSV file that a spreadsheet would run."""
    rows = table.row_numbers
    return frozenset(
        (row, name)
        for name in (ACCOUNT, TERRITORY)
        if name in table.frame.columns
        for row in rows.filter(table.frame[name].str.starts_with("=").fill_null(value=False)).to_list()
    )


def _find_formulas(path: Path, table: RawTable) -> frozenset[tuple[int, str]]:
    """Find cells with a formula: readers of workbooks give what it last came to, which may be out of date."""
    with zipfile.ZipFile(path) as archive:
        part = _find_part(archive, table.sheet or "")
        if archive.getinfo(part).file_size > _MOST_BYTES:
            raise InputError({path.name: "is too large"})
        content = archive.read(part)
    found = [(int(row), _count(letters.decode())) for letters, row in _CELL.findall(content)]
    if not found:
        return frozenset()
    head = _place_columns(path, table)
    return frozenset((row, head[column]) for row, column in found if column in head)


def _find_part(archive: zipfile.ZipFile, sheet: str) -> str:
    sheets = [dict(_ATTRIBUTE.findall(said)) for said in _SHEET.findall(archive.read("xl/workbook.xml").decode())]
    relations = [
        dict(_ATTRIBUTE.findall(said))
        for said in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels").decode())
    ]
    wanted = next(said for said in sheets if html.unescape(said["name"]) == sheet)
    key = next(value for name, value in wanted.items() if name.endswith(":id"))
    target = next(said["Target"] for said in relations if said["Id"] == key)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _place_columns(path: Path, table: RawTable) -> dict[int, str]:
    """Return the name by number of the columns, from the first row that has any."""
    cells = fastexcel.read_excel(str(path)).load_sheet(table.sheet or 0, header_row=None, skip_rows=0, dtypes="string")
    frame: pl.DataFrame = cells.to_polars()
    for row in frame.iter_rows():
        if any(row):
            return {at: str(name).strip() for at, name in enumerate(row) if name}
    return {}


def _count(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
