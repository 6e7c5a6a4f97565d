"""A sheet of the accounts: what a map and a search show of each, from name and territory to grade and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.accounts import measure_accounts
from evenhand.plan.grades import grade_accounts

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

COLUMNS = ("account_id", "name", "territory_id", "segment", "region", "potential", "grade", "latitude", "longitude")


def list_accounts(book: Book, policy: Policy) -> pl.DataFrame:
    """List every active account with `COLUMNS`, sorted by account_id.

    Returns
    -------
    pl.DataFrame
        potential as `measure_accounts` gives it, grade 0 low, 1 medium, 2 high; name, segment, region, latitude and
        longitude null where the book has none, and no place where only one of the two is known.
    """
    place = pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null()
    return (
        book.active_accounts.sort("account_id")
        .select("account_id", "name", "territory_id", "segment", "region", "latitude", "longitude")
        .with_columns(pl.when(place).then(pl.col(name)).alias(name) for name in ("latitude", "longitude"))
        .join(
            measure_accounts(book, policy).select("account_id", "potential"),
            on="account_id",
            how="left",
            maintain_order="left",
        )
        .join(
            grade_accounts(book, policy).select("account_id", "grade"),
            on="account_id",
            how="left",
            maintain_order="left",
        )
        .select(COLUMNS)
    )
