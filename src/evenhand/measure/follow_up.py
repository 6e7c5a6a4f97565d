"""What became of every account that a plan moved: is it where it should be, worked, and still a relationship?"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.still_open import STILL_OPEN

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


class State(StrEnum):
    """What became of a moved account."""

    WORKED = "worked"
    """Somebody of the new territory was active, or a deal was opened."""
    WAITING = "waiting"
    """Nothing yet, and the first follow-up is still to come."""
    LATE = "late"
    """Nothing by the first follow-up."""
    DROPPED = "dropped"
    """There was a relationship before, and nothing has been heard since."""
    NOT_MOVED = "not moved"
    """It is in another territory than the plan says."""
    GONE = "gone"
    """It has churned, or the newer book doesn't have it."""


FOLLOW_UP_SCHEMA = {
    "account_id": pl.String,
    "name": pl.String,
    "to_territory_id": pl.String,
    "now_territory_id": pl.String,
    "grade": pl.String,
    "state": pl.String,
    "n_before": pl.Int64,
    "n_since": pl.Int64,
    "last_activity_on": pl.Date,
    "open_before_cents": pl.Int64,
    "open_now_cents": pl.Int64,
    "n_opened_since": pl.Int64,
}


def follow_up(moves: pl.DataFrame, before: Book, after: Book, moved_on: dt.date, policy: Policy) -> pl.DataFrame:
    """Follow every moved account up in a newer book.

    Parameters
    ----------
    moves
        The plan's: account_id, name, to_territory_id, grade.
    moved_on
        The day on which accounts changed hands.

    Returns
    -------
    pl.DataFrame
        See `FOLLOW_UP_SCHEMA`, sorted by account_id. `n_before` and `n_since` are activities in equal spans before
        and since the move; open amounts are those of open opportunities in each book.

    Notes
    -----
    Worked: an activity or a new opportunity since the move. Dropped: `measure.quiet_days` or more since the move
    without either, though there was an activity within as many days before it. Late: neither within
    the first of `cadence.follow_up_days`.

    References
    ----------
    Policy entries ``measure.quiet_days``, ``cadence.follow_up_days``.
    """
    n_days = max((after.as_of - moved_on).days, 0)
    quiet, first = policy.measure.quiet_days, min(policy.cadence.follow_up_days, default=30)
    span = dt.timedelta(days=max(n_days, 1))
    happened = pl.col("happened_on")
    active = after.activities.group_by("account_id").agg(
        n_before=happened.is_between(moved_on - span, moved_on, closed="left").sum(),
        n_near=happened.is_between(moved_on - dt.timedelta(days=quiet), moved_on, closed="left").sum(),
        n_since=(happened >= moved_on).sum(),
        last_activity_on=happened.max(),
    )
    opened = after.opportunities.group_by("account_id").agg(n_opened_since=(pl.col("created_on") >= moved_on).sum())
    now = after.active_accounts.select("account_id", now_territory_id="territory_id")
    is_worked = (pl.col("n_since") > 0) | (pl.col("n_opened_since") > 0)
    state = (
        pl.when(pl.col("now_territory_id").is_null())
        .then(pl.lit(State.GONE))
        .when(pl.col("now_territory_id") != pl.col("to_territory_id"))
        .then(pl.lit(State.NOT_MOVED))
        .when(is_worked)
        .then(pl.lit(State.WORKED))
        .when((pl.col("n_near") > 0) & pl.lit(n_days >= quiet))
        .then(pl.lit(State.DROPPED))
        .when(pl.lit(n_days >= first))
        .then(pl.lit(State.LATE))
        .otherwise(pl.lit(State.WAITING))
    )
    return (
        moves.select("account_id", "name", "to_territory_id", "grade")
        .join(now, on="account_id", how="left")
        .join(active, on="account_id", how="left")
        .join(opened, on="account_id", how="left")
        .join(_open_amount(before, "open_before_cents"), on="account_id", how="left")
        .join(_open_amount(after, "open_now_cents"), on="account_id", how="left")
        .with_columns(
            pl.col("n_before", "n_near", "n_since", "n_opened_since", "open_before_cents", "open_now_cents").fill_null(
                0
            )
        )
        .with_columns(state=state)
        .select(*FOLLOW_UP_SCHEMA)
        .cast(FOLLOW_UP_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("account_id")
    )


def _open_amount(book: Book, name: str) -> pl.DataFrame:
    return book.opportunities.filter(STILL_OPEN).group_by("account_id").agg(pl.col("amount_cents").sum().alias(name))
