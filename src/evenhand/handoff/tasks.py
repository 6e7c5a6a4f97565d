"""What has to be done for the handoff, by whom and until when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from evenhand.handoff.timeline import E_MAIL, JOINT

if TYPE_CHECKING:
    from evenhand.foundation.working_days import WorkingDays
    from evenhand.handoff.timeline import Timeline
    from evenhand.policy import Policy

TASKS_SCHEMA = {
    "task_id": pl.String,
    "due_on": pl.Date,
    "kind": pl.String,
    "owner_id": pl.String,
    "with_id": pl.String,
    "territory_id": pl.String,
    "account_id": pl.String,
    "opportunity_id": pl.String,
    "text": pl.String,
    "after": pl.String,
}

_KINDS = (
    "losing conversation",
    "gaining message",
    "introduction",
    "account transfer",
    "deal transfer",
    "deadline reminder",
    "follow-up",
)
"""In the order in which they come on one day."""

_ORDER = pl.Enum(_KINDS)

_ACCOUNTS = pl.when(pl.col("len") == 1).then(pl.lit("1 account")).otherwise(pl.format("{} accounts", "len"))


def write_tasks(
    timeline: Timeline, ledger: pl.DataFrame, moves: pl.DataFrame, seats: pl.DataFrame, names: pl.DataFrame,
    days: WorkingDays, policy: Policy,
) -> pl.DataFrame:  # fmt: skip
    """List every task of a handoff.

    Parameters
    ----------
    moves
        account_id, from_territory_id, to_territory_id.
    seats
        Of `staff_seats`.
    names
        account_id, name.

    Returns
    -------
    pl.DataFrame
        See `TASKS_SCHEMA`, by day: owner_id does it together with with_id (null: alone); owner_id is null where
        revenue operations does it, or nobody is there. `after` names the task that has to be done before.

    Notes
    -----
    Conversations with reps who lose accounts come first; a message to a rep who gains waits for all of the
    conversations of those whose accounts that rep takes, and is planned after the last of them. A deal that transfers
    before the introduction, because its rep is gone, waits for that message alone.
    """
    span = timeline.span
    loses = moves.group_by("from_territory_id").len().rename({"from_territory_id": "territory_id"})
    gains = moves.group_by("to_territory_id").len().rename({"to_territory_id": "territory_id"})
    conversation_days = days.between(span.starts_on, span.conversations_until)
    losing = (
        loses.join(seats, on="territory_id", how="left")
        .sort("len", "territory_id", descending=[True, False])
        .with_row_index()
        .select(
            kind=pl.lit("losing conversation"),
            due_on=pl.Series(
                [conversation_days[i % len(conversation_days)] for i in range(loses.height)], dtype=pl.Date
            ),
            owner_id="stand_in_id",
            with_id="rep_id",
            territory_id="territory_id",
            text=pl.format(
                "Tell the rep of {} in person or on a call that {} leave, and log it", "territory_id", _ACCOUNTS
            ),
        )
    )
    gaining = gains.join(seats, on="territory_id", how="left").select(
        kind=pl.lit("gaining message"),
        due_on=pl.lit(span.told_on),
        owner_id="stand_in_id",
        with_id="rep_id",
        territory_id="territory_id",
        text=pl.format("Send the rep of {} the letter and the briefs of {}", "territory_id", _ACCOUNTS),
    )
    introduced = timeline.introductions.join(names, on="account_id", how="left").with_columns(
        name=pl.coalesce("name", "account_id")
    )
    introductions = introduced.select(
        kind=pl.lit("introduction"),
        due_on="introduce_on",
        owner_id=pl.coalesce("from_rep_id", "to_rep_id"),
        with_id=pl.when(pl.col("from_rep_id").is_not_null()).then("to_rep_id"),
        account_id="account_id",
        text=pl.when(pl.col("kind") == E_MAIL)
        .then(pl.format("Introduce the new rep to {} by e-mail", "name"))
        .when(pl.col("kind") == JOINT)
        .then(pl.format("Hold a joint call with {}", "name"))
        .otherwise(pl.format("Introduce the new rep to {} personally", "name")),
    )
    transfers = introduced.select(
        kind=pl.lit("account transfer"), due_on="transfers_on", account_id="account_id",
        text=pl.format("Change the owner of {} in the CRM", "name"),
    )  # fmt: skip
    moving = ledger.filter(pl.col("transfers_on").is_not_null())
    deals = moving.select(
        kind=pl.lit("deal transfer"), due_on="transfers_on", owner_id="credit_to", with_id="credit_from",
        account_id="account_id", opportunity_id="opportunity_id",
        text=pl.format("Take over deal {} ({})", "opportunity_id", "rule"),
    )  # fmt: skip
    reminder = pl.duration(days=policy.handoff.deadline_reminder_days)
    reminders = moving.filter(pl.col("deadline_on").is_not_null(), pl.col("credit_from").is_not_null()).select(
        kind=pl.lit("deadline reminder"),
        due_on=pl.max_horizontal(pl.col("deadline_on") - reminder, pl.lit(span.told_on)),
        owner_id="credit_from",
        with_id="credit_to",
        account_id="account_id",
        opportunity_id="opportunity_id",
        text=pl.format(
            "Close deal {} by {}, or prepare to hand it over", "opportunity_id", pl.col("deadline_on").cast(pl.String)
        ),
    )
    follow_ups = [
        gaining.select(
            kind=pl.lit("follow-up"),
            due_on=pl.lit(days.add(span.latest_on + dt.timedelta(days=after), 0)),
            owner_id="with_id",
            with_id="owner_id",
            territory_id="territory_id",
            text=pl.format(
                f"Look at the accounts of {{}} {after} days after the handoff: worked, pipeline, relationships",
                "territory_id",
            ),
        )
        for after in policy.cadence.follow_up_days
    ]
    tasks = pl.concat([losing, gaining, introductions, transfers, deals, reminders, *follow_ups], how="diagonal").sort(
        "due_on", pl.col("kind").cast(_ORDER), "territory_id", "account_id", "opportunity_id", nulls_last=True
    )
    width = len(str(max(tasks.height, 1)))
    numbered = tasks.with_row_index("number", offset=1).with_columns(
        task_id=pl.concat_str(pl.lit("K"), pl.col("number").cast(pl.String).str.zfill(width))
    )
    return _link(numbered, moves).select(*TASKS_SCHEMA).cast(TASKS_SCHEMA)  # type: ignore[arg-type]  # polars' types


def _link(tasks: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    conversations = dict(
        tasks.filter(pl.col("kind") == "losing conversation").select("territory_id", "task_id").iter_rows()
    )
    before: dict[str, str] = {}
    for to, sources in (
        moves.group_by("to_territory_id")
        .agg(pl.col("from_territory_id").unique().sort())
        .sort("to_territory_id")
        .iter_rows()
    ):
        before[to] = ";".join(conversations[source] for source in sources)
    introduced = tasks.filter(pl.col("kind") == "introduction").select(
        "account_id", introduction="task_id", introduced_on="due_on"
    )
    messages = dict(tasks.filter(pl.col("kind") == "gaining message").select("territory_id", "task_id").iter_rows())
    told = {account: messages[to] for account, to in moves.select("account_id", "to_territory_id").iter_rows()}
    territory, account = pl.col("territory_id"), pl.col("account_id")
    after = (
        pl.when(pl.col("kind") == "gaining message")
        .then(territory.replace_strict(before, default=None, return_dtype=pl.String))
        .when(
            pl.col("kind").is_in(["account transfer", "deal transfer"]) & (pl.col("introduced_on") <= pl.col("due_on"))
        )
        .then("introduction")
        .when(pl.col("kind").is_in(["introduction", "deal transfer"]))
        .then(account.replace_strict(told, default=None, return_dtype=pl.String))
    )
    return tasks.join(introduced, on="account_id", how="left").with_columns(after=after)
