"""Did a territory lose many of its accounts in a quarter?"""

from __future__ import annotations

import datetime as dt

import polars as pl

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, cannot_tell, severity_of, state_of
from evenhand.diagnose.windows import QUARTER_MONTHS, months_before
from evenhand.diagnose.wording import say_count, say_share

NAME, TITLE, ENTRY = "accounts_lost", "Accounts lost in a quarter", "triggers.accounts_lost_share"


def find_losses(situation: Situation) -> Trigger:
    """Find the territory that lost the largest share of its accounts in the three months to the book's date.

    Notes
    -----
    value = accounts that churned or went to another territory ÷ accounts it had when the three months began. Where
    there is no ownership history only churn counts, against the accounts that are in the territory today or were when
    they churned. Territories that lost fewer than accounts_lost_count don't fire.
    """
    book, policy = situation.book, situation.policy
    if not (book.has("accounts", "churned_on") or book.has("ownership")):
        return cannot_tell(NAME, TITLE, ENTRY, "neither churned_on of accounts nor ownership in the book")
    start = months_before(book.as_of, QUARTER_MONTHS)
    held = _held_on(situation, start)
    losses = (
        held.group_by("territory_id")
        .agg(
            n_held=pl.len().cast(pl.Int64),
            n_churned=pl.col("churned").sum().cast(pl.Int64),
            n_moved=(~pl.col("churned") & pl.col("moved")).sum().cast(pl.Int64),
        )
        .with_columns(n_lost=pl.col("n_churned") + pl.col("n_moved"))
        .with_columns(share=pl.col("n_lost") / pl.col("n_held"))
        .with_columns(counts=pl.col("n_lost") >= policy.triggers.accounts_lost_count)
        .sort("counts", "share", "n_lost", "territory_id", descending=[True, True, True, False])
    )
    threshold = policy.triggers.accounts_lost_share
    if not losses.height:
        return cannot_tell(NAME, TITLE, ENTRY, f"no territory had accounts on {start}")
    worst = losses.row(0, named=True)
    state = state_of(worst["share"], threshold, policy.triggers.near_share)
    if not worst["counts"] and state is State.FIRED:
        state = State.NEAR
    fired = losses.filter(pl.col("counts") & (pl.col("share") > threshold))["territory_id"]
    lost = held.filter((pl.col("territory_id") == worst["territory_id"]) & (pl.col("churned") | pl.col("moved")))
    return Trigger(
        NAME,
        TITLE,
        state,
        severity_of(state, worst["share"], threshold),
        f"{worst['territory_id']} lost the largest share, {worst['n_lost']} of {say_count(worst['n_held'], 'account')} "
        f"since {start} ({say_share(worst['share'])}; {worst['n_churned']} churned, {worst['n_moved']} moved away); "
        f"{say_share(threshold)} is allowed.",
        ENTRY,
        value=worst["share"],
        threshold=threshold,
        territory_ids=tuple(fired) if fired.len() else (worst["territory_id"],),
        record_ids={"accounts": tuple(lost.sort("account_id")["account_id"])} if lost.height else {},
        figures={name: worst[name] for name in ("n_held", "n_churned", "n_moved", "n_lost")},
        since=_first_loss(lost, state),
    )


def _held_on(situation: Situation, start: dt.date) -> pl.DataFrame:
    """Return the accounts that seats had at the end of that day: whether each has churned or moved since, and when."""
    book = situation.book
    active = (pl.col("created_on").is_null() | (pl.col("created_on") <= start)) & (
        pl.col("churned_on").is_null() | (pl.col("churned_on") > start)
    )
    churned = pl.col("churned_on").is_not_null() & (pl.col("churned_on") <= book.as_of)
    now = book.accounts.filter(active).select("account_id", "churned_on", churned=churned, today="territory_id")
    then = (
        book.ownership.filter(
            (pl.col("starts_on") <= start) & (pl.col("ends_on").is_null() | (pl.col("ends_on") > start))
        )
        .select("account_id", "territory_id", "ends_on")
        .unique(["account_id", "territory_id"], keep="last", maintain_order=True)
    )
    told = now.join(then, on="account_id").with_columns(
        moved=(pl.col("territory_id") != pl.col("today"))
        & pl.col("ends_on").is_not_null()
        & (pl.col("ends_on") <= book.as_of)
    )
    untold = now.join(then, on="account_id", how="anti").with_columns(
        territory_id="today", ends_on=pl.lit(None, pl.Date), moved=pl.lit(value=False)
    )
    columns = ["account_id", "territory_id", "churned", "moved", "churned_on", "ends_on"]
    return pl.concat([told.select(columns), untold.select(columns)]).sort("territory_id", "account_id")


def _first_loss(lost: pl.DataFrame, state: State) -> dt.date | None:
    if state is not State.FIRED:
        return None
    day = lost.select(pl.min_horizontal("churned_on", "ends_on").min()).item()
    return day if isinstance(day, dt.date) else None
