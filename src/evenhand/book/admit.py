"""Admitting: a source's tables in, a validated immutable book and every problem with it out."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.book import Book
from evenhand.book.book_date import latest_date
from evenhand.book.consistency import check_between_tables
from evenhand.book.content_hash import hash_book
from evenhand.book.currency import check_currency, settle_currency
from evenhand.book.derive import apply_derivations, apply_stages
from evenhand.book.mapping import SourceMapping
from evenhand.book.missing import name_missing, name_unusable
from evenhand.book.order import sort_table
from evenhand.book.references import (
    Keys,
    check_further_references,
    check_key,
    check_parents,
    check_reference,
    keys_of,
)
from evenhand.book.rules import check_rows
from evenhand.book.spelling import check_spelling
from evenhand.book.tables import TABLES
from evenhand.book.taking_in import assign_sources, take_in
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from evenhand.book.intake import Intake
    from evenhand.book.raw import RawTable

    Progress = Callable[[str, float], None]
    """Called with what is being done, and the share of all of it that is done (0 to 1)."""

ORDER = (
    "territories",
    "reps",
    "accounts",
    "coverage",
    "ownership",
    "opportunities",
    "activities",
    "quotas",
    "transfer_requests",
)
"""Tables after those they refer to, so that a rejected row takes along the rows that need it."""


@dataclass(frozen=True)
class Admission:
    """What became of a source.

    Attributes
    ----------
    book
        The book made of all accepted rows; None where a required table is unusable or no date can be told.
    findings
        Every problem and note: errors first, each with file, row, column, value, what is allowed and the fix.
    rejects
        By table, the rejected rows as they were read, with file, row, code and reason.
    """

    book: Book | None
    findings: tuple[Finding, ...]
    rejects: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def n_rejected(self) -> int:
        """How many rows are rejected, over all tables."""
        return sum(frame.height for frame in self.rejects.values())


@dataclass(frozen=True)
class Taken:
    """A source's tables under the book's names, every row checked.

    Attributes
    ----------
    intakes
        By the book's table: what was read, what it means, which rows are rejected and why.
    findings
        Every problem and note, errors first.
    as_of, currency
        The book's date, None where none can be told; the currency.
    table_of
        Which of the book's tables each of the source's is.
    """

    intakes: Mapping[str, Intake]
    findings: tuple[Finding, ...]
    as_of: dt.date | None
    currency: str
    table_of: Mapping[str, str]


def admit_tables(
    raw: Mapping[str, RawTable],
    *,
    as_of: dt.date | None = None,
    mapping: SourceMapping | None = None,
    currency: str | None = None,
    findings: tuple[Finding, ...] = (),
    rejects: Mapping[str, pl.DataFrame] = MappingProxyType({}),
    on_progress: Progress | None = None,
) -> Admission:
    """Make a book of a source's tables, and name everything that is wrong with them.

    Parameters
    ----------
    raw
        The source's tables by file stem or sheet name.
    as_of
        The book's date; None: the mapping's, else the latest date in the data, which is said in a note.
    mapping
        Which column is what, and how to derive what is missing; None: the source uses the book's names.
    currency
        ISO 4217; None: the mapping's, else the only one seen in the data, else USD, which is said in a note.
    findings, rejects
        What reading the source already found and rejected, to be handed on with the rest (rejects by source name).

    Returns
    -------
    Admission
        The book, the findings and the rejected rows. Rows that break a rule are rejected and those that need them
        too; the book is made of the rest.

    Raises
    ------
    InputError
        If the currency is not a code of three capital letters.

    Notes
    -----
    Pure and deterministic: the clock is never read, and the order of rows changes nothing but row numbers.
    """
    taken = take_tables(
        raw, as_of=as_of, mapping=mapping, currency=currency, findings=findings, on_progress=on_progress
    )
    intakes = taken.intakes
    is_usable = all(_usable(intakes.get(table.name)) for table in TABLES.values() if table.required)
    book = _make_book(intakes, taken.as_of, taken.currency) if is_usable and taken.as_of is not None else None
    if on_progress is not None:
        on_progress("done", 1.0)
    before = {taken.table_of.get(name, name): frame for name, frame in rejects.items()}
    return Admission(book, taken.findings, MappingProxyType(_all_rejects(intakes, before)))


def take_tables(
    raw: Mapping[str, RawTable],
    *,
    as_of: dt.date | None = None,
    mapping: SourceMapping | None = None,
    currency: str | None = None,
    findings: tuple[Finding, ...] = (),
    on_progress: Progress | None = None,
) -> Taken:
    """Read a source's tables as a mapping says and check every row, without making a book of them.

    The arguments are those of `admit_tables`, and so are the errors.
    """
    mapping = mapping or SourceMapping()
    if currency is not None and not re.fullmatch("[A-Z]{3}", currency):
        raise InputError({"currency": f"{currency!r} is not an ISO 4217 code such as USD or EUR"})
    step = _steps(on_progress)
    parts, found = assign_sources(raw, mapping)
    currency, read_signs_of, currency_findings = settle_currency(parts, mapping, currency)
    found.extend(currency_findings)
    intakes: dict[str, Intake] = {}
    for name in ORDER:
        if name in parts:
            step(f"reading {name}")
            intakes[name] = take_in(TABLES[name], parts[name], mapping, read_signs_of)
    step("deriving")
    apply_stages(intakes, mapping)
    found.extend(apply_derivations(intakes, raw, mapping))
    as_of = as_of or mapping.as_of
    if as_of is None:
        as_of, said = latest_date(intakes)
        found.append(said)
    # Without a date there is no book, but everything else that is wrong is still named.
    _check(intakes, mapping, as_of, currency, raw, step)
    step("sorting and hashing")
    found.extend(name_missing(intakes))
    for intake in intakes.values():
        found.extend(intake.findings)
    unusable = [table for table in TABLES.values() if table.required and not _usable(intakes.get(table.name))]
    found.extend(name_unusable(table, intakes) for table in unusable if table.name in intakes)
    every = tuple(sorted((*findings, *found), key=_order_of))
    tables = {id(part): name for name, several in parts.items() for part in several}
    table_of = {name: tables[id(table)] for name, table in raw.items() if id(table) in tables}
    return Taken(intakes, every, as_of, currency, table_of)


SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def _order_of(finding: Finding) -> tuple[int, int, str, str]:
    table = finding.subject.partition(".")[0]
    at = ORDER.index(table) if table in ORDER else -1
    return SEVERITIES.index(finding.severity), at, finding.code, finding.subject


def _steps(on_progress: Progress | None) -> Callable[[str], None]:
    total = 2 * len(ORDER) + 3
    done = 0

    def step(what: str) -> None:
        nonlocal done
        if on_progress is not None:
            on_progress(what, min(done / total, 0.99))
        done += 1

    return step


def _check(
    intakes: dict[str, Intake],
    mapping: SourceMapping,
    as_of: dt.date | None,
    currency: str,
    raw: Mapping[str, RawTable],
    step: Callable[[str], None],
) -> None:
    keys: dict[str, Keys] = {}
    for name in ORDER:
        if name not in intakes:
            continue
        intake = intakes[name]
        step(f"checking {name}")
        check_rows(intake, as_of, mapping.table(name).empty_if_bad)
        check_currency(intake, currency)
        check_key(intake)
        own = [column for column in intake.table.columns if column.refers_to == name]
        for column in own:
            check_parents(intake, column)
        said = mapping.table(name)
        for column in intake.table.columns:
            if column.refers_to in keys and column.refers_to != name:
                check_reference(intake, column, keys[column.refers_to], leave_out=column.name in said.leave_out_orphans)
        for column in own:
            check_reference(intake, column, keys_of(intake), leave_out=False)
        check_spelling(intake)
        check_further_references(intake, said, raw)
        check_between_tables(intake, intakes, as_of or dt.date.max)
        if len(intake.table.key) == 1:
            keys[name] = keys_of(intake)


def _usable(intake: Intake | None) -> bool:
    return intake is not None and bool((~intake.rejected).any())


def _make_book(intakes: Mapping[str, Intake], as_of: dt.date, currency: str) -> Book:
    tables: dict[str, pl.DataFrame] = {}
    given: dict[str, frozenset[str]] = {}
    for table in TABLES.values():
        if table.name not in intakes:
            tables[table.name] = pl.DataFrame(schema=table.schema)
            continue
        tables[table.name] = sort_table(intakes[table.name].typed, table.key, intakes[table.name].rejected)
        frame = tables[table.name]
        given[table.name] = frozenset(name for name in frame.columns if frame[name].null_count() < frame.height)
    content_hash = hash_book(as_of, currency, tables, given)
    return Book(as_of, currency, MappingProxyType(tables), MappingProxyType(given), content_hash)


def _all_rejects(intakes: Mapping[str, Intake], before: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    rejects = dict(before)
    for name, intake in intakes.items():
        if intake.reasons:
            own = intake.rejects()
            rejects[name] = pl.concat([rejects[name], own], how="diagonal_relaxed") if name in rejects else own
    return rejects
