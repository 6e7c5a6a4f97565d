"""Which accounts stay where they are whatever the balance, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.plan.churn import cool_down_from, recall_owners

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def lock_accounts(book: Book, policy: Policy, earlier_moves: pl.DataFrame | None = None) -> pl.DataFrame:
    """Say for every active account whether it has to stay, why, and how often it has changed hands.

    Parameters
    ----------
    earlier_moves
        Of earlier plans, see `evenhand.plan.churn.recall_owners`.

    Returns
    -------
    pl.DataFrame
        Sorted by account_id: account_id, lock (the reason in words; null where the account may move), and the columns
        of `recall_owners`.

    Notes
    -----
    An account stays if the book or ``moves.locked_accounts`` says so, or if it changed territory within
    ``moves.cool_down_quarters``. The first territory of an account is no change.
    """
    return (
        book.active_accounts.select("account_id", "locked")
        .join(recall_owners(book, policy, earlier_moves), on="account_id", how="left")
        .with_columns(
            lock=pl.when(pl.col("account_id").is_in(policy.moves.locked_accounts))
            .then(pl.lit("locked by the policy"))
            .when(pl.col("locked").fill_null(value=False))
            .then(pl.lit("locked in the book"))
            .when(pl.col("moved_on") > cool_down_from(book, policy))
            .then(pl.format("moved on {}", pl.col("moved_on").dt.to_string("%Y-%m-%d"))),
        )
        .drop("locked")
        .sort("account_id")
    )
