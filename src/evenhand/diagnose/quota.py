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
    quotas = book.quotas.filter(pl.col("territory_id").is_in(book.seats["territory_id"].implode()))
    return (
        _current(quotas, book)
        .join(_closed(quotas, book, policy), on="territory_id", how="full", coalesce=True)
        .sort("territory_id")
    )


def _current(quotas: pl.DataFrame, book: Book) -> pl.DataFrame:
    started = pl.col("period_start") <= book.as_of
    return (
        quotas.filter(pl.col("period_end") >= book.as_of)
        .with_columns(
            days_to_start=pl.when(started).then(0).otherwise((pl.col("period_start") - book.as_of).dt.total_days()),
            n_days=(pl.col("period_end") - pl.col("period_start")).dt.total_days(),
        )
        .sort("territory_id", "days_to_start", "n_days", "period_start")
        .group_by("territory_id", maintain_order=True)
        .agg(quota_cents=pl.col("amount_cents").first())
    )


def _closed(quotas: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    since = months_before(book.as_of, policy.verdict.trailing_months)
    return (
        quotas.filter(
            (pl.col("period_end") > since)
            & (pl.col("period_end") <= book.as_of)
            & pl.col("attained_cents").is_not_null()
        )
        .group_by("territory_id")
        .agg(closed_quota_cents=pl.col("amount_cents").sum(), attained_cents=pl.col("attained_cents").sum())
    )
