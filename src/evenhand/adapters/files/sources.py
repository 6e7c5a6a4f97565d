"""A source on disk: a folder of CSV, Parquet and Excel files, or one of them."""

from __future__ import annotations

import hashlib
import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.files.csv_tables import ReadTable, read_csv
from evenhand.adapters.files.workbooks import read_workbook
from evenhand.book.raw import RawTable
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from evenhand.adapters.files.encodings import Content
    from evenhand.book.mapping import SourceMapping

CSV_ENDINGS = (".csv", ".tsv", ".txt")
PARQUET_ENDINGS = (".parquet", ".pq")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PASSED_OVER = ("", ".md", ".toml", ".json", ".html", ".pdf", ".yml", ".yaml", ".sha256")
"""Files beside an export that nobody takes for a table."""


@dataclass(frozen=True)
class SourceFile:
    """A file that was read, so that a book can be traced to it."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """What a folder or file holds.

    Attributes
    ----------
    tables
        By file stem or sheet name.
    findings, rejects
        What is wrong with the form of the files, and the lines that could not be read as rows, by table.
    files
        The files read, by name.
    """

    tables: Mapping[str, RawTable]
    findings: tuple[Finding, ...] = ()
    rejects: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    files: tuple[SourceFile, ...] = ()


def read_source(
    path: Path, *, mapping: SourceMapping | None = None, on_progress: Callable[[str, float], None] | None = None
) -> Source:
    """Read every table of a source.

    Parameters
    ----------
    path
        A folder, a CSV or Parquet file, or a workbook.
    mapping
        For the encoding and delimiter it names.
    on_progress
        Called with what is being read and the share done, 0 to 1.

    Raises
    ------
    InputError
        Where there is nothing to read at all.
    """
    files = _files(path)
    read: dict[str, tuple[str, ReadTable]] = {}
    findings: list[Finding] = []
    seen: list[SourceFile] = []
    total = sum(file.stat().st_size for file in files) or 1
    done = 0
    for file in files:
        if on_progress is not None:
            on_progress(f"reading {file.name}", done / total)
        for name, table in _read_or_name(file, mapping, seen).items():
            if name in read:
                findings.append(_twice(name, read[name][0], file.name))
                read[name][1].table = None
            else:
                read[name] = (file.name, table)
                findings.extend(table.findings)
        done += file.stat().st_size
    if on_progress is not None:
        on_progress("read", 1.0)
    return Source(
        {name: table.table for name, (_, table) in read.items() if table.table is not None},
        tuple(findings),
        {name: table.rejects for name, (_, table) in read.items() if table.rejects is not None},
        tuple(seen),
    )


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise InputError({str(path): "is not there; name a folder or file of CSV, Parquet or Excel"})
    readable = (*CSV_ENDINGS, *PARQUET_ENDINGS, *WORKBOOK_ENDINGS)
    if path.is_file():
        if path.suffix.lower() not in readable:
            raise InputError({str(path): f"is none of {', '.join(readable)}"})
        return [path]
    every = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith((".", "~$")))
    files = [file for file in every if file.suffix.lower() in readable]
    if not files:
        raise InputError({str(path): f"holds no file that ends in {', '.join(readable)}"})
    return files


def _read_or_name(file: Path, mapping: SourceMapping | None, seen: list[SourceFile]) -> dict[str, ReadTable]:
    """Read a file; one that the system does not give out is a finding like any other."""
    try:
        return _read_file(file, mapping, seen)
    except OSError as error:
        message = f"{file.name} can't be read: {error.strerror or error}."
        hint = "see that you may read it and that no other program has locked it"
        return {
            file.stem: ReadTable(
                findings=[Finding("BK101", Severity.ERROR, file.name, message, hint, {"file": file.name})]
            )
        }


def _read_file(file: Path, mapping: SourceMapping | None, seen: list[SourceFile]) -> dict[str, ReadTable]:
    ending = file.suffix.lower()
    with file.open("rb") as handle:
        n_bytes = file.stat().st_size
        if n_bytes == 0:
            seen.append(SourceFile(file.name, 0, hashlib.sha256().hexdigest()))
            return {file.stem: ReadTable(findings=[_empty_file(file)])}
        # Left to the collector: views of it must be gone before it can be closed.
        content = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        seen.append(SourceFile(file.name, n_bytes, hashlib.sha256(content).hexdigest()))
        if ending in CSV_ENDINGS:
            return {file.stem: _csv(content, file, mapping)}
    if ending in PARQUET_ENDINGS:
        return {file.stem: _parquet(file)}
    sheets = read_workbook(file)
    if len(sheets) == 1:
        (name,) = sheets
        return sheets if name in TABLES else {file.stem: sheets[name]}
    return sheets


def _csv(content: Content, file: Path, mapping: SourceMapping | None) -> ReadTable:
    return read_csv(
        content,
        file.name,
        encoding=mapping.encoding if mapping else None,
        delimiter=mapping.delimiter if mapping else None,
    )


def _parquet(file: Path) -> ReadTable:
    read = ReadTable()
    try:
        frame = pl.read_parquet(file, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        message = f"{file.name} can't be read as Parquet: {str(error).splitlines()[0]}."
        hint = "write it again; the file may have been cut off"
        read.findings.append(Finding("BK101", Severity.ERROR, file.name, message, hint, {"file": file.name}))
        return read
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    for name in nested:
        message = f"{file.name} has a column {name!r} of type {frame.schema[name]}, which is left out."
        hint = "a book's columns hold single values: flatten it in the export"
        evidence = {"file": file.name, "column": name}
        read.findings.append(Finding("BK115", Severity.WARNING, file.name, message, hint, evidence))
    read.table = RawTable(frame.drop(nested), file.name)
    return read


def _empty_file(file: Path) -> Finding:
    return Finding(
        "BK102",
        Severity.ERROR,
        file.name,
        f"{file.name} is empty.",
        "export it again, or remove it",
        {"file": file.name},
    )


def _twice(name: str, first: str, second: str) -> Finding:
    message = f"Both {first} and {second} hold a table {name!r}; neither is read, since nothing says which is right."
    return Finding("BK116", Severity.ERROR, name, message, "keep one of them", {"files": [first, second]})
