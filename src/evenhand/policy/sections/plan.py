"""What a plan must reach, what it may move, and what it prefers."""

from __future__ import annotations

from typing import Literal

from evenhand.policy.entries import Section, entry


class Bands(Section):
    """How far from its target a territory may be after the plan. Targets share the team's total by capacity."""

    potential: float | None = entry(0.15, "Revenue potential.", unit="share", low=0, high=10, optional=True)
    accounts: float | None = entry(None, "Number of accounts.", unit="share", low=0, high=10, optional=True)
    qualified: float | None = entry(None, "Qualified accounts.", unit="share", low=0, high=10, optional=True)
    workload: float | None = entry(None, "Workload hours.", unit="share", low=0, high=10, optional=True)
    pipeline: float | None = entry(None, "Open pipeline.", unit="share", low=0, high=10, optional=True)
    workload_ceiling: float | None = entry(
        1.0, "Most workload, as a share of the seat's hours.",
        unit="share", low=0.1, high=10, optional=True,
    )  # fmt: skip


class Grades(Section):
    """Which facts make moving an account a low, medium or high disruption."""

    early_stage_max: int = entry(
        2, "Last stage that counts as discovery; an open opportunity beyond it makes a high.", low=0, high=20
    )
    won_months: int = entry(12, "A deal won within so many months is a relationship.", unit="months", low=0, high=120)
    activity_days: int = entry(90, "Activity within so many days is recent.", unit="days", low=0, high=730)
    executive_is_high: bool = entry(True, "An executive relationship makes a high.")
    anchor_is_high: bool = entry(True, "A manager's anchor account is a high.")


class Moves(Section):
    """What may move where, and how much."""

    match_segment: bool = entry(True, "An account goes only to territories that take its segment.")
    match_vertical: bool = entry(True, "An account goes only to territories that take its vertical.")
    match_region: bool = entry(True, "An account goes only to territories that take its region.")
    candidates: int = entry(
        8,
        "Territories considered for an account: its own, the two least full, the best aligned; more in small firms.",
        low=2,
        high=200,
    )
    keep_families_together: bool = entry(True, "An account moves with its parent and children.")
    keep_areas_together: Literal["off", "postal_code", "region"] = entry("off", "Accounts of an area move as one.")
    cool_down_quarters: int = entry(
        4, "An account moved within so many quarters stays, unless its territory is emptied.", unit="quarters",
        low=0, high=40,
    )  # fmt: skip
    most_moves: int | None = entry(None, "Most moves in all.", low=0, high=10_000_000, optional=True)
    most_moves_from: int | None = entry(None, "Most moves out of one territory.", low=0, high=10_000_000, optional=True)
    most_moves_into: int | None = entry(None, "Most moves into one territory.", low=0, high=10_000_000, optional=True)
    locked_accounts: list[str] = entry(list, "Accounts that stay, by id.")


class Alignment(Section):
    """Which of two equally gentle moves fits better. Each weight is the cost of a complete misfit."""

    distance: float = entry(1.0, "Distance from the account to the territory, at distance_km.", low=0, high=1000)
    distance_km: float = entry(500, "Distance that counts as a complete misfit.", unit="km", low=1, high=20_000)
    vertical: float = entry(0.3, "The territory has few accounts of the vertical.", low=0, high=1000)
    segment: float = entry(0.3, "The territory has few accounts of the segment.", low=0, high=1000)
    time_zone: float = entry(0.2, "The territory has few accounts in the time zone.", low=0, high=1000)
    language: float = entry(0.5, "The territory has few accounts of the language.", low=0, high=1000)
    earlier_owners: float = entry(
        0.2, "Each earlier change of territory the customer has been through.", low=0, high=1000
    )


class Solve(Section):
    """How far the solver goes. It counts work, not seconds, so that the same input gives the same plan."""

    gap: float = entry(0.0001, "Stop when the plan is proven within this of the best.", unit="share", low=0, high=1)
    seconds: float | None = entry(None, "Stop after so long.", unit="seconds", low=0.1, high=86_400, optional=True)
    seed: int = entry(0, "Seed of whatever is drawn by chance.", low=0, high=2_147_483_647)
