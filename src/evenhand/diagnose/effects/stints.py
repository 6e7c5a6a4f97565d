"""Who covered which territory in each closed period, and what was attained."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

LONGEST = 1.5
"""A territory's periods longer than this times its shortest are taken for years given beside their quarters."""


def list_stints(book: Book, policy: Policy) -> pl.DataFrame:
    """Return attainment by territory, period and the rep who covered most of it.

    Returns
    -------
    pl.DataFrame
        territory_id, period_start, period_end, rep_id, attainment (attained ÷ quota). The last
        ``cadence.attainment_quarters`` closed periods of the seats, with a quota above zero and an attained amount; a
        period of which no rep covered ``verdict.cover_share`` is left out. Sorted by territory_id and period_start.
    """
    periods = _closed_periods(book, policy)
    covers = book.coverage.join(book.reps.select("rep_id", "left_on"), on="rep_id", how="left").select(
        "territory_id",
        "rep_id",
        "starts_on",
        last_on=pl.min_horizontal("ends_on", "left_on").fill_null(dt.date.max),
    )
    first = pl.max_horizontal("starts_on", "period_start")
    last = pl.min_horizontal("last_on", "period_end")
    return (
        periods.join(covers, on="territory_id")
        .with_columns(n_covered=((last - first).dt.total_days() + 1).clip(lower_bound=0))
        .group_by("territory_id", "period_start", "period_end", "rep_id", "attainment", "n_days")
        .agg(pl.col("n_covered").sum())
        .filter(pl.col("n_covered") >= policy.verdict.cover_share * pl.col("n_days"))
        .sort("territory_id", "period_start", "n_covered", "rep_id", descending=[False, False, True, False])
        .unique(["territory_id", "period_start"], keep="first", maintain_order=True)
        .select("territory_id", "period_start", "period_end", "rep_id", "attainment")
    )


def _closed_periods(book: Book, policy: Policy) -> pl.DataFrame:
    n_days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    closed = (
        book.quotas.filter(
            (pl.col("period_end") <= book.as_of)
            & (pl.col("amount_cents") > 0)
            & pl.col("attained_cents").is_not_null()
            & pl.col("territory_id").is_in(book.seats["territory_id"].implode())
        )
        .with_columns(n_days=n_days, attainment=pl.col("attained_cents") / pl.col("amount_cents"))
        .filter(pl.col("n_days") <= LONGEST * pl.col("n_days").min().over("territory_id"))
    )
    recent = closed["period_end"].unique().sort(descending=True).head(policy.cadence.attainment_quarters)
    return closed.filter(pl.col("period_end").is_in(recent.implode())).select(
        "territory_id", "period_start", "period_end", "attainment", "n_days"
    )
