"""Target ranges of the diagnosis."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class Range(Section):
    """Where a measure of a territory should be.

    Either `low` and `high` in the measure's own unit, or `tolerance`: a share around the team's amount divided by
    capacity (for ratios such as deal size: around the team's own ratio).
    """

    low: float | None = None
    high: float | None = None
    tolerance: float | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        absolute = self.low is not None or self.high is not None
        if absolute == (self.tolerance is not None):
            message = "give either tolerance, or low and/or high"
            raise ValueError(message)
        if self.tolerance is not None and not 0 <= self.tolerance <= 10:
            message = "tolerance must be from 0 to 10 (0.15 is 15 %)"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = "low must not be above high"
            raise ValueError(message)
        return self


class Ranges(Section):
    """Target ranges of the diagnosis: under, within or over."""

    accounts: Range = entry(lambda: Range(tolerance=0.15), "Number of active accounts.")
    qualified: Range = entry(lambda: Range(tolerance=0.15), "Number of qualified accounts.")
    potential: Range = entry(lambda: Range(tolerance=0.15), "Revenue potential.")
    workload_share: Range = entry(lambda: Range(low=0.75, high=1.0), "Workload ÷ capacity of the seat.", unit="share")
    pipeline_ttm: Range = entry(
        lambda: Range(tolerance=0.2), "Pipeline generated in the trailing twelve months, in the book's currency."
    )
    coverage: Range = entry(lambda: Range(low=2.5, high=5.0), "Open pipeline ÷ quota of the period.", unit="×")
    active_opportunities: Range = entry(lambda: Range(tolerance=0.2), "Number of open opportunities.")
    deal_size: Range = entry(lambda: Range(tolerance=0.2), "Average amount of won deals, in the book's currency.")
    win_rate: Range = entry(lambda: Range(tolerance=0.3), "Won ÷ closed opportunities.", unit="share")
    attainment: Range = entry(lambda: Range(low=0.85, high=1.10), "Attained ÷ quota.", unit="share")
