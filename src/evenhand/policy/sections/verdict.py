"""When a territory is overloaded or starved."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Verdict(Section):
    """When a territory is called overloaded or starved."""

    volume_measures: list[str] = entry(
        lambda: ["accounts", "qualified", "potential", "workload_share", "pipeline_ttm", "active_opportunities"],
        "Measures of how much a territory holds.",
    )
    productivity_measures: list[str] = entry(lambda: ["deal_size", "win_rate"], "Measures of how well it is worked.")
    deciding_share: float = entry(
        0.5, "A territory is overloaded (starved) where more than this share of its known volume measures, and none "
        "the other way, are over (under) their range.", unit="share", low=0, high=1,
    )  # fmt: skip
    trailing_months: int = entry(
        12, "Deal size, win rate and attainment look back so many months.", unit="months", low=1, high=60
    )
    effect_periods: int = entry(
        4, "Fewest closed periods from which territory and rep are told apart.", unit="periods", low=2, high=40
    )
    deals_at_least: int = entry(
        10, "With fewer closed (for deal size, won) deals a rate is shown but not held against its range.",
        low=1, high=10_000,
    )  # fmt: skip
    strong_reps: int = entry(
        3, "So many reps who together are clear of the team make it the territory's doing; fewer may be chance.",
        low=2, high=40,
    )  # fmt: skip
    cover_share: float = entry(
        0.5, "A rep who covered at least so much of a period answers for its attainment.", unit="share", low=0.1, high=1
    )
    hump_seats: int = entry(
        10, "Two humps are looked for from so many seats on; with fewer they look like chance.", low=4, high=10_000
    )
