"""Which table of an export is which of a book's, and which column is what: suggestions, which a person confirms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.export_names import COLUMN_WORDS, TABLE_WORDS
from evenhand.book.mapping import Format, SourceMapping, TableMapping
from evenhand.book.raw import find_source
from evenhand.book.tables import TABLES, Column, Kind, Table
from evenhand.book.taking_in import LIKELY
from evenhand.book.values import Place, as_text, read_column
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.book.raw import RawTable

N_SAMPLE = 200
"""Values of a column that are looked at."""
UNREADABLE = frozenset({"BK302", "BK311", "BK318", "BK321"})
"""Codes of values that are not of the kind at all; others are only written another way."""


@dataclass(frozen=True)
class Match:
    """A column of a source that looks like one of the book's.

    Attributes
    ----------
    source
        The source's column.
    why
        In words: the same name, a usual name for it, a name like it.
    """

    source: str
    why: str


def match_tables(raw: Mapping[str, RawTable]) -> dict[str, str]:
    """Suggest which of a book's tables each of a source's is, where its name or its columns say so.

    Returns
    -------
    dict[str, str]
        The book's table by the source's; sources that look like none are left out.
    """
    found: dict[str, str] = {}
    for name in raw:
        if name.casefold() in TABLES:
            found[name] = name.casefold()
    for name, table in raw.items():
        if name in found:
            continue
        word = fold(name)
        said = next((own for own, pattern in TABLE_WORDS if re.search(pattern, word)), None)
        if said is not None and _has_key(TABLES[said], table.frame) and said not in found.values():
            found[name] = said
    return found


def match_columns(table: Table, frame: pl.DataFrame) -> dict[str, Match]:
    """Suggest which column of a source is which of a table's.

    Returns
    -------
    dict[str, Match]
        By the book's column. A name for it counts only where the values can be of its kind.

    Notes
    -----
    A source's column is suggested once, except that an id may stand for a name as well.
    """
    found: dict[str, Match] = {}
    folded: dict[str, str] = {}
    for name in frame.columns:
        folded.setdefault(fold(name), name)
    words = COLUMN_WORDS.get(table.name, {})
    for column in table.columns:
        if column.name in frame.columns:
            found[column.name] = Match(column.name, "the same name")
    for column in table.columns:
        if column.name in found:
            continue
        taken = {match.source for match in found.values()}
        names = [fold(column.name), *words.get(column.name, ())]
        usual = (folded[word] for word in names if word in folded)
        is_free = (name for name in usual if name not in taken or column.name == "name")
        match = next((name for name in is_free if can_hold(table, column, frame[name])), None)
        if match is not None:
            found[column.name] = Match(match, "a usual name for it")
    for column in table.columns:
        if column.name not in found:
            taken = {match.source for match in found.values()}
            near = find_nearest(column.name, [name for name in frame.columns if name not in taken], cutoff=LIKELY)
            if near is not None and can_hold(table, column, frame[near]):
                found[column.name] = Match(near, "a name like it")
    return found


def suggest_mapping(raw: Mapping[str, RawTable], names: Sequence[str] | None = None) -> SourceMapping:
    """Suggest a mapping of a source: tables and columns, as far as their names tell.

    Parameters
    ----------
    names
        Which of the source's tables to take; None for all that look like one.
    """
    tables: dict[str, TableMapping] = {}
    for name, own in match_tables(raw).items():
        if names is not None and name not in names:
            continue
        tables[own] = suggest_table(own, (name,), raw)
    return SourceMapping(tables={name: said for name, said in tables.items() if said != TableMapping()})


def suggest_table(own: str, sources: Sequence[str], raw: Mapping[str, RawTable]) -> TableMapping:
    """Suggest the mapping of one of a book's tables from some of a source's."""
    frames = [raw[name].frame for name in sources]
    frame = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")
    matched = match_columns(TABLES[own], frame)
    columns = {name: match.source for name, match in matched.items() if match.source != name}
    is_plain = len(sources) == 1 and find_source(own, raw) == sources[0]
    said = {"columns": columns} if is_plain else {"from": tuple(sources), "columns": columns}
    return TableMapping.model_validate(said)


def can_apply(mapping: SourceMapping, raw: Mapping[str, RawTable]) -> bool:
    """Say whether a mapping fits a source: every file and column that it takes is there."""
    for own, said in mapping.tables.items():
        keys = [find_source(name, raw) for name in ((own,) if said.sources is None else said.sources)]
        there = {name for key in keys if key is not None for name in raw[key].frame.columns}
        if None in keys or not there.issuperset(said.columns.values()):
            return False
    return bool(mapping.tables)


def can_hold(table: Table, column: Column, values: pl.Series) -> bool:
    """Say whether a source's column can be one of the book's: at least half of its first values are of the kind."""
    sample = values.drop_nulls().head(N_SAMPLE)
    if sample.is_empty() or column.kind in (Kind.ID, Kind.TEXT):
        return True
    text = sample if sample.dtype.is_temporal() or sample.dtype.is_numeric() else as_text(sample)
    reading = read_column(text, Place(table.name, column, Format(), None))
    wrong = [problem.wrong for problem in reading.problems if problem.code in UNREADABLE]
    return all(int(rows.fill_null(value=False).sum()) * 2 <= len(sample) for rows in wrong)


def fold(name: str) -> str:
    """Return a name in small letters and digits alone, without what a CRM appends to fields of one's own."""
    return re.sub(r"[^a-z0-9]", "", name.casefold().removesuffix("__c"))


def _has_key(table: Table, frame: pl.DataFrame) -> bool:
    """Say whether a source has a column for the first one that every row of a table needs."""
    first = next(column.name for column in table.columns if column.required)
    return first in match_columns(table, frame)
