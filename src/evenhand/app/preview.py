"""How a mapping comes out before a book is made of it: the first rows, and what would be found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.book.admit import take_tables
from evenhand.book.matching import suggest_mapping
from evenhand.book.proposals import add_proposal, list_stages, propose_derivations, suggest_stage
from evenhand.book.tables import TABLES, Kind

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from evenhand.app.ports import Source
    from evenhand.book.intake import Intake
    from evenhand.book.mapping import SourceMapping
    from evenhand.book.raw import RawTable
    from evenhand.foundation.findings import Finding

OF_REFERENCES = frozenset({"BK404", "BK405", "BK406", "BK407", "BK411"})
"""Codes of what leads to no row of another table: of the heads of files nobody can tell."""
N_ROWS = 5
"""First rows shown of a table."""
_MOST_ROUNDS = 4


@dataclass(frozen=True)
class TablePreview:
    """The first rows of a table as the book would have them.

    Attributes
    ----------
    columns, rows
        The columns with a value in any row, money in units of the currency; a tuple of texts a row, empty for null.
    rejected
        For each row whether it would be rejected.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rejected: tuple[bool, ...]
    n_rows: int
    n_rejected: int


@dataclass(frozen=True)
class MappingPreview:
    """How a mapping comes out.

    Attributes
    ----------
    n_findings
        By severity.
    makes_book
        Whether there would be a book.
    """

    tables: tuple[TablePreview, ...]
    findings: tuple[Finding, ...]
    n_findings: Mapping[str, int]
    n_rejected: int
    as_of: dt.date | None
    currency: str
    makes_book: bool


def preview_mapping(
    source: Source,
    mapping: SourceMapping,
    *,
    as_of: dt.date | None = None,
    currency: str | None = None,
    is_head: bool = False,
) -> MappingPreview:
    """Say how a mapping comes out on a source, or on the head of one.

    Parameters
    ----------
    is_head
        Whether files are cut: then nothing is said of references, whose rows may come further on.

    Raises
    ------
    InputError
        If the currency is not a code of three capital letters.
    """
    taken = take_tables(source.tables, as_of=as_of, mapping=mapping, currency=currency, findings=source.findings)
    passed = OF_REFERENCES if is_head else frozenset()
    findings = tuple(finding for finding in taken.findings if finding.code not in passed)
    tables = tuple(_preview(taken.intakes[name], passed) for name in TABLES if name in taken.intakes)
    counts = {table.name: table.n_rows - table.n_rejected for table in tables}
    return MappingPreview(
        tables,
        findings,
        Counter(str(finding.severity) for finding in findings),
        sum(table.n_rejected for table in tables),
        taken.as_of,
        taken.currency,
        taken.as_of is not None and all(counts.get(table.name, 0) for table in TABLES.values() if table.required),
    )


def begin_mapping(raw: Mapping[str, RawTable]) -> SourceMapping:
    """Suggest the mapping to begin with: names, stages, and what a book can't be without."""
    mapping = suggest_mapping(raw)
    for _ in range(_MOST_ROUNDS):
        needed = next((each for each in propose_derivations(mapping, raw) if each.is_needed), None)
        if needed is None:
            break
        mapping = add_proposal(mapping, needed)
    stages = {name: stage for name in list_stages(mapping, raw) if (stage := suggest_stage(name)) is not None}
    return mapping.model_copy(update={"stages": stages})


def _preview(intake: Intake, passed: frozenset[str]) -> TablePreview:
    rejected = np.zeros(intake.raw.height, dtype=bool)
    for reason in intake.reasons:
        if reason.code not in passed:
            rejected[reason.indices] = True
    head = intake.typed.head(N_ROWS)
    money = [column.book_name for column in intake.table.columns if column.kind is Kind.MONEY]
    head = head.with_columns((pl.col(name) / 100).round(2) for name in money)
    head = head.select(name for name in head.columns if head[name].null_count() < head.height)
    shown = head.rename({name: name.removesuffix("_cents") for name in money if name in head.columns}, strict=False)
    return TablePreview(
        intake.table.name,
        tuple(shown.columns),
        tuple(tuple(_text(value) for value in row) for row in shown.iter_rows()),
        tuple(bool(is_rejected) for is_rejected in rejected[:N_ROWS]),
        intake.raw.height,
        int(rejected.sum()),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, float) else str(value)
