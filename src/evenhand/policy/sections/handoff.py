"""How accounts and pipeline change hands."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class PipelineRule(Section):
    """What happens to an open opportunity of a moved account; the first rule that matches decides."""

    name: str
    types: list[str] = entry(list, "Types it is for; empty: any.")
    stage_from: int = entry(0, "First stage it is for.", low=0, high=20)
    stage_to: int = entry(20, "Last stage it is for.", low=0, high=20)
    transfer: Literal["at once", "in transition", "at close"] = "at once"
    introduction: Literal["none", "warm introduction", "joint call"] = "warm introduction"
    deadline_days: int = entry(0, "At close: transfers after so many days all the same.", unit="days", low=0, high=730)


class Handoff(Section):
    """How accounts and pipeline change hands."""

    rules: list[PipelineRule] = entry(
        lambda: [
            PipelineRule(name="renewal", types=["renewal"], transfer="in transition", introduction="joint call"),
            PipelineRule(name="early stage", stage_from=0, stage_to=2, transfer="at once"),
            PipelineRule(name="late stage", stage_from=3, stage_to=20, transfer="at close", deadline_days=90),
        ],
        "Pipeline rules, in order.",
    )
    credit_days: int = entry(
        60, "A deal that closes so soon after its transfer pays both.", unit="days", low=0, high=365
    )
    credit_share_from: float = entry(0.5, "Share of such a deal that pays the former rep.", unit="share", low=0, high=1)
    transition_weeks_low: int = entry(2, "Shortest warm handoff.", unit="weeks", low=0, high=26)
    transition_weeks_high: int = entry(4, "Longest warm handoff.", unit="weeks", low=0, high=26)
    introductions_per_week: int = entry(10, "Introductions a rep can make a week.", low=1, high=500)

    @model_validator(mode="after")
    def _weeks(self) -> Self:
        if self.transition_weeks_low > self.transition_weeks_high:
            message = "transition_weeks_low must not be above transition_weeks_high"
            raise ValueError(message)
        return self
