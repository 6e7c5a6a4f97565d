"""Transfer requests that reps made where plans are read, taken into a book with those of its source."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.content_hash import hash_book
from evenhand.book.order import sort_table
from evenhand.book.tables import TRANSFER_REQUESTS
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from evenhand.book.book import Book

_NAMES = ("rep_id", "requested_on", "reason")


def add_transfer_requests(book: Book, asked: pl.DataFrame) -> tuple[Book, tuple[Finding, ...]]:
    """Return the book with the requests that reps made by its date, and what became of each.

    Parameters
    ----------
    asked
        rep_id, requested_on, reason; one row a request.

    Returns
    -------
    Book
        The same book where none is added: those after its date come with a later book, those that its source has
        already (same rep, same day) count once.
    tuple of Finding
        BK523 for what was added, BK524 for reps that the book doesn't know.
    """
    table = TRANSFER_REQUESTS.name
    asked = asked.select(_NAMES).filter(pl.col("requested_on") <= book.as_of)
    known = pl.col("rep_id").is_in(book.reps["rep_id"].implode()) if book.has("reps") else pl.lit(value=True)
    strange = asked.filter(~known)
    there = book.tables[table]
    fresh = asked.filter(known).join(there, on=["rep_id", "requested_on"], how="anti")
    findings = []
    if strange.height:
        findings.append(_note("BK524", strange, "of reps whom the book doesn't have were left out"))
    if not fresh.height:
        return book, tuple(findings)
    findings.append(_note("BK523", fresh, "that reps made in the workspace were added"))
    joined = pl.concat([there, fresh.cast({name: there.schema[name] for name in _NAMES})], how="diagonal")
    frame = sort_table(joined, TRANSFER_REQUESTS.key)
    given = frozenset(name for name in frame.columns if frame[name].null_count() < frame.height)
    tables, columns = {**book.tables, table: frame}, {**book.given, table: given}
    return replace(
        book,
        tables=MappingProxyType(tables),
        given=MappingProxyType(columns),
        content_hash=hash_book(book.as_of, book.currency, tables, columns),
    ), tuple(findings)


def _note(code: str, rows: pl.DataFrame, what: str) -> Finding:
    n = rows.height
    return Finding(
        code,
        Severity.NOTE,
        TRANSFER_REQUESTS.name,
        f"{n} transfer request{'' if n == 1 else 's'} {what}.",
        evidence={"n_rows": n, "rep_ids": sorted(set(rows["rep_id"].to_list()))[:20]},
    )
