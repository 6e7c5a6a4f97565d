"""Family whitespace: accounts that never bought, in families that did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.families import find_families

if TYPE_CHECKING:
    from evenhand.book.book import Book


def find_whitespace(book: Book) -> pl.DataFrame:
    """Return the accounts that never bought although another of their family is a customer.

    Returns
    -------
    pl.DataFrame
        account_id, is_whitespace (true); sorted by account_id. None where the book has no parents, or says nothing of
        who bought.

    Notes
    -----
    A customer is an account that has not churned and has won a deal by the book's date or uses a product
    (product_usage above 0). Whitespace is an active account that is no customer and has no open opportunity, in a
    family with a customer.
    """
    nothing = pl.DataFrame(schema={"account_id": pl.String, "is_whitespace": pl.Boolean})
    tells = book.has("opportunities", "is_won") or book.has("accounts", "product_usage")
    if not tells or not book.has("accounts", "parent_account_id"):
        return nothing
    deals = book.opportunities.group_by("account_id").agg(
        has_won=(pl.col("is_won") & (pl.col("closed_on").is_null() | (pl.col("closed_on") <= book.as_of))).any(),
        is_open=(~pl.col("is_closed")).any(),
    )
    return (
        book.active_accounts.select("account_id", "product_usage")
        .join(find_families(book.accounts), on="account_id")
        .join(deals, on="account_id", how="left")
        .with_columns(pl.col("has_won", "is_open").fill_null(value=False))
        .with_columns(is_customer=pl.col("has_won") | (pl.col("product_usage") > 0).fill_null(value=False))
        .filter(pl.col("is_customer").any().over("family_id"))
        .filter(~pl.col("is_customer") & ~pl.col("is_open"))
        .select("account_id", is_whitespace=pl.lit(value=True))
        .sort("account_id")
    )
