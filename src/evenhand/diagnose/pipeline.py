"""What an account's opportunities say: open pipeline, pipeline generated, deals closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.windows import TTM_MONTHS, months_before

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

IS_OPEN = ~pl.col("is_closed")
"""Null, and so not counted, where the source doesn't say."""


def sum_pipeline(book: Book, policy: Policy) -> pl.DataFrame:
    """Add up each account's opportunities, one row per account that has any, churned ones too.

    Returns
    -------
    pl.DataFrame
        account_id; n_open, open_pipeline_cents (open by the book's date); pipeline_ttm_cents (created in the trailing
        twelve months, open or closed); n_closed, n_won, won_cents, n_won_priced (closed in the trailing months of
        the policy with a known outcome; won_cents over the n_won_priced of them that have an amount). Sorted by
        account_id.

    Notes
    -----
    An opportunity counts where its account is today, since it is today's territories that are judged.

    References
    ----------
    Policy entry ``verdict.trailing_months``.
    """
    created, decided = was_generated(book), was_decided(book, policy)
    won = decided & pl.col("is_won")
    amount = pl.col("amount_cents")
    return (
        book.opportunities.lazy()
        .group_by("account_id")
        .agg(
            n_open=IS_OPEN.sum().cast(pl.Int64),
            open_pipeline_cents=amount.filter(IS_OPEN).sum(),
            pipeline_ttm_cents=amount.filter(created).sum(),
            n_closed=decided.sum().cast(pl.Int64),
            n_won=won.sum().cast(pl.Int64),
            n_won_priced=(won & amount.is_not_null()).sum().cast(pl.Int64),
            won_cents=amount.filter(won).sum(),
        )
        .sort("account_id")
        .collect()
    )


def was_generated(book: Book) -> pl.Expr:
    """Say of each opportunity whether it was created in the trailing twelve months."""
    return (pl.col("created_on") > months_before(book.as_of, TTM_MONTHS)) & (pl.col("created_on") <= book.as_of)


def was_decided(book: Book, policy: Policy) -> pl.Expr:
    """Say of each opportunity whether it closed in the trailing months of the policy, with a known outcome."""
    return (
        pl.col("is_closed")
        & pl.col("is_won").is_not_null()
        & (pl.col("closed_on") > months_before(book.as_of, policy.verdict.trailing_months))
        & (pl.col("closed_on") <= book.as_of)
    )
