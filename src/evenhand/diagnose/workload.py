"""Hours a year that each account needs: calls, travel and open work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.distance import find_centres
from evenhand.foundation.globe import haversine_km

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def has_workload_facts(book: Book) -> bool:
    """Say whether the book tells one account's workload from another's by more than their open work."""
    return book.has("accounts", "tier") or book.has("accounts", "workload_hours")


def estimate_workload(accounts: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    """Add the hours a year that each account needs and what they are made of.

    Parameters
    ----------
    accounts
        Active accounts with their book columns and n_open.
    book
        Where the territories' bases are looked up.
    policy
        See References.

    Returns
    -------
    pl.DataFrame
        The accounts with workload_hours (never null), workload_source ("given" or "computed"), call_hours,
        travel_hours, open_work_hours, which add up to it where it was computed and are null where it was given, and
        distance_km, straight, from the base of its territory (null: no coordinates).

    Notes
    -----
    hours = calls_per_year × hours_per_call + calls_per_year × visits_share × travel + n_open × opportunity_hours,
    by the account's tier (default_tier where it has none or one that the policy doesn't know).
    travel = 2 × distance × detour ÷ speed: each visit a trip of its own, there and back. Rounds of several accounts
    make it less, hills and ferries more; it is for comparing, not for planning a day. An account whose trip would be
    longer than most_travel_hours is called, not visited. A territory without coordinates is based at the centre of
    its accounts.

    References
    ----------
    Policy section ``workload``. R. H. Ballou, H. Rahardja, N. Sakai: Selected country circuity factors for road
    travel distance estimation. Transportation Research Part A 36 (2002) 843–848, for the detour.
    """
    rules = policy.workload
    tiers = list(rules.tiers)
    default = rules.tiers[rules.default_tier]
    calls = _by_tier(tiers, [tier.calls_per_year for tier in rules.tiers.values()], default.calls_per_year)
    hours_per_call = _by_tier(tiers, [tier.hours_per_call for tier in rules.tiers.values()], default.hours_per_call)
    trip_hours = 2 * pl.col("distance_km") * rules.detour / rules.travel_speed_km_h
    visited_hours = pl.when(trip_hours <= rules.most_travel_hours).then(trip_hours).otherwise(0.0)
    parts = {
        "call_hours": calls * hours_per_call,
        "travel_hours": calls * rules.visits_share * visited_hours,
        "open_work_hours": pl.col("n_open") * rules.opportunity_hours,
    }
    given = pl.col("workload_hours").is_not_null()
    return (
        _with_distance(accounts, book)
        .with_columns(**{name: pl.when(~given).then(hours) for name, hours in parts.items()})
        .with_columns(
            workload_hours=pl.coalesce("workload_hours", pl.sum_horizontal(*parts)),
            workload_source=pl.when(given).then(pl.lit("given")).otherwise(pl.lit("computed")),
        )
    )


def _by_tier(tiers: list[str], values: list[float], default: float) -> pl.Expr:
    return pl.col("tier").replace_strict(tiers, values, default=default, return_dtype=pl.Float64)


def _with_distance(accounts: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Add distance_km from the base of each account's territory."""
    bases = (
        book.territories.select("territory_id", base_latitude="latitude", base_longitude="longitude")
        .join(find_centres(accounts, "territory_id"), on="territory_id", how="left")
        .select(
            "territory_id",
            base_latitude=pl.coalesce("base_latitude", "centre_latitude"),
            base_longitude=pl.coalesce("base_longitude", "centre_longitude"),
        )
    )
    distance = haversine_km(*(pl.col(c) for c in ("latitude", "longitude", "base_latitude", "base_longitude")))
    return (
        accounts.join(bases, on="territory_id", how="left", maintain_order="left")
        .with_columns(distance_km=distance)
        .drop("base_latitude", "base_longitude")
    )
