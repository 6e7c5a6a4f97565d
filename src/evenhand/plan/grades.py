"""How much it would disturb a customer to change hands: low, medium or high, from dated facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.still_open import STILL_OPEN

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

LOW, MEDIUM, HIGH = 0, 1, 2
GRADES = ("low", "medium", "high")
"""Gentlest first; a grade's number is its place here."""


def grade_accounts(book: Book, policy: Policy) -> pl.DataFrame:
    """Grade every active account by what is known of it on the book's date.

    Returns
    -------
    pl.DataFrame
        One row for each active account, sorted by account_id: account_id, grade (0 low, 1 medium, 2 high) and the
        facts that decided, null where there is none: late_opportunity_id, late_stage, late_amount_cents,
        late_total_cents, n_late, early_opportunity_id, n_early, won_opportunity_id, won_on, last_active_on,
        is_recent, executive_relationship, anchor.

    Notes
    -----
    High: an open opportunity past `grades.early_stage_max` (or of unknown stage: what can't be excluded counts), an
    executive relationship, or a manager's anchor account. Low: no open opportunity, none won within
    `grades.won_months`, no activity within `grades.activity_days`. Medium: everything else.

    References
    ----------
    Policy entries ``grades.*``.
    """
    rules = policy.grades
    as_of = pl.lit(book.as_of)
    facts = (
        book.active_accounts.select(
            "account_id",
            pl.col("executive_relationship").fill_null(value=False),
            pl.col("anchor").fill_null(value=False),
            "last_activity_on",
        )
        .join(_open_opportunities(book, rules.early_stage_max), on="account_id", how="left")
        .join(_last_win(book, rules.won_months), on="account_id", how="left")
        .join(_last_activity(book), on="account_id", how="left")
        .with_columns(
            pl.col("n_late", "n_early").fill_null(0),
            last_active_on=pl.max_horizontal("last_activity_on", "last_happened_on"),
        )
        .with_columns(
            is_recent=(pl.col("last_active_on") > as_of.dt.offset_by(f"-{rules.activity_days}d")).fill_null(value=False)
        )
    )
    high = (
        (pl.col("n_late") > 0)
        | (pl.col("executive_relationship") & rules.executive_is_high)
        | (pl.col("anchor") & rules.anchor_is_high)
    )
    quiet = (pl.col("n_early") == 0) & pl.col("won_opportunity_id").is_null() & ~pl.col("is_recent")
    known = quiet & ~pl.col("executive_relationship") & ~pl.col("anchor")
    grade = pl.when(high).then(HIGH).when(known).then(LOW).otherwise(MEDIUM).cast(pl.Int8)
    return facts.with_columns(grade=grade).drop("last_activity_on", "last_happened_on").sort("account_id")


def describe_grade(book: Book, policy: Policy) -> pl.Expr:
    """Give the expression that says in words, with record ids, which facts decided a row of `grade_accounts`."""
    rules = policy.grades
    won_since = pl.lit(book.as_of).dt.offset_by(f"-{rules.won_months}mo").dt.to_string("%Y-%m-%d")
    active_since = pl.lit(book.as_of).dt.offset_by(f"-{rules.activity_days}d").dt.to_string("%Y-%m-%d")
    late_amount = pl.format(" ({} {})", pl.col("late_amount_cents") // 100, pl.lit(book.currency)).fill_null("")
    late_stage = pl.format("in stage {}", "late_stage").fill_null("of unknown stage")
    more = pl.when(pl.col("n_late") > 1).then(pl.format(" and {} more", pl.col("n_late") - 1)).otherwise(pl.lit(""))
    pipeline = [
        pl.when(pl.col("n_late") > 0).then(
            pl.format("open opportunity {} {}{}{}", "late_opportunity_id", late_stage, late_amount, more)
        ),
        pl.when(pl.col("n_early") > 0).then(pl.format("open opportunity {} in discovery", "early_opportunity_id")),
        pl.when((pl.col("n_late") == 0) & (pl.col("n_early") == 0)).then(pl.lit("no open opportunity")),
        pl.when(pl.col("won_opportunity_id").is_not_null())
        .then(pl.format("opportunity {} won on {}", "won_opportunity_id", pl.col("won_on").dt.to_string("%Y-%m-%d")))
        .otherwise(pl.format("none won since {}", won_since)),
    ]
    relationship = [
        pl.when(pl.col("executive_relationship")).then(pl.lit("executive relationship")),
        pl.when(pl.col("anchor")).then(pl.lit("anchor account")),
    ]
    last = pl.format(" (last {})", pl.col("last_active_on").dt.to_string("%Y-%m-%d")).fill_null("")
    activity = [
        pl.when(pl.col("is_recent"))
        .then(pl.format("last activity {}", pl.col("last_active_on").dt.to_string("%Y-%m-%d")))
        .otherwise(pl.format("no activity since {}{}", active_since, last)),
    ]
    knows_activity = book.has("activities") or book.has("accounts", "last_activity_on")
    parts = [
        *(pipeline if book.has("opportunities") else [pl.lit("no opportunities in the book")]),
        *relationship,
        *(activity if knows_activity else [pl.lit("no activities in the book")]),
    ]
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _open_opportunities(book: Book, early_stage_max: int) -> pl.DataFrame:
    is_late = (pl.col("stage_number") > early_stage_max).fill_null(value=True)
    opened = (
        book.opportunities.filter(STILL_OPEN)
        .with_columns(is_late=is_late)
        .sort(
            ["account_id", "is_late", "stage_number", "amount_cents", "opportunity_id"],
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
    )
    late = opened.filter("is_late").group_by("account_id", maintain_order=True)
    early = opened.filter(~pl.col("is_late")).group_by("account_id", maintain_order=True)
    return late.agg(
        late_opportunity_id=pl.col("opportunity_id").first(),
        late_stage=pl.col("stage_number").first(),
        late_amount_cents=pl.col("amount_cents").first(),
        late_total_cents=pl.col("amount_cents").sum(),
        n_late=pl.len().cast(pl.Int64),
    ).join(
        early.agg(early_opportunity_id=pl.col("opportunity_id").first(), n_early=pl.len().cast(pl.Int64)),
        on="account_id",
        how="full",
        coalesce=True,
    )


def _last_win(book: Book, won_months: int) -> pl.DataFrame:
    since = pl.lit(book.as_of).dt.offset_by(f"-{won_months}mo")
    return (
        book.opportunities.filter(
            pl.col("is_won").fill_null(value=False)
            & (pl.col("closed_on") > since)
            & (pl.col("closed_on") <= book.as_of)
        )
        .sort(["account_id", "closed_on", "opportunity_id"], descending=[False, True, False])
        .group_by("account_id", maintain_order=True)
        .agg(won_opportunity_id=pl.col("opportunity_id").first(), won_on=pl.col("closed_on").first())
    )


def _last_activity(book: Book) -> pl.DataFrame:
    return (
        book.activities.filter(pl.col("happened_on") <= book.as_of)
        .group_by("account_id")
        .agg(last_happened_on=pl.col("happened_on").max())
    )
