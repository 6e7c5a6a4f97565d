"""Moves by grade, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.measure.follow_up import State

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.book.book import Book

FATE_SCHEMA = {
    "grade": pl.String,
    "n_moved": pl.Int64,
    **{f"n_{state.value.replace(' ', '_')}": pl.Int64 for state in State},
    "open_before_cents": pl.Int64,
    "open_now_cents": pl.Int64,
    "won_since_cents": pl.Int64,
    "n_lost_since": pl.Int64,
}
_ORDER = pl.Enum(["low", "medium", "high"])


def sum_fates(followed: pl.DataFrame, after: Book, moved_on: dt.date) -> pl.DataFrame:
    """Add up by grade what became of the moved accounts.

    Parameters
    ----------
    followed
        Of `evenhand.measure.follow_up.follow_up`.
    moved_on
        The day of the move.

    Returns
    -------
    pl.DataFrame
        See `FATE_SCHEMA`: moved accounts in each state, open pipeline before and now, what was won, and how many deals
        were lost, since the move; low before medium before high.
    """
    is_since = (pl.col("closed_on") >= moved_on).fill_null(value=False) & pl.col("is_closed").fill_null(value=False)
    won = pl.col("is_won").fill_null(value=False)
    closed = (
        after.opportunities.filter(is_since)
        .group_by("account_id")
        .agg(won_since_cents=pl.col("amount_cents").filter(won).sum(), n_lost_since=(~won).sum())
    )
    counts = {f"n_{state.value.replace(' ', '_')}": (pl.col("state") == state.value).sum() for state in State}
    return (
        followed.join(closed, on="account_id", how="left")
        .group_by("grade")
        .agg(
            n_moved=pl.len(),
            **counts,
            open_before_cents=pl.col("open_before_cents").sum(),
            open_now_cents=pl.col("open_now_cents").sum(),
            won_since_cents=pl.col("won_since_cents").sum(),
            n_lost_since=pl.col("n_lost_since").sum(),
        )
        .sort(pl.col("grade").cast(_ORDER))
        .select(*FATE_SCHEMA)
        .cast(FATE_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )
