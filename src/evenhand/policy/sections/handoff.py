"""How accounts and pipeline change hands."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry
from evenhand.policy.pipeline_rules import LAST_STAGE, PipelineRule, find_flaws


class Handoff(Section):
    """How accounts and pipeline change hands."""

    rules: list[PipelineRule] = entry(
        lambda: [
            PipelineRule(name="renewal", types=["renewal"], transfer="in transition", introduction="joint call"),
            PipelineRule(name="early stage", stage_from=0, stage_to=2, transfer="at once"),
            PipelineRule(name="late stage", stage_from=3, stage_to=LAST_STAGE, transfer="at close", deadline_days=90),
        ],
        "Pipeline rules, in order.",
    )
    credit_days: int = entry(
        60, "A deal that closes so soon after its transfer pays both.", unit="days", low=0, high=365
    )
    credit_share_from: float = entry(0.5, "Share of such a deal that pays the former rep.", unit="share", low=0, high=1)
    conversation_days: int = entry(
        3, "Working days for the conversations with the reps who lose accounts, before anyone who gains is told.",
        unit="days", low=1, high=20,
    )  # fmt: skip
    transition_weeks_low: int = entry(2, "Shortest warm handoff.", unit="weeks", low=0, high=26)
    transition_weeks_high: int = entry(4, "Longest warm handoff.", unit="weeks", low=1, high=26)
    introductions_per_week: int = entry(10, "Introductions a rep can make a week.", low=1, high=500)
    deadline_reminder_days: int = entry(
        14, "Before its deadline, a kept deal's rep is reminded so many days ahead.", unit="days", low=0, high=90
    )
    brief_renewal_days: int = entry(
        120, "A brief names a renewal that is due within so many days as a risk.", unit="days", low=0, high=730,
        as_before=120,
    )  # fmt: skip
    brief_quiet_days: int = entry(
        90, "A brief names it as a risk that nothing was heard for so many days.", unit="days", low=1, high=730,
        as_before=90,
    )  # fmt: skip
    brief_low_usage_share: float = entry(
        1 / 3, "A brief names it as a risk that less of what was bought is in use.", unit="share", low=0, high=1,
        as_before=1 / 3,
    )  # fmt: skip
    locale: str = entry("en_US", "How numbers, amounts and dates are written in letters.")
    holiday_countries: list[str] = entry(
        list, 'Countries whose public holidays nobody works on, as ISO codes like "US" or "DE-BY"; besides, no '
        "introduction falls on a holiday of the customer's own country.",
    )  # fmt: skip
    days_off: list[str] = entry(list, 'Further days on which nobody works, like "2026-12-24".')

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        flaws = find_flaws(self.rules) + [
            f"days_off: {day!r} is no date like 2026-12-24" for day in self.days_off if not _is_date(day)
        ]
        if self.transition_weeks_low > self.transition_weeks_high:
            flaws.append("transition_weeks_low must not be above transition_weeks_high")
        if flaws:
            raise ValueError("; ".join(flaws))
        return self


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
