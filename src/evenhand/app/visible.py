"""Which territories of a book a person sees: all, the team's or the own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.roles import Sees

if TYPE_CHECKING:
    from evenhand.book.book import Book

_MOST_LEVELS = 30
"""More levels of managers than any firm has; ends the climb where reps report to one another in a circle."""


def see_territories(book: Book, sees: Sees, rep_id: str) -> frozenset[str] | None:
    """Return the territories that a person sees; None for all of them.

    Parameters
    ----------
    rep_id
        The person's id among the book's reps; where it is empty or unknown there, nothing but "all" shows anything.

    Notes
    -----
    A rep sees the territories covered on the book's date. A manager sees those of everyone who reports to them,
    through however many others, and their own.
    """
    if sees is Sees.ALL:
        return None
    if not rep_id:
        return frozenset()
    reps = {rep_id} if sees is Sees.OWN else _with_reports(book, rep_id)
    covered = book.coverage.filter(
        pl.col("rep_id").is_in(sorted(reps)),
        pl.col("starts_on") <= book.as_of,
        pl.col("ends_on").is_null() | (pl.col("ends_on") >= book.as_of),
    )
    return frozenset(covered["territory_id"].to_list())


def _with_reports(book: Book, rep_id: str) -> set[str]:
    found, latest = {rep_id}, {rep_id}
    for _ in range(_MOST_LEVELS):
        reports = book.reps.filter(pl.col("manager_id").is_in(sorted(latest)))["rep_id"].to_list()
        latest = set(reports) - found
        if not latest:
            break
        found |= latest
    return found
