"""The ledger of open deals: for each, who owns it until when, who does from then on, and who is paid what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.handoff.timeline import Span
    from evenhand.policy import Policy

LEDGER_SCHEMA = {
    "opportunity_id": pl.String,
    "account_id": pl.String,
    "stage_number": pl.Int64,
    "rule": pl.String,
    "owner_until": pl.Date,
    "transfers_on": pl.Date,
    "deadline_on": pl.Date,
    "credit_from": pl.String,
    "credit_to": pl.String,
    "credit_share_from": pl.Float64,
    "credit_share_to": pl.Float64,
    "credit_until": pl.Date,
    "type": pl.String,
    "amount_cents": pl.Int64,
    "expected_close_on": pl.Date,
    "from_territory_id": pl.String,
    "to_territory_id": pl.String,
    "introduction": pl.String,
    "why": pl.String,
}

_ONE_DAY = dt.timedelta(days=1)


def write_ledger(deals: pl.DataFrame, introductions: pl.DataFrame, span: Span, policy: Policy) -> pl.DataFrame:
    """Turn the pipeline rules into dates for every open deal of an account that moves.

    Parameters
    ----------
    deals
        Of `find_deals`.
    introductions
        Of `schedule`: when each account is introduced and changes hands.

    Returns
    -------
    pl.DataFrame
        See `LEDGER_SCHEMA`, sorted by opportunity_id. Up to and including `owner_until` the deal is `credit_from`'s,
        from `transfers_on`, the day after, `credit_to`'s: one owner on every day. Both days are null where it stays.
        The shares are those of a deal won from `transfers_on` to `credit_until`; won before, all of it is
        `credit_from`'s, after, all of it `credit_to`'s.

    Notes
    -----
    - *At once*: on the day of the customer's introduction, the first on which the new rep is known to them.
    - *In transition*: with the account. A renewal due before that stays with its rep until it closes, at the latest
      until the longest transition is over.
    - *At close*: stays until it closes; `deadline_days` after the start of the handoff is its last day. That the
      expected close slips, or that a lost deal is opened again, changes nothing about the deadline. Without
      `deadline_days` it never transfers. Nobody keeps the deals of a territory that is given up: they transfer with
      the account.
    - A rep with a known last day keeps nothing beyond it.
    - Where nobody is left to keep it, the deal transfers on the day the new reps are told.
    - Where one rep covers both seats, or nobody can take it, it stays.

    References
    ----------
    Policy entries ``handoff.rules``, ``handoff.credit_days``, ``handoff.credit_share_from``.
    """
    rules, handoff = policy.handoff.rules, policy.handoff
    of_rule = pl.DataFrame(
        {
            "rule": range(len(rules)),
            "rule_name": [rule.name for rule in rules],
            "transfer": [rule.transfer for rule in rules],
            "introduction": [rule.introduction for rule in rules],
            "deadline_days": [rule.deadline_days for rule in rules],
        },
        schema_overrides={"rule": pl.Int32},
    )
    told, latest = pl.lit(span.told_on), pl.lit(span.latest_on)
    at_close = (pl.col("transfer") == "at close") & ~pl.col("is_given_up")
    last_kept = pl.lit(span.starts_on) + pl.duration(days="deadline_days")
    due_before = (pl.col("transfer") == "in transition") & (pl.col("closed_on") < pl.col("account_on")).fill_null(
        value=False
    )
    stays = pl.col("taker_id").is_null() | (pl.col("taker_id") == pl.col("keeper_id")).fill_null(value=False)
    deadline = (
        pl.when(at_close & (pl.col("deadline_days") > 0))
        .then(last_kept)
        .when(due_before)
        .then(pl.max_horizontal(latest, pl.col("account_on") - _ONE_DAY))
    )
    by_rule = (
        pl.when(pl.col("deadline_on").is_not_null())
        .then(pl.col("deadline_on") + _ONE_DAY)
        .when(at_close)
        .then(None)
        .when(pl.col("transfer") == "at once")
        .then("introduce_on")
        .otherwise("account_on")
    )
    leaves_on = pl.max_horizontal(pl.col("keeper_left_on") + _ONE_DAY, told)
    transfers = (
        pl.when(stays)
        .then(None)
        .when(pl.col("keeper_id").is_null())
        .then(told)
        .when(
            pl.col("keeper_left_on").is_not_null()
            & (pl.col("by_rule_on").is_null() | (leaves_on < pl.col("by_rule_on")))
        )
        .then(leaves_on)
        .otherwise("by_rule_on")
    )
    shared = pl.col("transfers_on").is_not_null() & pl.col("keeper_id").is_not_null()
    share_from = (
        pl.when(pl.col("transfers_on").is_null()).then(1.0).when(shared).then(handoff.credit_share_from).otherwise(0.0)
    )
    return (
        deals.join(of_rule, on="rule", how="left")
        .join(
            introductions.select("account_id", "introduce_on", account_on="transfers_on"), on="account_id", how="left"
        )
        .with_columns(deadline_on=pl.when(~stays & pl.col("keeper_id").is_not_null()).then(deadline))
        .with_columns(by_rule_on=by_rule)
        .with_columns(transfers_on=transfers)
        .with_columns(credit_share_from=share_from, why=_say_why(due_before, stays))
        .select(
            "opportunity_id",
            "account_id",
            pl.col("stage_number").cast(pl.Int64),
            rule="rule_name",
            owner_until=pl.col("transfers_on") - _ONE_DAY,
            transfers_on="transfers_on",
            deadline_on="deadline_on",
            credit_from="keeper_id",
            credit_to=pl.when(pl.col("transfers_on").is_not_null()).then("taker_id"),
            credit_share_from="credit_share_from",
            credit_share_to=1.0 - pl.col("credit_share_from"),
            credit_until=pl.when(shared).then(pl.col("transfers_on") + pl.duration(days=handoff.credit_days)),
            type="type",
            amount_cents="amount_cents",
            expected_close_on="closed_on",
            from_territory_id="from_territory_id",
            to_territory_id="to_territory_id",
            introduction="introduction",
            why="why",
        )
        .sort("opportunity_id")
        .cast(LEDGER_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )


def _say_why(due_before: pl.Expr, stays: pl.Expr) -> pl.Expr:
    leaves_first = pl.col("keeper_left_on").is_not_null() & (
        pl.col("by_rule_on").is_null() | (pl.col("transfers_on") < pl.col("by_rule_on"))
    )
    return (
        pl.when(pl.col("taker_id").is_null())
        .then(pl.lit("stays: nobody covers the seat that takes the account"))
        .when(stays)
        .then(pl.lit("stays: the same rep covers both seats"))
        .when(pl.col("keeper_id").is_null())
        .then(pl.lit("its rep is gone: transfers as soon as the new rep is told"))
        .when(leaves_first)
        .then(pl.format("its rep leaves on {}", pl.col("keeper_left_on").cast(pl.String)))
        .when(due_before)
        .then(
            pl.format(
                "due on {}, before the account changes hands: its rep closes it", pl.col("closed_on").cast(pl.String)
            )
        )
        .when(pl.col("transfer") == "at once")
        .then(pl.lit("transfers with the introduction"))
        .when(pl.col("transfer") == "in transition")
        .then(pl.lit("transfers with the account"))
        .when(pl.col("is_given_up"))
        .then(pl.lit("its territory is given up: transfers with the account"))
        .when(pl.col("deadline_on").is_not_null())
        .then(pl.format("stays through close, until {} at the latest", pl.col("deadline_on").cast(pl.String)))
        .otherwise(pl.lit("stays through close"))
    )
