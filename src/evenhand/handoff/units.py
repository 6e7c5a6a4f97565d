"""The families that change hands, the critical ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.handoff.timeline import E_MAIL, JOINT, WARM

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.handoff.timeline import Span
    from evenhand.policy import Policy

_GRADES = pl.Enum(["low", "medium", "high"])
_KINDS = pl.Enum([E_MAIL, WARM, JOINT])
_INTRODUCED_AS = {"none": E_MAIL, "warm introduction": WARM, "joint call": JOINT}


def order_units(
    book: Book, moves: pl.DataFrame, unit_of_account: pl.DataFrame, deals: pl.DataFrame, seats: pl.DataFrame,
    span: Span, policy: Policy,
) -> pl.DataFrame:  # fmt: skip
    """Group the accounts that move by family, in the order in which they are introduced.

    Parameters
    ----------
    moves
        account_id, from_territory_id, to_territory_id, grade, potential (null: unknown).
    unit_of_account
        account_id, unit_id: what the plan moved as one.
    deals
        Of `find_deals`.

    Returns
    -------
    pl.DataFrame
        What `schedule` takes.

    Notes
    -----
    First come renewals due before the handoff ends, by date; then deals that transfer at once; then high, medium and
    low moves; then open pipeline and potential. A family with neither an open deal nor a grade above low is
    introduced by e-mail: there is no relationship to hand over.
    """
    rules = policy.handoff.rules
    at_once = [i for i, rule in enumerate(rules) if rule.transfer == "at once"]
    kinds = pl.Series([_INTRODUCED_AS[rule.introduction] for rule in rules], dtype=_KINDS)
    due = (pl.col("type") == "renewal") & (pl.col("closed_on") <= span.latest_on)
    by_account = (
        deals.with_columns(kind=kinds.gather(deals["rule"]))
        .group_by("account_id")
        .agg(
            due_on=pl.col("closed_on").filter(due).min(),
            n_at_once=pl.col("rule").is_in(at_once).sum(),
            open_cents=pl.col("amount_cents").sum(),
            deal_kind=pl.col("kind").max(),
        )
    )
    countries = book.accounts.select("account_id", "country")
    return (
        moves.select("account_id", "from_territory_id", "to_territory_id", pl.col("grade").cast(_GRADES), "potential")
        .join(unit_of_account, on="account_id", how="left")
        .join(countries, on="account_id", how="left")
        .join(by_account, on="account_id", how="left")
        .with_columns(unit_id=pl.coalesce("unit_id", "account_id"))
        .sort("account_id")
        .group_by("unit_id", "from_territory_id", "to_territory_id", maintain_order=True)
        .agg(
            account_ids="account_id",
            country=pl.col("country").drop_nulls().first(),
            due_on=pl.col("due_on").min(),
            n_at_once=pl.col("n_at_once").sum(),
            grade=pl.col("grade").max(),
            open_cents=pl.col("open_cents").sum(),
            potential=pl.col("potential").sum(),
            deal_kind=pl.col("deal_kind").max(),
        )
        .with_columns(
            kind=pl.when(pl.col("deal_kind").is_not_null())
            .then(pl.col("deal_kind").cast(pl.String))
            .when(pl.col("grade") == "low")
            .then(pl.lit(E_MAIL))
            .otherwise(pl.lit(WARM))
        )
        .join(seats.select(from_territory_id="territory_id", from_rep_id="rep_id"), on="from_territory_id", how="left")
        .join(
            seats.select(to_territory_id="territory_id", to_rep_id=pl.coalesce("rep_id", "stand_in_id")),
            on="to_territory_id",
            how="left",
        )
        .sort(
            "due_on",
            pl.col("n_at_once") > 0,
            "grade",
            "open_cents",
            "potential",
            "unit_id",
            descending=[False, True, True, True, True, False],
            nulls_last=True,
        )
    )
