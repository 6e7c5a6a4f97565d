"""A CSV file as a table of text, with every row's number, and whatever is wrong with its form."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.adapters.files.csv_records import (
    MOST_BROKEN_QUOTES,
    MOST_RECORD_BYTES,
    Records,
    blank_broken_quotes,
    find_records,
)
from evenhand.adapters.files.encodings import Content, read_text
from evenhand.adapters.files.headers import name_columns, without_empty_rows
from evenhand.book.raw import RawTable
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

DELIMITERS = (",", ";", "\t", "|")
N_SAMPLE_BYTES = 1 << 16
N_EXAMPLES = 5
MOST_SHOWN = 200


@dataclass
class ReadTable:
    """What became of one file or sheet."""

    table: RawTable | None = None
    findings: list[Finding] = field(default_factory=list)
    rejects: pl.DataFrame | None = None


def read_csv(content: Content, file: str, *, encoding: str | None = None, delimiter: str | None = None) -> ReadTable:
    """Read a CSV file's bytes.

    Parameters
    ----------
    content
        The bytes, or a memory map of the file.
    file
        Its name, for messages.
    encoding, delimiter
        What the mapping file says; None: told from the content.
    """
    read = ReadTable()
    text = read_text(content, file, encoding)
    read.findings.extend(text.findings)
    if text.utf8 is None:
        return read
    utf8: Content = text.utf8
    if not memoryview(utf8).nbytes or not bytes(memoryview(utf8)[:N_SAMPLE_BYTES]).strip():
        read.findings.append(
            Finding("BK102", Severity.ERROR, file, f"{file} is empty.", "export it again, or remove it", {"file": file})
        )
        return read
    utf8 = _with_newlines(utf8)
    utf8, delimiter = _delimiter(utf8, file, delimiter, read)
    whole = utf8
    utf8, cut = blank_broken_quotes(utf8, ord(delimiter))
    if len(cut) > MOST_BROKEN_QUOTES:
        line = bytes(memoryview(whole)[: cut[0][0]]).count(b"\n") + 1
        message = f"{file} has quotes out of order in over {MOST_BROKEN_QUOTES:,} lines, the first in line {line}."
        hint = 'a quote within a value is written twice ("a ""b"" c") and the value in quotes: export it so'
        read.findings.append(Finding("BK107", Severity.ERROR, file, message, hint, {"file": file, "line": line}))
        return read
    records = find_records(utf8, ord(delimiter))
    _read_records(_File(file, utf8, delimiter, records), whole, cut, read)
    return read


@dataclass(frozen=True)
class _File:
    name: str
    utf8: Content
    delimiter: str
    records: Records

    def text_of(self, record: int) -> str:
        start, end = int(self.records.starts[record]), int(self.records.ends[record])
        return bytes(memoryview(self.utf8)[start:end]).decode().rstrip("\r\n")


def _with_newlines(utf8: Content) -> Content:
    """Old spreadsheets end lines with a carriage return alone."""
    sample = bytes(memoryview(utf8)[:N_SAMPLE_BYTES])
    if b"\r" in sample and b"\n" not in sample:
        return bytes(utf8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return utf8


def _delimiter(utf8: Content, file: str, said: str | None, read: ReadTable) -> tuple[Content, str]:
    """Return the text without a spreadsheet's own "sep=;" line, and the delimiter."""
    first = bytes(memoryview(utf8)[:N_SAMPLE_BYTES]).split(b"\n", 1)[0].decode(errors="replace").strip()
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        skipped = bytes(memoryview(utf8)[:N_SAMPLE_BYTES]).index(b"\n") + 1
        # The line stays as an empty one, so that row numbers are those of the file.
        return b"\n" + bytes(memoryview(utf8)[skipped:]), said or first[-1]
    if said is not None:
        return utf8, said
    unquoted = "".join(first.split('"')[0::2])
    counts = {delimiter: unquoted.count(delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda candidate: counts[candidate])
    if counts[delimiter] == 0:
        return utf8, ","
    if delimiter != ",":
        shown = {";": "semicolons", "\t": "tabs", "|": "bars"}[delimiter]
        message = f"{file} is separated by {shown}, as its header shows."
        hint = 'nothing to do; if it is wrong, say which at the top of the mapping file: delimiter = ","'
        evidence = {"file": file, "value": delimiter}
        read.findings.append(Finding("BK110", Severity.NOTE, file, message, hint, evidence))
    return utf8, delimiter


def _read_records(file: _File, whole: Content, cut: list[tuple[int, int]], read: ReadTable) -> None:
    records = file.records
    head = int(np.argmax(records.n_fields > 0))
    header = next(csv.reader(io.StringIO(file.text_of(head)), delimiter=file.delimiter))
    numbers = np.arange(1, len(records.starts) + 1, dtype=np.uint32)
    crooked = _crooked(file, head, len(header), read)
    left_out = crooked | (records.n_fields == 0)
    left_out[: head + 1] = True
    frame = _read_frame(file, left_out, len(header))
    rows = pl.Series("row", numbers[~left_out])
    lines = None if records.lines is None else pl.Series("line", records.lines[~left_out])
    frame, found = name_columns(frame, header, file.name)
    read.findings.extend(found)
    frame, rows, lines, found = without_empty_rows(frame, rows, lines, file.name)
    read.findings.extend(found)
    read.table = RawTable(frame, file.name, rows, lines=lines)
    read.rejects = _rejects(file, crooked, len(header), whole, cut, read)


def _crooked(file: _File, head: int, n_columns: int, read: ReadTable) -> NDArray[np.bool_]:
    """Find the records that can't be read as rows: too few or too many fields, NUL characters, far too long."""
    records = file.records
    ragged = (records.n_fields != n_columns) & (records.n_fields > 0)
    ragged[: head + 1] = False
    _report(file, ragged, "BK105", f"has another number of fields than the header's {n_columns}", RAGGED_HINT, read)
    crooked: NDArray[np.bool_] = ragged
    buffer = np.frombuffer(file.utf8, dtype=np.uint8)
    if not buffer.all():
        nul_bytes = np.flatnonzero(buffer == 0)
        at = np.searchsorted(records.ends, nul_bytes, side="right")
        nul = np.zeros(len(ragged), dtype=bool)
        nul[at] = True
        _report(file, nul & ~crooked, "BK106", "has NUL characters", NUL_HINT, read)
        crooked = crooked | nul
    long: NDArray[np.bool_] = records.ends - records.starts > MOST_RECORD_BYTES
    _report(file, long & ~crooked, "BK111", f"is longer than {MOST_RECORD_BYTES:,} bytes", LONG_HINT, read)
    return crooked | long


RAGGED_HINT = "put values that contain the delimiter or a line break in double quotes, and write every field"
NUL_HINT = "the file is damaged or not text at that place: export it again"
LONG_HINT = "no value of a book is that long: look for an unclosed quote, or leave the column out of the export"


def _report(file: _File, wrong: NDArray[np.bool_], code: str, what: str, hint: str, read: ReadTable) -> None:
    at = np.flatnonzero(wrong)
    if not len(at):
        return
    rows = [int(i) + 1 for i in at[:N_EXAMPLES]]
    shown = file.text_of(int(at[0]))[:MOST_SHOWN]
    n_fields = int(file.records.n_fields[at[0]])
    more = _more(len(at) - 1)
    evidence = {"file": file.name, "row": rows[0], "column": None, "value": shown, "n_rows": len(at), "rows": rows}
    if file.records.lines is not None:
        evidence["line"] = int(file.records.lines[at[0]])
    count = f" ({n_fields})" if code == "BK105" else ""
    message = f"{file.name} row {rows[0]}{_line(evidence)} {what}{count}{more}: {shown!r}."
    read.findings.append(Finding(code, Severity.ERROR, file.name, message, hint, evidence))


def _more(n: int) -> str:
    return f" (and {n:,} more row{'s' if n > 1 else ''})" if n else ""


def _line(evidence: dict[str, object]) -> str:
    line = evidence.get("line")
    return f" (line {line} of the file)" if line is not None and line != evidence["row"] else ""


def _read_frame(file: _File, left_out: NDArray[np.bool_], n_columns: int) -> pl.DataFrame:
    content = _kept(file, left_out)
    names = [f"column_{i}" for i in range(n_columns)]
    if not len(content):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    frame = pl.read_csv(
        content,
        has_header=False,
        separator=file.delimiter,
        quote_char='"' if b'"' in content else None,
        schema=dict.fromkeys(names, pl.String),
        infer_schema=False,
        extra_columns="raise",
        missing_columns="raise",
        raise_if_empty=False,
    )
    expected = int((~left_out).sum())
    if frame.height != expected:
        raise AssertionError(f"{file.name}: {frame.height} rows read where {expected} were counted")
    return frame


def _kept(file: _File, left_out: NDArray[np.bool_]) -> bytes:
    """Return the bytes of the straight records: whole stretches between those left out."""
    records, view = file.records, memoryview(file.utf8)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], left_out, [True]])))
    stretches = [
        view[int(records.starts[first]) : int(records.ends[last - 1])]
        for first, last in zip(edges[0::2], edges[1::2], strict=True)
    ]
    return stretches[0].tobytes() if len(stretches) == 1 else b"".join(stretches)


def _rejects(
    file: _File,
    crooked: NDArray[np.bool_],
    n_columns: int,
    whole: Content,
    cut: list[tuple[int, int]],
    read: ReadTable,
) -> pl.DataFrame | None:
    """Return the lines that could not be read as rows, as they stand in the file."""
    rows: list[tuple[int, str, str, str]] = []
    reasons = {"BK105": "another number of fields", "BK106": "NUL characters", "BK111": "too long"}
    for i in np.flatnonzero(crooked).tolist():
        text = file.text_of(i)
        code = "BK105" if file.records.n_fields[i] != n_columns else "BK106" if "\0" in text else "BK111"
        rows.append((i + 1, code, reasons[code], text))
    if cut:
        view, shift = memoryview(whole), 0
        for start, end in cut:
            text = bytes(view[start:end]).decode().rstrip("\r")
            row = int(np.searchsorted(file.records.ends, start - shift, side="right")) + 1
            rows.append((row, "BK107", "quotes out of order", text))
            shift += (end - start) - text.count("\n")
        line, shown = rows[-len(cut)][0], rows[-len(cut)][3][:MOST_SHOWN]
        more = _more(len(cut) - 1)
        evidence = {"file": file.name, "row": line, "column": None, "value": shown, "n_rows": len(cut)}
        message = f"{file.name} row {line} has a quote out of order{more}: {shown!r}."
        hint = 'a quote within a value is written twice ("a ""b"" c") and the value in quotes: export it so'
        read.findings.append(Finding("BK107", Severity.ERROR, file.name, message, hint, evidence))
    if not rows:
        return None
    rows.sort()
    return pl.DataFrame(
        {
            "file": [file.name] * len(rows),
            "row": pl.Series([row for row, *_ in rows], dtype=pl.UInt32),
            "code": [code for _, code, *_ in rows],
            "reason": [reason for *_, reason, _ in rows],
            "line": [text for *_, text in rows],
        }
    )
