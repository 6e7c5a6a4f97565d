"""The days on which the past is cut: facts up to the day, and what was won in the period after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.windows import months_before

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

SLACK_DAYS = 31
"""The first deal on record may be so much later than the first day on which one would have been recorded."""


@dataclass(frozen=True)
class Cut:
    """A day in the past and the last day of the period after it."""

    day: dt.date
    until: dt.date


def first_record(book: Book) -> dt.date | None:
    """Return the first day on which a deal closed."""
    day = book.opportunities.filter("is_closed")["closed_on"].min()
    return day if isinstance(day, dt.date) else None


def list_cuts(book: Book, policy: Policy) -> list[Cut]:
    """Return the cuts, oldest first: periods without overlap that end with the book's date.

    Notes
    -----
    A cut counts where the whole look-back before it is on record, else "nothing won in twelve months" would mean less
    in the first periods than in the last.

    References
    ----------
    Policy entries ``propensity.horizon_months``, ``propensity.lookback_months``, ``propensity.most_periods``.
    """
    rules, first = policy.propensity, first_record(book)
    if first is None:
        return []
    cuts = []
    for back in range(1, rules.most_periods + 1):
        day = months_before(book.as_of, rules.horizon_months * back)
        if months_before(day, rules.lookback_months) + dt.timedelta(days=SLACK_DAYS) < first:
            break
        cuts.append(Cut(day, months_before(book.as_of, rules.horizon_months * (back - 1))))
    return cuts[::-1]


def list_winners(book: Book, policy: Policy, cut: Cut) -> pl.DataFrame:
    """Return the accounts that won a deal in the period after the cut: account_id, has_won (true)."""
    return (
        bought(book, policy)
        .filter(pl.col("is_won") & (pl.col("closed_on") > cut.day) & (pl.col("closed_on") <= cut.until))
        .select(pl.col("account_id").unique().sort(), has_won=True)
    )


def bought(book: Book, policy: Policy) -> pl.DataFrame:
    """Return the opportunities that are about buying: those of a type that isn't left out."""
    left_out = pl.col("type").is_in(policy.propensity.leave_out_types).fill_null(value=False)
    return book.opportunities.filter(~left_out)
