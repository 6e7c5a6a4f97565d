"""Does the largest territory have far more qualified accounts than the smallest?"""

from __future__ import annotations

import math

import polars as pl

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, cannot_tell, severity_of, state_of
from evenhand.diagnose.wording import say_share

NAME, TITLE, ENTRY = "qualified_spread", "Spread of qualified accounts", "triggers.qualified_spread"


def compare_qualified(situation: Situation) -> Trigger:
    """Compare the seats with most and fewest qualified accounts, per unit of capacity, within each pool.

    Notes
    -----
    value = most ÷ fewest − 1, of qualified accounts ÷ capacity_share; the pool with the largest value answers. It is
    infinite where the smallest has none. It doesn't fire on fewer than qualified_difference accounts of a full seat.
    """
    book, policy = situation.book, situation.policy
    missing = MEASURES["qualified"].missing(book, policy)
    if missing:
        return cannot_tell(NAME, TITLE, ENTRY, missing)
    seats = (
        situation.holdings.filter(pl.col("is_seat") & (pl.col("capacity_share") > 0))
        .with_columns(per_seat=pl.col("n_qualified") / pl.col("capacity_share"))
        .sort("layer", "pool", "per_seat", "territory_id", descending=[False, False, True, False])
    )
    pools = [
        (_spread(pool["per_seat"][0], pool["per_seat"][-1]), pool)
        for pool in seats.partition_by("layer", "pool", maintain_order=True)
        if pool.height > 1
    ]
    if not pools:
        return cannot_tell(NAME, TITLE, ENTRY, "it takes two seats that accounts can pass between to compare")
    value, pool = max(pools, key=lambda pair: pair[0])
    most, fewest = pool.row(0, named=True), pool.row(-1, named=True)
    threshold, rules = policy.triggers.qualified_spread, policy.triggers
    state = state_of(value, threshold, rules.near_share)
    difference = most["per_seat"] - fewest["per_seat"]
    is_small = difference < rules.qualified_difference
    if is_small and state is State.FIRED:
        state = State.NEAR
    note = (
        f", but only {difference:.0f} accounts apart (fires from {rules.qualified_difference})"
        if is_small and value > threshold
        else ""
    )
    share = "many times" if math.isinf(value) else f"{say_share(value)}"
    return Trigger(
        NAME,
        TITLE,
        state,
        severity_of(state, value, threshold),
        f"{most['territory_id']} has {most['n_qualified']} qualified accounts and {fewest['territory_id']} has "
        f"{fewest['n_qualified']}: {share} more per unit of capacity, against {say_share(threshold)} allowed{note}.",
        ENTRY,
        value=None if math.isinf(value) else value,
        threshold=threshold,
        territory_ids=(most["territory_id"], fewest["territory_id"]),
        figures={
            "layer": most["layer"],
            "qualified_most": most["n_qualified"],
            "qualified_fewest": fewest["n_qualified"],
            "per_full_seat_most": most["per_seat"],
            "per_full_seat_fewest": fewest["per_seat"],
        },
    )


def _spread(most: float, fewest: float) -> float:
    if fewest > 0:
        return most / fewest - 1
    return math.inf if most > 0 else 0.0
