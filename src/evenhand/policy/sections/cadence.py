"""When to look again."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Cadence(Section):
    """When to look again."""

    review_months: int = entry(3, "Months between reviews.", unit="months", low=1, high=24)
    follow_up_days: list[int] = entry(lambda: [30, 60], "Follow-ups after the handoff.", unit="days")
    attainment_quarters: int = entry(8, "Quarters of attainment that are looked at.", unit="quarters", low=1, high=40)
