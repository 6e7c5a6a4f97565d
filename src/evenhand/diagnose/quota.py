"""A seat's quota: that of the running period, and what was attained of those that have closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.windows import months_before

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def sum_quotas(book: Book, policy: Policy) -> pl.DataFrame:
    """Return each seat's current quota, and attained and quota over the closed periods looked at.

    Returns
    -------
    pl.DataFrame
        territory_id, quota_cents (of the current period), closed_quota_cents and attained_cents (sums over the closed
        periods); null where there is no such period. Seats only: the quota of a group of territories is the sum of its
        seats', and a quota given for the group itself would count twice. Sorted by territory_id.

    Notes
    -----
    The current period is the one that holds the book's date, the shortest of them where a year and its quarters are
    both given; where none does, the next one to start. Closed periods are those that ended in the trailing months
    of the policy, up to and including the book's date, with an attained amount. A period that is still running is left
    out and not pro-rated: deals bunch at the end of a period, so half of it is not half the attainment.

    References
    ----------
    Policy entry ``verdict.trailing_months``.
    """
    current = find_current_periods(book).select("territory_id", quota_cents="amount_cents")
    closed = (
        find_closed_periods(book, policy)
        .group_by("territory_id")
        .agg(closed_quota_cents=pl.col("amount_cents").sum(), attained_cents=pl.col("attained_cents").sum())
    )
    return current.join(closed, on="territory_id", how="full", coalesce=True).sort("territory_id")


def find_current_periods(book: Book) -> pl.DataFrame:
    """Return the row of quotas that is each seat's current one, sorted by territory_id."""
    started = pl.col("period_start") <= book.as_of
    return (
        _of_seats(book)
        .filter(pl.col("period_end") >= book.as_of)
        .with_columns(
            days_to_start=pl.when(started).then(0).otherwise((pl.col("period_start") - book.as_of).dt.total_days()),
            n_days=(pl.col("period_end") - pl.col("period_start")).dt.total_days(),
        )
        .sort("territory_id", "days_to_start", "n_days", "period_start")
        .unique("territory_id", keep="first", maintain_order=True)
        .drop("days_to_start", "n_days")
    )


def find_closed_periods(book: Book, policy: Policy) -> pl.DataFrame:
    """Return the rows of quotas that the attainment is worked out from."""
    since = months_before(book.as_of, policy.verdict.trailing_months)
    return _of_seats(book).filter(
        (pl.col("period_end") > since) & (pl.col("period_end") <= book.as_of) & pl.col("attained_cents").is_not_null()
    )


def _of_seats(book: Book) -> pl.DataFrame:
    return book.quotas.filter(pl.col("territory_id").is_in(book.seats["territory_id"].implode()))
