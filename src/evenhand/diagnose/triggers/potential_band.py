"""Is a territory's revenue potential outside the band that plans aim for?"""

from __future__ import annotations

import polars as pl

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.triggers.trigger import Situation, Trigger, cannot_tell, severity_of, state_of, switched_off
from evenhand.diagnose.wording import say_count, say_share

NAME, TITLE, ENTRY = "potential_band", "Potential outside the band", "bands.potential"


def compare_potential(situation: Situation) -> Trigger:
    """Find the seat whose potential is furthest from its share of its pool's potential by capacity.

    Notes
    -----
    value = |potential ÷ (pool's potential × capacity_share ÷ pool's capacity_share) − 1|.
    """
    band = situation.policy.bands.potential
    if band is None:
        return switched_off(NAME, TITLE, ENTRY)
    doubt = MEASURES["potential"].doubt(situation.book, situation.policy)
    if doubt:
        return cannot_tell(NAME, TITLE, ENTRY, doubt)
    seats = (
        situation.holdings.with_columns(
            target=pl.col("potential").sum().over("layer", "pool")
            * pl.col("capacity_share")
            / pl.col("capacity_share").sum().over("layer", "pool")
        )
        .filter(pl.col("is_seat") & pl.col("target").is_finite() & (pl.col("target") > 0))
        .with_columns(off=pl.col("potential") / pl.col("target") - 1)
        .with_columns(size=pl.col("off").abs())
        .sort("size", "territory_id", descending=[True, False])
    )
    if not seats.height:
        return cannot_tell(NAME, TITLE, ENTRY, "no seat with capacity has any potential to share")
    worst = seats.row(0, named=True)
    state = state_of(worst["size"], band, situation.policy.triggers.near_share)
    outside = seats.filter(pl.col("size") > band * (1 + 1e-9))["territory_id"]
    side = "above" if worst["off"] > 0 else "below"
    return Trigger(
        NAME,
        TITLE,
        state,
        severity_of(state, worst["size"], band),
        f"{say_count(outside.len(), 'seat is', 'seats are')} more than {say_share(band)} from an equal share of "
        f"potential; furthest is {worst['territory_id']}, {say_share(worst['size'])} {side} it.",
        ENTRY,
        value=worst["size"],
        threshold=band,
        territory_ids=tuple(outside) if outside.len() else (worst["territory_id"],),
        figures={"potential": worst["potential"], "target": worst["target"], "n_outside": outside.len()},
    )
