"""Names of columns as a header gives them, and rows that are empty throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_columns(frame: pl.DataFrame, header: Sequence[str | None], file: str) -> tuple[pl.DataFrame, list[Finding]]:
    """Give the columns their names from the header.

    Parameters
    ----------
    frame
        (n rows, as many columns as the header has fields).
    header
        Names as they stand in the file; None or blank where there is none.

    Returns
    -------
    frame
        Without columns that have neither name nor value, and without those that share a name but differ.
    findings
        Names that stand twice; values under no name.
    """
    names = [(name or "").strip() for name in header]
    findings: list[Finding] = []
    columns: dict[str, pl.Series] = {}
    twice: set[str] = set()
    for i, name in enumerate(names):
        values = frame.to_series(i)
        if not name:
            if _is_blank(values).all():
                continue
            message = f"{file} has values under no name, in column {i + 1}; they are kept as 'column_{i + 1}'."
            findings.append(
                Finding(
                    "BK109", Severity.NOTE, file, message, "name the column in row 1", {"file": file, "column": i + 1}
                )
            )
            columns[f"column_{i + 1}"] = values.alias(f"column_{i + 1}")
        elif name in columns:
            if not columns[name].equals(values, null_equal=True):
                twice.add(name)
        else:
            columns[name] = values.alias(name)
    for name in sorted(twice):
        at = [i + 1 for i, other in enumerate(names) if other == name]
        message = (
            f"{file} has {len(at)} columns called {name!r} with different values (columns {', '.join(map(str, at))})."
        )
        hint = "rename all but the right one in row 1: none of them is read, since nothing says which is right"
        findings.append(
            Finding(
                "BK108", Severity.ERROR, file, message, hint, {"file": file, "row": 1, "column": name, "columns": at}
            )
        )
        del columns[name]
    return pl.DataFrame(list(columns.values())), findings


def without_empty_rows(
    frame: pl.DataFrame, rows: pl.Series, lines: pl.Series | None, file: str
) -> tuple[pl.DataFrame, pl.Series, pl.Series | None, list[Finding]]:
    """Leave out rows without any value, as spreadsheets have them below a table; say how many."""
    if not frame.width or not frame.height or not _is_blank(frame.to_series(0)).any():
        return frame, rows, lines, []
    empty = frame.select(pl.all_horizontal(_is_blank(column) for column in frame)).to_series()
    if not empty.any():
        return frame, rows, lines, []
    first = rows.filter(empty)[0]
    n_empty = int(empty.sum())
    rows_in_words = "a row" if n_empty == 1 else f"{n_empty:,} rows"
    message = f"{file} has {rows_in_words} without any value, the first in row {first}; left out."
    evidence = {"file": file, "row": first, "n_rows": n_empty}
    note = Finding("BK114", Severity.NOTE, file, message, "", evidence)
    kept = lines.filter(~empty) if lines is not None else None
    return frame.filter(~empty), rows.filter(~empty), kept, [note]


def _is_blank(values: pl.Series) -> pl.Series:
    """Say where a text has no value; a quoted empty one has none either."""
    return values.str.strip_chars().str.len_bytes().fill_null(0) == 0
