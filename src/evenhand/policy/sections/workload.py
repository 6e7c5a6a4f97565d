"""Hours that accounts need and seats have."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class Tier(Section):
    """How often accounts of a tier are called on."""

    calls_per_year: float
    hours_per_call: float

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        if not (0 <= self.calls_per_year <= 1000 and 0 <= self.hours_per_call <= 100):
            message = "calls_per_year must be 0 to 1000 and hours_per_call 0 to 100"
            raise ValueError(message)
        return self


class Workload(Section):
    """Hours a year that accounts need, and that seats have."""

    capacity_hours: float = entry(
        1500, "Hours a year of a full seat for customers and the way to them, where the source has none.",
        unit="hours", low=1, high=8760,
        source="Evenhand's default policy: 47 weeks of 40 hours, four fifths of them with or for customers",
    )  # fmt: skip
    tiers: dict[str, Tier] = entry(
        lambda: {
            "A": Tier(calls_per_year=12, hours_per_call=1.5),
            "B": Tier(calls_per_year=6, hours_per_call=1.0),
            "C": Tier(calls_per_year=2, hours_per_call=0.75),
        },
        "Calls a year and hours a call, by tier.",
        source="Evenhand's default policy, after the workload method of Talley, Journal of Marketing 25 (1961) 7-13",
    )
    default_tier: str = entry("C", "Tier of an account that has none, or one not in the table.")
    travel_speed_km_h: float = entry(60, "Average speed on the way to accounts.", unit="km/h", low=5, high=900)
    visits_share: float = entry(0.25, "Share of calls that are visits.", unit="share", low=0, high=1)
    detour: float = entry(
        1.3, "Road distance ÷ straight line.", low=1, high=5,
        source="Ballou, Rahardja and Sakai (2002), country averages of 1.1 to 2.1",
    )  # fmt: skip
    most_travel_hours: float = entry(
        6, "Most travel for one visit there and back; further away is a call.", unit="hours", low=0, high=48
    )
    opportunity_hours: float = entry(6, "Hours a year that each open opportunity adds.", unit="hours", low=0, high=500)

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        if self.default_tier not in self.tiers:
            message = f"default_tier {self.default_tier!r} is not one of the tiers {', '.join(self.tiers)}"
            raise ValueError(message)
        return self
