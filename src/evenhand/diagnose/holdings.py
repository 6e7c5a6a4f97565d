"""What each territory holds: its accounts' figures, its closed deals and its quota, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.pipeline import sum_pipeline
from evenhand.diagnose.pools import find_pools
from evenhand.diagnose.quota import sum_quotas
from evenhand.diagnose.seats import list_seats, place_accounts

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

ACCOUNT_SUMS = ("potential", "workload_hours", "open_pipeline_cents", "pipeline_ttm_cents", "n_open")
DEAL_SUMS = ("n_closed", "n_won", "n_won_priced", "won_cents")


def hold(accounts: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    """Add up what each territory holds.

    Parameters
    ----------
    accounts
        The figures of `measure_accounts`.

    Returns
    -------
    pl.DataFrame
        One row for each seat, and for each group of territories that has accounts of its own: territory_id, layer,
        pool (see `find_pools`), is_seat, capacity_share, capacity_hours (both 0 for a group), n_accounts,
        n_qualified, the sums of active accounts, the sums of deals of all accounts, churned ones too (a deal lost
        with a customer was still lost), and the columns of `sum_quotas`. Sorted by layer and territory_id.
    """
    places = place_accounts(book)
    held = (
        places.join(accounts.drop("territory_id"), on="account_id")
        .group_by("layer", "territory_id")
        .agg(
            n_accounts=pl.len().cast(pl.Int64),
            n_qualified=pl.col("qualified").sum().cast(pl.Int64),
            **{name: pl.col(name).sum() for name in ACCOUNT_SUMS},
        )
    )
    deals = (
        places.join(sum_pipeline(book, policy).select("account_id", *DEAL_SUMS), on="account_id")
        .group_by("layer", "territory_id")
        .agg(pl.col(*DEAL_SUMS).sum())
    )
    seats = list_seats(book, policy).drop("name").with_columns(is_seat=pl.lit(value=True))
    sums = ("n_accounts", "n_qualified", *ACCOUNT_SUMS, *DEAL_SUMS)
    return (
        seats.join(held, on=["layer", "territory_id"], how="full", coalesce=True)
        .join(deals, on=["layer", "territory_id"], how="left")
        .join(sum_quotas(book, policy), on="territory_id", how="left")
        .join(find_pools(book, policy), on="territory_id", how="left")
        .with_columns(
            pl.col("is_seat").fill_null(value=False),
            pl.col("capacity_share", "capacity_hours", *sums).fill_null(0),
        )
        .sort("layer", "territory_id")
    )
