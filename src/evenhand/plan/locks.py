"""Which accounts stay where they are whatever the balance, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def lock_accounts(book: Book, policy: Policy) -> pl.DataFrame:
    """Say for every active account whether it has to stay, why, and how often it has changed hands.

    Returns
    -------
    pl.DataFrame
        Sorted by account_id: account_id, lock (the reason in words; null where the account may move),
        n_earlier_moves (changes of territory within the ownership history).

    Notes
    -----
    An account stays if the book or ``moves.locked_accounts`` says so, or if it changed territory within
    ``moves.cool_down_quarters``. The first territory of an account is no change.
    """
    cool_down_from = pl.lit(book.as_of).dt.offset_by(f"-{3 * policy.moves.cool_down_quarters}mo")
    changed = pl.col("territory_id") != pl.col("territory_id").shift().over("account_id")
    history = (
        book.ownership.filter(pl.col("starts_on") <= book.as_of)
        .sort("account_id", "starts_on", "territory_id")
        .filter(changed.fill_null(value=False))
        .group_by("account_id")
        .agg(n_earlier_moves=pl.len().cast(pl.Int64), moved_on=pl.col("starts_on").max())
    )
    return (
        book.active_accounts.select("account_id", "locked")
        .join(history, on="account_id", how="left")
        .select(
            "account_id",
            lock=pl.when(pl.col("account_id").is_in(policy.moves.locked_accounts))
            .then(pl.lit("locked by the policy"))
            .when(pl.col("locked").fill_null(value=False))
            .then(pl.lit("locked in the book"))
            .when(pl.col("moved_on") > cool_down_from)
            .then(pl.format("moved on {}", pl.col("moved_on").dt.to_string("%Y-%m-%d"))),
            n_earlier_moves=pl.col("n_earlier_moves").fill_null(0),
        )
        .sort("account_id")
    )
