"""Spoil some rows, and write down what must be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.app.sample.dirt_kinds import DIRT, Dirt
from evenhand.book.tables import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.streams import Streams

FEWEST_ROWS_PER_KIND = 8
"""A table with fewer rows than this for each kind of dirt is left clean."""
FIRST_ROW = 2
"""A spreadsheet counts the header as row 1."""


ENCODING = "cp1252"
ENCODED_TABLE = "reps"
"""The table whose file is written in `ENCODING`, as spreadsheets do, where it has a letter that shows it."""


def foreign_encodings(tables: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Return the encoding of the tables whose file is not to be UTF-8 (BK103 must be reported)."""
    names = tables[ENCODED_TABLE]["name"]
    return {ENCODED_TABLE: ENCODING} if (names.str.len_bytes() > names.str.len_chars()).any() else {}


def spoil(
    tables: dict[str, pl.DataFrame], share: float, streams: Streams
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Spoil a share of the rows of each table.

    Parameters
    ----------
    tables
        Clean tables.
    share
        Of the rows of each table, evenly over the kinds of dirt; at least one row of each kind.

    Returns
    -------
    tables
        With the spoilt rows; spoilt columns are text.
    dirty_rows
        ``table``, ``row`` as a spreadsheet counts, ``key`` (the row's id), ``column``, ``value`` (the text there now),
        ``kind`` in words, ``expected``: the code that must be reported for it, and ``reported_under``: the column that
        it is reported under. A row is spoilt in one way only;
        what follows from one in other tables (an opportunity of a rejected account) isn't listed.
    """
    spoilt, facts = dict(tables), []
    for name, table in tables.items():
        kinds = [dirt for dirt in DIRT if dirt.table == name]
        if not kinds or table.height < FEWEST_ROWS_PER_KIND * len(kinds):
            continue
        spoilt[name], found = _spoil_table(table, kinds, share, streams(f"dirt {name}"))
        facts.extend(found)
    return spoilt, pl.concat(facts).sort("table", "row", "kind")


def _spoil_table(
    table: pl.DataFrame, kinds: list[Dirt], share: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    n_each = max(1, round(share * table.height / len(kinds)))
    free = np.ones(table.height, dtype=np.bool_)
    order = rng.permutation(table.height)
    columns = sorted({dirt.column for dirt in kinds})
    texts = table.with_columns(pl.col(columns).cast(pl.String))
    added: list[pl.DataFrame] = []
    n_added, facts = 0, []
    for dirt in kinds:
        able = free[order]
        if dirt.only is not None:
            able &= table.select(dirt.only(pl.col(dirt.column)).fill_null(value=False)).to_series().to_numpy()[order]
        n_rows = min(n_each, dirt.most_rows or n_each) * (2 if dirt.in_pairs else 1)
        rows = order[able][:n_rows]
        rows = np.sort(rows[: len(rows) // 2 * 2] if dirt.in_pairs else rows)
        free[rows] = False
        values = _values(table, dirt, rows)
        if dirt.as_copy:
            copies = texts[rows].with_columns(values.alias(dirt.column))
            at = table.height + n_added + np.arange(len(rows))
            added.append(copies)
            n_added += len(rows)
        else:
            at = rows
            column = texts[dirt.column]
            texts = texts.with_columns(column.scatter(pl.Series(rows), values).alias(dirt.column))
        facts.append(_facts(table, dirt, rows, at, values))
    return pl.concat([texts, *added]), facts


def _values(table: pl.DataFrame, dirt: Dirt, rows: NDArray[np.int64]) -> pl.Series:
    """Return the new text of the column for those rows."""
    if dirt.takes_next:
        words = table[dirt.column].unique().sort()
        found = words.search_sorted(table[dirt.column][rows])
        return words.gather((found + 1) % len(words)).alias(dirt.column)
    if not dirt.in_pairs:
        return table[rows].with_columns(dirt.value(pl.col(dirt.column)).cast(pl.String).alias(dirt.column))[dirt.column]
    partner = rows.reshape(-1, 2)[:, ::-1].ravel()
    source = TABLES[dirt.table].key[0] if dirt.column == "parent_account_id" else dirt.column
    return table[source].gather(pl.Series(partner)).cast(pl.String)


def _facts(
    table: pl.DataFrame, dirt: Dirt, rows: NDArray[np.int64], at: NDArray[np.int64], values: pl.Series
) -> pl.DataFrame:
    key = TABLES[dirt.table].columns[0].name
    return pl.DataFrame(
        {
            "table": dirt.table,
            "row": at + FIRST_ROW,
            "key": table[key][rows],
            "column": dirt.column,
            "value": values,
            "kind": dirt.kind,
            "reported_under": dirt.reported_under or dirt.column,
            "expected": dirt.expected,
        }
    )
