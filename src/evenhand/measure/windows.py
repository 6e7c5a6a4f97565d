"""What happened with each account in equal spans of days before and after a move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenhand.book.book import Book

PIPELINE, WON, ACTIVITIES = "pipeline_cents", "won_cents", "activities"
OUTCOMES = (PIPELINE, WON, ACTIVITIES)
"""Amount of opportunities created, amount won, and number of activities, in a span of days."""


@dataclass(frozen=True)
class Window:
    """Days from one, included, to another, not included."""

    starts_on: dt.date
    ends_on: dt.date

    @property
    def n_days(self) -> int:
        """Its length."""
        return (self.ends_on - self.starts_on).days

    def shift(self, n_windows: int) -> Window:
        """Return the window of the same length so many lengths later."""
        by = dt.timedelta(days=n_windows * self.n_days)
        return Window(self.starts_on + by, self.ends_on + by)


def sum_outcomes(book: Book, accounts: pl.Series, window: Window) -> NDArray[np.float64]:
    """Add up what happened with accounts in a window.

    Parameters
    ----------
    accounts
        (n,) account ids.

    Returns
    -------
    NDArray[np.float64]
        (n, len(OUTCOMES)), 0 where nothing happened.
    """

    def within(column: str) -> pl.Expr:
        return pl.col(column).is_between(window.starts_on, window.ends_on, closed="left").fill_null(value=False)

    deals = book.opportunities
    created = (
        deals.filter(within("created_on")).group_by("account_id").agg(pl.col("amount_cents").sum().alias(PIPELINE))
    )
    won = (
        deals.filter(pl.col("is_won").fill_null(value=False) & within("closed_on"))
        .group_by("account_id")
        .agg(pl.col("amount_cents").sum().alias(WON))
    )
    active = book.activities.filter(within("happened_on")).group_by("account_id").agg(pl.len().alias(ACTIVITIES))
    table = pl.DataFrame({"account_id": accounts})
    for part in (created, won, active):
        table = table.join(part, on="account_id", how="left", maintain_order="left")
    return table.select(pl.col(name).fill_null(0).cast(pl.Float64) for name in OUTCOMES).to_numpy()
