"""The open deals of the accounts that move, and the two reps that each passes between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.policy.pipeline_rules import number_rules

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from evenhand.book.book import Book
    from evenhand.policy import Policy


def find_deals(
    book: Book, moves: pl.DataFrame, emptied: Collection[str], seats: pl.DataFrame, starts_on: dt.date, policy: Policy
) -> pl.DataFrame:
    """List every open opportunity of a moved account.

    Parameters
    ----------
    moves
        account_id, from_territory_id, to_territory_id.
    emptied
        Territories that the plan gives up.
    seats
        Of `staff_seats`.
    starts_on
        Who has left before has no deals any more.

    Returns
    -------
    pl.DataFrame
        The columns of the opportunities, and rule (the number of the pipeline rule that decides), from_territory_id,
        to_territory_id, keeper_id (who has it now; null: nobody is there any more), keeper_left_on (their last day,
        where it is known), taker_id (the gaining seat's rep, else who stands in; null: nobody), is_given_up (the
        territory it leaves is), sorted by opportunity_id.

    Notes
    -----
    The keeper is the deal's own rep as long as they are with the firm, else the rep of the seat that loses the
    account.
    """
    reps = book.reps.filter(pl.col("left_on").is_null() | (pl.col("left_on") >= starts_on))
    own = reps.select("rep_id", own_id="rep_id", own_left_on="left_on")
    losing = seats.select(from_territory_id="territory_id", seat_rep_id="rep_id", seat_left_on="left_on")
    gaining = seats.select(
        to_territory_id="territory_id",
        taker_id=pl.coalesce("rep_id", "stand_in_id"),
    )
    still_open = book.opportunities.with_columns(
        rule=number_rules(policy.handoff.rules, book.opportunities, book.as_of)
    ).filter(STILL_OPEN)
    return (
        still_open.join(moves.select("account_id", "from_territory_id", "to_territory_id"), on="account_id")
        .join(own, on="rep_id", how="left")
        .join(losing, on="from_territory_id", how="left")
        .join(gaining, on="to_territory_id", how="left")
        .with_columns(
            is_given_up=pl.col("from_territory_id").is_in(sorted(emptied)),
            keeper_id=pl.coalesce("own_id", "seat_rep_id"),
            keeper_left_on=pl.when(pl.col("own_id").is_not_null()).then("own_left_on").otherwise("seat_left_on"),
        )
        .drop("own_id", "own_left_on", "seat_rep_id", "seat_left_on")
        .sort("opportunity_id")
    )
