"""The records behind a number: how a figure of a diagnosis came about, as far as the person sees."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import polars as pl
from django.http import Http404

from evenhand.adapters.files.diagnoses import POLICY, is_traceable, read_traceable
from evenhand.app.policies import load_policy
from evenhand.diagnose import MEASURES
from evenhand.diagnose.seats import climb, place_accounts
from evenhand.diagnose.trace import Trace, trace_subject
from evenhand.foundation.errors import InputError, Refusal
from evenhand.web.views_of_team import visible_territories
from evenhand.wiring.admitting import diagnose_book
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from evenhand.adapters.files.diagnoses import TraceableDiagnosis
    from evenhand.adapters.store.models import Book, User
    from evenhand.book.book import Book as AdmittedBook
    from evenhand.diagnose import Diagnosis
    from evenhand.policy import Policy

_KEPT_BOOKS = 2
_OF_THE_FIRM = frozenset({"effects", "adjusted_win_rate"})
"""Figures of one territory that say something of others: models fitted to the whole firm."""
_KEPT_TRACES = 64


def trace_figure(user: User, book: Book, subject: str) -> Trace:
    """Say how a figure came about and from which records.

    Parameters
    ----------
    subject
        As `evenhand.diagnose.trace.trace_subject` takes it: ``T07:potential``, ``win_rate``, ``A000017``.

    Raises
    ------
    Http404
        Where it is nothing that this person sees; whether it exists is not told.
    InputError
        For those who see everything: where there is no such figure, with the nearest that there is.
    Refusal
        WS121 where the diagnosis is of an earlier version and can't be made again.
    """
    seen = visible_territories(user, book)
    if seen is not None and not _is_seen(book, subject, seen):
        raise Http404
    return _trace(book.content_hash, book.policy_hash, subject)


def _is_seen(book: Book, subject: str, seen: frozenset[str]) -> bool:
    """Say whether a subject is of one of these territories: a figure of it, or an account in it."""
    territory_id, colon, figure = subject.rpartition(":")
    if colon and territory_id in seen:
        return figure not in _OF_THE_FIRM
    accounts = _open(book.content_hash, book.policy_hash)[0].accounts
    found = accounts.filter(pl.col("account_id") == subject)["territory_id"]
    return found.len() == 1 and found[0] in seen


@lru_cache(maxsize=_KEPT_TRACES)
def _trace(book_hash: str, policy_hash: str, subject: str) -> Trace:
    diagnosis, book, policy = _open(book_hash, policy_hash)
    territory_id, colon, figure = subject.rpartition(":")
    if colon and figure in MEASURES:
        diagnosis, book = _cut(diagnosis, book, _under(book_hash, policy_hash, territory_id))
    # What was kept of a diagnosis has all that a trace looks at.
    return trace_subject(subject, cast("Diagnosis", diagnosis), book, policy)


def _cut(
    diagnosis: TraceableDiagnosis, book: AdmittedBook, account_ids: pl.Series
) -> tuple[TraceableDiagnosis, AdmittedBook]:
    """Leave the accounts out that no record of a figure can be of, so that it is traced in milliseconds."""
    own = pl.col("account_id").is_in(account_ids.implode())
    tables = {name: rows.filter(own) if "account_id" in rows.columns else rows for name, rows in book.tables.items()}
    return replace(diagnosis, accounts=diagnosis.accounts.filter(own)), replace(book, tables=MappingProxyType(tables))


def _under(book_hash: str, policy_hash: str, territory_id: str) -> pl.Series:
    """Return the accounts that a territory, or what is below a group, counts in any layer."""
    placed, climbed = _places(book_hash, policy_hash)
    below = climbed.filter(pl.col("ancestor_id") == territory_id)["territory_id"]
    return placed.filter(pl.col("territory_id").is_in(below.implode()))["account_id"].unique()


@lru_cache(maxsize=_KEPT_BOOKS)
def _places(book_hash: str, policy_hash: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    book = _open(book_hash, policy_hash)[1]
    return place_accounts(book), climb(book.territories)


@lru_cache(maxsize=_KEPT_BOOKS)
def _open(book_hash: str, policy_hash: str) -> tuple[TraceableDiagnosis, AdmittedBook, Policy]:
    # Folders are named by their content and never change, so what was read once stays right.
    shelf, outside = open_shelf(), connect_outside()
    folder, book = shelf.diagnosis(book_hash, policy_hash), outside.read_book(shelf.book(book_hash))
    if not is_traceable(folder):
        policy = load_policy(outside, shelf.policy)
        if policy.content_hash != policy_hash:
            raise Refusal(
                "WS121",
                "The records behind this diagnosis weren't kept, and the firm's policy has changed since.",
                "Bring the book in again: it is diagnosed under today's policy then.",
            )
        diagnose_book(book, policy)
    try:
        policy = load_policy(outside, folder / POLICY)
    except InputError as error:
        raise Refusal(
            "WS121", "The policy of this diagnosis can't be read by this version.", "Bring the book in again."
        ) from error
    return read_traceable(folder), book, policy
