"""Every account's figures, computed once for the diagnosis, the plan and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.pipeline import sum_pipeline
from evenhand.diagnose.potential import PARTS, score_potential
from evenhand.diagnose.propensity import learn_propensity
from evenhand.diagnose.qualification import qualify
from evenhand.diagnose.whitespace import find_whitespace
from evenhand.diagnose.workload import estimate_workload

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose.propensity import Propensity
    from evenhand.policy import Policy

COLUMNS = (
    "account_id",
    "territory_id",
    "qualified",
    "fits_icp",
    "buying",
    "can_expand",
    "is_whitespace",
    "propensity",
    "potential",
    "potential_source",
    *(f"potential_{part}" for part in PARTS),
    "workload_hours",
    "workload_source",
    "call_hours",
    "travel_hours",
    "open_work_hours",
    "distance_km",
    "pipeline_ttm_cents",
    "open_pipeline_cents",
    "n_open",
    "n_closed",
    "n_won",
    "n_won_priced",
    "won_cents",
)

PIPELINE_COLUMNS = (
    "n_open",
    "open_pipeline_cents",
    "pipeline_ttm_cents",
    "n_closed",
    "n_won",
    "n_won_priced",
    "won_cents",
)


def measure_accounts(book: Book, policy: Policy, propensity: Propensity | None = None) -> pl.DataFrame:
    """Work out every active account's potential, workload, pipeline and whether it is qualified.

    Parameters
    ----------
    propensity
        The result of `learn_propensity` where it is at hand already; else it is learned where the policy says so.

    Returns
    -------
    pl.DataFrame
        One row per active account, sorted by account_id, with `COLUMNS`. Counts and sums of opportunities are 0
        for an account without any, and also where the book has no opportunities at all: whether a figure can be
        told is the measure's to say, see `evenhand.diagnose.measures`. propensity is null unless one was learned and
        accepted. What potential, workload and qualified are
        made of is said in `score_potential`, `estimate_workload` and `qualify`.
    """
    accounts = (
        book.active_accounts.sort("account_id")
        .join(sum_pipeline(book, policy), on="account_id", how="left", maintain_order="left")
        .with_columns(pl.col(*PIPELINE_COLUMNS).fill_null(0))
    )
    accounts = qualify(accounts, book, policy)
    learned = learn_propensity(book, policy) if propensity is None else propensity
    accounts = (
        accounts.join(find_whitespace(book), on="account_id", how="left", maintain_order="left")
        .with_columns(pl.col("is_whitespace").fill_null(value=False))
        .join(learned.accounts.select("account_id", "propensity"), on="account_id", how="left", maintain_order="left")
    )
    accounts = score_potential(accounts, book, policy)
    return estimate_workload(accounts, book, policy).select(COLUMNS)
