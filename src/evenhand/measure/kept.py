"""Was the plan kept? Every account and every deal in a newer book against what was published."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.diagnose.wording import say_count, say_share

if TYPE_CHECKING:
    from evenhand.book.book import Book


class Kept(StrEnum):
    """How an account stands to the plan."""

    KEPT = "kept"
    """It is where the plan put it."""
    NOT_MOVED = "not moved"
    """The plan moved it, and it is still where it was."""
    ELSEWHERE = "elsewhere"
    """The plan moved it, and it is in a third territory."""
    TAKEN = "moved without a plan"
    """The plan left it where it was, and it is in another territory."""
    GONE = "gone"
    """It has churned, or the newer book doesn't have it."""


class DealKept(StrEnum):
    """How a deal stands to the ledger."""

    AS_PLANNED = "as planned"
    CLOSED_BEFORE = "closed before its transfer"
    LATE = "past its deadline"
    """It should have changed hands by now, and is still with its former rep."""
    OTHER_REP = "with somebody else"
    NOT_FOUND = "not in the book"
    CANNOT_TELL = "can't tell"
    """The newer book doesn't say whose it is."""


ACCOUNT_SCHEMA = {
    "account_id": pl.String,
    "name": pl.String,
    "from_territory_id": pl.String,
    "planned_territory_id": pl.String,
    "now_territory_id": pl.String,
    "now_since": pl.Date,
    "is_move": pl.Boolean,
    "state": pl.String,
}
DEAL_SCHEMA = {
    "opportunity_id": pl.String,
    "account_id": pl.String,
    "rule": pl.String,
    "transfers_on": pl.Date,
    "deadline_on": pl.Date,
    "owner_planned": pl.String,
    "owner_now": pl.String,
    "state": pl.String,
    "won_on": pl.Date,
    "amount_cents": pl.Int64,
    "due_from_cents": pl.Int64,
    "due_to_cents": pl.Int64,
    "paid_from_cents": pl.Int64,
    "paid_to_cents": pl.Int64,
    "is_paid": pl.Boolean,
}
TASK_SCHEMA = {
    "task_id": pl.String,
    "due_on": pl.Date,
    "kind": pl.String,
    "account_id": pl.String,
    "owner_id": pl.String,
    "done_on": pl.Date,
    "state": pl.String,
}


@dataclass(frozen=True, eq=False)
class PlanKept:
    """Whether what was published happened.

    Attributes
    ----------
    accounts
        Every account of the plan, see `ACCOUNT_SCHEMA`; now_since is the first day in the territory where it is, by
        the ownership history; null where the book has none of it.
    deals
        Every deal of the ledger, see `DEAL_SCHEMA`; empty without a handoff.
    tasks
        Follow-ups and introductions that were due, see `TASK_SCHEMA`; empty without a handoff.
    """

    accounts: pl.DataFrame
    deals: pl.DataFrame
    tasks: pl.DataFrame

    @property
    def moved_share(self) -> float | None:
        """Share of the moves, of accounts that aren't gone, that were carried out; null without any."""
        there = self.accounts.filter(pl.col("is_move") & (pl.col("state") != Kept.GONE))
        return (there["state"] == Kept.KEPT).mean() if there.height else None  # type: ignore[return-value]  # a mean of flags is a float

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words."""
        return tuple(_say(self))


def check_kept(
    moves: pl.DataFrame,
    assignment: pl.DataFrame,
    before: Book,
    after: Book,
    *,
    ledger: pl.DataFrame | None = None,
    tasks: pl.DataFrame | None = None,
    paid: pl.DataFrame | None = None,
    done: pl.DataFrame | None = None,
) -> PlanKept:
    """Compare a newer book with the plan that was published and the handoff that was promised.

    Parameters
    ----------
    moves
        The plan's: account_id, from_territory_id, to_territory_id.
    assignment
        account_id, territory_id: where the plan has every account.
    ledger, tasks
        Of the handoff.
    paid
        opportunity_id, rep_id, amount_cents: credit that was paid; None where nobody says.
    done
        task_id, done_on: tasks that people said they did; None: an activity with the account by the day it was due,
        since the task before, counts as done.

    Notes
    -----
    A book is of a day: what happened to an account between two books and was undone isn't seen. A deal won between
    `transfers_on` and `credit_until` is due in the shares of the ledger; won before, all of it is its former rep's,
    after, all of it the new one's.
    """
    return PlanKept(
        _compare_accounts(moves, assignment, before, after),
        pl.DataFrame(schema=DEAL_SCHEMA) if ledger is None else _compare_deals(ledger, after, paid),
        pl.DataFrame(schema=TASK_SCHEMA) if tasks is None else _compare_tasks(tasks, moves, assignment, after, done),
    )


def _compare_accounts(moves: pl.DataFrame, assignment: pl.DataFrame, before: Book, after: Book) -> pl.DataFrame:
    was = before.active_accounts.select("account_id", "name", from_territory_id="territory_id")
    now = after.active_accounts.select("account_id", now_territory_id="territory_id")
    since = (
        after.ownership.filter(pl.col("ends_on").is_null() | (pl.col("ends_on") >= after.as_of))
        .group_by("account_id", "territory_id")
        .agg(now_since=pl.col("starts_on").max())
        .rename({"territory_id": "now_territory_id"})
    )
    is_there = pl.col("now_territory_id") == pl.col("planned_territory_id")
    state = (
        pl.when(pl.col("now_territory_id").is_null())
        .then(pl.lit(Kept.GONE))
        .when(is_there)
        .then(pl.lit(Kept.KEPT))
        .when(~pl.col("is_move"))
        .then(pl.lit(Kept.TAKEN))
        .when(pl.col("now_territory_id") == pl.col("from_territory_id"))
        .then(pl.lit(Kept.NOT_MOVED))
        .otherwise(pl.lit(Kept.ELSEWHERE))
    )
    return (
        was.join(assignment.select("account_id", planned_territory_id="territory_id"), on="account_id")
        .with_columns(is_move=pl.col("account_id").is_in(moves["account_id"].implode()))
        .join(now, on="account_id", how="left")
        .join(since, on=["account_id", "now_territory_id"], how="left")
        .with_columns(state=state)
        .select(*ACCOUNT_SCHEMA)
        .cast(ACCOUNT_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("account_id")
    )


def _compare_deals(ledger: pl.DataFrame, after: Book, paid: pl.DataFrame | None) -> pl.DataFrame:
    today = pl.lit(after.as_of)
    now = after.opportunities.select(
        "opportunity_id",
        owner_now="rep_id",
        closes_on="closed_on",
        won=pl.col("is_won").fill_null(value=False),
        is_open=STILL_OPEN,
        now_cents="amount_cents",
        found=pl.lit(value=True),
    )
    closed_on = pl.when(~pl.col("is_open")).then("closes_on")
    before_transfer = (pl.col("closed_on") < pl.col("transfers_on")).fill_null(value=True)
    is_due = (pl.col("transfers_on") <= pl.coalesce("closed_on", today)).fill_null(value=False)
    won_on = pl.when(pl.col("won")).then("closed_on")
    shared = ((pl.col("won_on") >= pl.col("transfers_on")) & (pl.col("won_on") <= pl.col("credit_until"))).fill_null(
        value=False
    )
    share_from = (
        pl.when(pl.col("transfers_on").is_null() | (pl.col("won_on") < pl.col("transfers_on")))
        .then(1.0)
        .when(shared)
        .then("credit_share_from")
        .otherwise(0.0)
    )
    due_from = (pl.col("amount_cents") * pl.col("share_from")).round().cast(pl.Int64)
    state = (
        pl.when(pl.col("found").is_null())
        .then(pl.lit(DealKept.NOT_FOUND))
        .when(~pl.col("is_open") & before_transfer)
        .then(pl.lit(DealKept.CLOSED_BEFORE))
        .when(pl.col("owner_now").is_null() | pl.col("owner_planned").is_null())
        .then(pl.lit(DealKept.CANNOT_TELL))
        .when(pl.col("owner_now") == pl.col("owner_planned"))
        .then(pl.lit(DealKept.AS_PLANNED))
        .when(pl.col("is_due") & (pl.col("owner_now") == pl.col("credit_from")))
        .then(pl.lit(DealKept.LATE))
        .otherwise(pl.lit(DealKept.OTHER_REP))
    )
    table = (
        ledger.drop("amount_cents", strict=False)
        .join(now, on="opportunity_id", how="left")
        .with_columns(closed_on=closed_on, amount_cents="now_cents")
        .with_columns(
            is_due=is_due,
            won_on=won_on,
            owner_planned=pl.when(is_due).then("credit_to").otherwise("credit_from"),
        )
        .with_columns(state=state, share_from=share_from)
        .with_columns(due_from_cents=pl.when(pl.col("won_on").is_not_null()).then(due_from))
        .with_columns(due_to_cents=pl.col("amount_cents") - pl.col("due_from_cents"))
    )
    return (
        _with_paid(table, paid)
        .select(*DEAL_SCHEMA)
        .cast(DEAL_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("opportunity_id")
    )


def _with_paid(deals: pl.DataFrame, paid: pl.DataFrame | None) -> pl.DataFrame:
    """Add what each side was paid, and whether that is what was due; null where nobody says."""
    if paid is None:
        none = pl.lit(None, pl.Int64)
        return deals.with_columns(paid_from_cents=none, paid_to_cents=none, is_paid=pl.lit(None, pl.Boolean))
    sums = paid.group_by("opportunity_id", "rep_id").agg(pl.col("amount_cents").sum().alias("paid"))
    for side, rep in (("from", "credit_from"), ("to", "credit_to")):
        deals = deals.join(
            sums.select("opportunity_id", pl.col("rep_id").alias(rep), pl.col("paid").alias(f"paid_{side}_cents")),
            on=["opportunity_id", rep],
            how="left",
        ).with_columns(pl.when(pl.col("won_on").is_not_null()).then(pl.col(f"paid_{side}_cents").fill_null(0)))
    # Cents may be rounded either way where a credit is shared.
    right = [(pl.col(f"paid_{side}_cents") - pl.col(f"due_{side}_cents")).abs() <= 1 for side in ("from", "to")]
    return deals.with_columns(is_paid=pl.all_horizontal(right))


def _compare_tasks(
    tasks: pl.DataFrame, moves: pl.DataFrame, assignment: pl.DataFrame, after: Book, done: pl.DataFrame | None
) -> pl.DataFrame:
    due = tasks.filter(pl.col("kind").is_in(["introduction", "follow-up"]) & (pl.col("due_on") <= after.as_of))
    # A follow-up is of all the accounts that came to a territory: each of them has to be looked at.
    arrived = assignment.join(moves.select("account_id"), on="account_id", how="semi")
    of_territory = due.filter(pl.col("account_id").is_null()).drop("account_id")
    due = pl.concat(
        [due.filter(pl.col("account_id").is_not_null()), of_territory.join(arrived, on="territory_id")],
        how="diagonal_relaxed",
    )
    if done is not None:
        said = due.join(done.select("task_id", "done_on"), on="task_id", how="left")
    else:
        earlier = pl.col("due_on").shift(1).over("account_id", order_by="due_on")
        contacts = after.activities.select("account_id", "happened_on").sort("happened_on")
        # The last activity by the day a task was due does it, unless it was already there when the one before was due.
        said = (
            due.with_columns(after_on=earlier)
            .sort("due_on")
            .join_asof(
                contacts.with_columns(done_on="happened_on"), left_on="due_on", right_on="happened_on",
                by="account_id", check_sortedness=False,
            )
            .with_columns(
                done_on=pl.when(
                    pl.col("done_on") >= pl.coalesce("after_on", pl.col("due_on") - pl.duration(days=_SPAN_DAYS))
                ).then("done_on")
            )
        )  # fmt: skip
    can_tell = done is not None or after.has("activities")
    state = (
        pl.when(pl.lit(not can_tell))
        .then(pl.lit("can't tell"))
        .when(pl.col("done_on").is_null())
        .then(pl.lit("missed"))
        .when(pl.col("done_on") <= pl.col("due_on"))
        .then(pl.lit("held"))
        .otherwise(pl.lit("late"))
    )
    return (
        said.with_columns(state=state)
        .select(*TASK_SCHEMA)
        .cast(TASK_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("due_on", "task_id", "account_id")
    )


_SPAN_DAYS = 30


def _say(kept: PlanKept) -> list[str]:
    by_state = dict(kept.accounts["state"].value_counts().iter_rows())
    n_moves = kept.accounts.filter("is_move").height
    n_done = kept.accounts.filter(pl.col("is_move") & (pl.col("state") == Kept.KEPT)).height
    said = [f"{n_done:,} of {say_count(n_moves, 'move')} are as published."] if n_moves else ["The plan moved nothing."]
    wrong = [
        f"{by_state[state]:,} {words}"
        for state, words in (
            (Kept.NOT_MOVED, "still where they were"),
            (Kept.ELSEWHERE, "in a third territory"),
            (Kept.TAKEN, "moved without a plan"),
            (Kept.GONE, "no longer customers"),
        )
        if state in by_state
    ]
    if wrong:
        said.append(f"Otherwise: {', '.join(wrong)}.")
    if kept.deals.height:
        right = kept.deals.filter(pl.col("state").is_in([DealKept.AS_PLANNED, DealKept.CLOSED_BEFORE])).height
        late = kept.deals.filter(pl.col("state") == DealKept.LATE).height
        said.append(
            f"{right:,} of {say_count(kept.deals.height, 'deal')} are with whom the ledger says"
            + (f"; {late:,} should have changed hands and haven't." if late else ".")
        )
        won = kept.deals.filter(pl.col("due_from_cents").is_not_null())
        told = won["is_paid"].drop_nulls()
        if won.height:
            said.append(
                f"Credit was due for {say_count(won.height, 'won deal')}; "
                + (f"{told.sum():,} were paid as agreed." if told.len() else "nobody says what was paid.")
            )
    if kept.tasks.height:
        held = kept.tasks["state"].is_in(["held", "late"]).mean()
        said.append(
            f"Of {say_count(kept.tasks.height, 'introduction or follow-up', 'introductions and follow-ups')} due, "
            f"{say_share(float(held or 0.0))} were held."  # type: ignore[arg-type]  # a mean of flags
        )
    return said
