"""What was known of every account on a day, from dated records alone."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.families import find_families
from evenhand.diagnose.propensity.cuts import bought
from evenhand.diagnose.windows import months_before

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from evenhand.book.book import Book
    from evenhand.policy import Policy

DAYS_PER_YEAR = 365.25

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "has_open": "has an open opportunity",
        "n_open": "open opportunities",
        "n_opened": "opportunities opened lately",
        "has_closed": "closed a deal in the look-back, won or lost",
        "n_won": "deals won in the look-back",
        "n_lost": "deals lost in the look-back",
        "n_activities": "activities lately",
        "n_family_won": "deals won by the rest of the family in the look-back",
        "years_known": "years as an account",
        "changed_hands": "changed territory in the look-back",
    }
)
"""Names and what they are; counts and years enter as log(1 + x), so that the second deal tells more than the tenth.

The two that are yes or no stand beside their counts because the step from none to one is the largest.
"""


def list_facts(book: Book, policy: Policy, day: dt.date) -> pl.DataFrame:
    """Return what was known of each account on a day.

    Returns
    -------
    pl.DataFrame
        account_id, family_id, and a column for each of `FACTS` (as it enters the model); accounts that were active on
        the day, sorted by account_id. Null: not on record (years_known without created_on).

    Notes
    -----
    Only dated records count: opportunities by created_on and closed_on, activities, ownership, created_on, churned_on.
    Stage, amount of what was open, product use, tier, buying cycle and the date of the last activity have the value
    of the book's date, which on an earlier day nobody knew; a model that used them would be clever after the event.
    """
    counts = _count_deals(book, policy, day)
    known = (pl.lit(day) - pl.col("created_on")).dt.total_days() / DAYS_PER_YEAR
    was_active = (pl.col("created_on").is_null() | (pl.col("created_on") <= day)) & (
        pl.col("churned_on").is_null() | (pl.col("churned_on") > day)
    )
    active = (
        book.accounts.filter(was_active)
        .select("account_id", years_known=known.log1p())
        .join(find_families(book.accounts), on="account_id", how="left")
    )
    won_by_family = (
        counts.join(find_families(book.accounts), on="account_id")
        .group_by("family_id")
        .agg(n_family=pl.col("n_won").sum())
    )
    since = months_before(day, policy.propensity.lookback_months)
    return (
        active.join(counts, on="account_id", how="left")
        .join(won_by_family, on="family_id", how="left")
        .join(_count_activities(book, policy, day), on="account_id", how="left")
        .join(_moved(book, since, day), on="account_id", how="left")
        .with_columns(pl.col("n_open", "n_opened", "n_won", "n_lost", "n_family", "n_activities").fill_null(0))
        .with_columns(
            has_open=(pl.col("n_open") > 0).cast(pl.Float64),
            has_closed=(pl.col("n_won") + pl.col("n_lost") > 0).cast(pl.Float64),
            n_family_won=pl.col("n_family") - pl.col("n_won"),
            changed_hands=pl.col("changed_hands").fill_null(value=False).cast(pl.Float64),
        )
        .with_columns(
            pl.col("n_open", "n_opened", "n_won", "n_lost", "n_activities", "n_family_won").cast(pl.Float64).log1p()
        )
        .select("account_id", "family_id", *FACTS)
        .sort("account_id")
    )


def _count_deals(book: Book, policy: Policy, day: dt.date) -> pl.DataFrame:
    rules = policy.propensity
    since = months_before(day, rules.lookback_months)
    lately = pl.lit(day).dt.offset_by(f"-{rules.activity_days}d")
    existed = pl.col("created_on") <= day
    had_closed = pl.col("is_closed") & (pl.col("closed_on") <= day)
    in_lookback = had_closed & (pl.col("closed_on") > since)
    # A closed one without a date may have closed before or after the day: it counts in neither.
    was_open = existed & (~pl.col("is_closed") | (pl.col("is_closed") & (pl.col("closed_on") > day)))
    return (
        bought(book, policy)
        .lazy()
        .group_by("account_id")
        .agg(
            n_open=was_open.sum().cast(pl.Int64),
            n_opened=(existed & (pl.col("created_on") > lately)).sum().cast(pl.Int64),
            n_won=(in_lookback & pl.col("is_won")).sum().cast(pl.Int64),
            n_lost=(in_lookback & ~pl.col("is_won")).sum().cast(pl.Int64),
        )
        .sort("account_id")
        .collect()
    )


def _count_activities(book: Book, policy: Policy, day: dt.date) -> pl.DataFrame:
    since = pl.lit(day).dt.offset_by(f"-{policy.propensity.activity_days}d")
    return (
        book.activities.lazy()
        .filter((pl.col("happened_on") > since) & (pl.col("happened_on") <= day))
        .group_by("account_id")
        .agg(n_activities=pl.len().cast(pl.Int64))
        .sort("account_id")
        .collect()
    )


def _moved(book: Book, since: dt.date, day: dt.date) -> pl.DataFrame:
    """Return the accounts that came to another territory in the look-back, having been in one before."""
    started = pl.col("starts_on")
    return (
        book.ownership.filter(started <= day)
        .group_by("account_id")
        .agg(changed_hands=(pl.len() > 1) & (started.max() > since))
        .filter("changed_hands")
        .sort("account_id")
    )
