"""The past quarters of every seat: accounts, pipeline, deals, attainment and who covered it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.windows import QUARTER_MONTHS, months_before

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

DAY = dt.timedelta(days=1)

COLUMNS = (
    "territory_id",
    "quarter_start",
    "quarter_end",
    "n_accounts",
    "n_arrived",
    "n_left",
    "pipeline_created_cents",
    "won_cents",
    "n_closed",
    "n_won",
    "attainment",
    "rep_id",
)


def list_quarters(book: Book, policy: Policy) -> pl.DataFrame:
    """Return every seat's figures by quarter, the last ``cadence.attainment_quarters`` that end with the book's date.

    Returns
    -------
    pl.DataFrame
        One row per seat and quarter with `COLUMNS`, sorted: accounts at the quarter's end, those that arrived (created
        or moved in) and left (churned or moved out) in it; pipeline created, deals won and closed of the accounts that
        are in the seat today; attainment (Σ attained ÷ Σ quota of the periods that ended in it); the rep who covered
        the seat on its last day. Null where the book doesn't tell.

    Notes
    -----
    Where an account was is told by the ownership history; one without any is taken to have been where it is today.
    """
    n_quarters = policy.cadence.attainment_quarters
    ends = [months_before(book.as_of, QUARTER_MONTHS * back) for back in range(n_quarters, -1, -1)]
    quarters = pl.DataFrame({"quarter_start": [end + DAY for end in ends[:-1]], "quarter_end": ends[1:]})
    keys = ["territory_id", "quarter_end"]
    grid = book.seats.select("territory_id").join(quarters, how="cross")
    for figures in (
        _accounts(book, quarters),
        _deals(book, quarters),
        _attainment(book, quarters),
        _reps(book, quarters),
    ):
        grid = grid.join(figures, on=keys, how="left")
    counts = ["n_accounts", "n_arrived", "n_left"]
    sums = ["pipeline_created_cents", "won_cents", "n_closed", "n_won"]
    return (
        grid.with_columns(
            *(
                pl.col(name).fill_null(0) if book.has("accounts", "created_on") else pl.lit(None).alias(name)
                for name in counts
            ),
            *(pl.col(name).fill_null(0) if book.has("opportunities") else pl.lit(None).alias(name) for name in sums),
        )
        .select(COLUMNS)
        .sort("territory_id", "quarter_end")
    )


def _accounts(book: Book, quarters: pl.DataFrame) -> pl.DataFrame:
    """Count accounts by seat and quarter from the spans in which each was in a seat."""
    life = book.accounts.select(
        "account_id",
        today="territory_id",
        born=pl.col("created_on").fill_null(dt.date.min),
        gone=pl.col("churned_on").fill_null(dt.date.max),
    )
    told = book.ownership.join(life, on="account_id").select(
        "territory_id",
        first=pl.max_horizontal("starts_on", "born"),
        # The day it ends is the first day elsewhere.
        until=pl.min_horizontal(pl.col("ends_on").fill_null(dt.date.max), "gone"),
    )
    untold = life.join(book.ownership.select("account_id").unique(), on="account_id", how="anti").select(
        territory_id="today", first="born", until="gone"
    )
    spans = pl.concat([told, untold]).filter(pl.col("until") > pl.col("first"))
    inside = (pl.col("first") <= pl.col("quarter_end")) & (pl.col("until") > pl.col("quarter_start") - DAY)
    return (
        spans.join(quarters, how="cross")
        .filter(inside)
        .group_by("territory_id", "quarter_end")
        .agg(
            n_accounts=(pl.col("until") > pl.col("quarter_end")).sum().cast(pl.Int64),
            n_arrived=(pl.col("first") >= pl.col("quarter_start")).sum().cast(pl.Int64),
            n_left=(pl.col("until") <= pl.col("quarter_end")).sum().cast(pl.Int64),
        )
    )


def _deals(book: Book, quarters: pl.DataFrame) -> pl.DataFrame:
    deals = book.opportunities.join(book.accounts.select("account_id", "territory_id"), on="account_id")
    created = _by_quarter(deals, "created_on", quarters).agg(pipeline_created_cents=pl.col("amount_cents").sum())
    closed = _by_quarter(deals.filter(pl.col("is_closed") & pl.col("is_won").is_not_null()), "closed_on", quarters).agg(
        won_cents=pl.col("amount_cents").filter("is_won").sum(),
        n_closed=pl.len().cast(pl.Int64),
        n_won=pl.col("is_won").sum().cast(pl.Int64),
    )
    return created.join(closed, on=["territory_id", "quarter_end"], how="full", coalesce=True)


def _attainment(book: Book, quarters: pl.DataFrame) -> pl.DataFrame:
    closed = book.quotas.filter(
        (pl.col("period_end") <= book.as_of) & (pl.col("amount_cents") > 0) & pl.col("attained_cents").is_not_null()
    )
    return _by_quarter(closed, "period_end", quarters).agg(
        attainment=pl.col("attained_cents").sum() / pl.col("amount_cents").sum()
    )


def _reps(book: Book, quarters: pl.DataFrame) -> pl.DataFrame:
    covers = book.coverage.join(book.reps.select("rep_id", "left_on"), on="rep_id", how="left").with_columns(
        last_on=pl.min_horizontal("ends_on", "left_on").fill_null(dt.date.max)
    )
    return (
        covers.join(quarters, how="cross")
        .filter((pl.col("starts_on") <= pl.col("quarter_end")) & (pl.col("last_on") >= pl.col("quarter_end")))
        .sort("territory_id", "quarter_end", "starts_on", "rep_id")
        .group_by("territory_id", "quarter_end", maintain_order=True)
        .agg(pl.col("rep_id").last())
    )


def _by_quarter(rows: pl.DataFrame, day: str, quarters: pl.DataFrame) -> pl.dataframe.group_by.GroupBy:
    dated = rows.filter(pl.col(day).is_between(quarters["quarter_start"].min(), quarters["quarter_end"].max()))
    ends = quarters.select("quarter_end").sort("quarter_end")
    return (
        dated.sort(day)
        .join_asof(ends, left_on=day, right_on="quarter_end", strategy="forward", coalesce=False)
        .group_by("territory_id", "quarter_end")
    )
