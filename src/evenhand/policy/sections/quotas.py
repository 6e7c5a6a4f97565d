"""How quotas follow the accounts."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry

NEXT_PERIOD, AT_ONCE = "next period", "at once"


class Quotas(Section):
    """How quotas follow the accounts."""

    method: Literal["potential", "proportional", "team", "top-down"] = entry(
        "potential",
        "How new quotas are set. potential: each account takes its part along, at the rate of the seat it leaves; "
        "proportional: the total is shared out anew by the potential each seat then holds; team: the same within each "
        "team, whose total stays; top-down: the company's target is shared out, with over-assignment.",
    )
    effective_on: str = entry(
        NEXT_PERIOD,
        'When new quotas take effect: "next period" (the first one that starts after the book\'s date), "at once" '
        '(the day after the book\'s date) or a date like "2026-11-16"; within a period, the days from that one on '
        "count at the new rate.",
    )
    n_periods: int = entry(
        2, "Periods that are worked out: the one in which the plan takes effect, and the next.",
        unit="periods", low=1, high=8,
    )  # fmt: skip
    ramp_relief_share: float = entry(
        0.25, "Relief on the quota of inherited accounts in the first quarter.", unit="share", low=0, high=0.5
    )
    ramp_relief_months: int = entry(
        3, "Relief ends so many months after the plan takes effect.", unit="months", low=1, high=12
    )
    keep_pipeline: bool = entry(True, "Pipeline kept through close stays in the quota of the rep who keeps it.")
    conserve_total: bool = entry(
        True, "The company's total stays; relief is carried by the others in proportion. False: relief lowers it."
    )
    company_target_cents: int | None = entry(
        None, "Top-down: what the company is to sell in the period.",
        unit="cents", low=0, high=100_000_000_000_000, optional=True,
    )  # fmt: skip
    over_assignment_share: float = entry(
        0.05, "Top-down: the quotas of a manager's seats add up to so much more than the manager's own number.",
        unit="share", low=0, high=1,
    )  # fmt: skip
    floor_share: float | None = entry(
        None, "No seat's quota falls below this share of its opening quota.",
        unit="share", low=0, high=1, optional=True,
    )  # fmt: skip
    cap_share: float | None = entry(
        None, "No seat's quota rises above this share of its opening quota.",
        unit="share", low=1, high=100, optional=True,
    )  # fmt: skip
    floor_cents: int | None = entry(
        None, "Least quota of a full seat in the period.",
        unit="cents", low=0, high=100_000_000_000_000, optional=True,
    )  # fmt: skip
    cap_cents: int | None = entry(
        None, "Most quota of a full seat in the period.",
        unit="cents", low=0, high=100_000_000_000_000, optional=True,
    )  # fmt: skip
    never_below_kept: bool = entry(
        False, "No seat's quota is lower than the amount of the pipeline that its rep keeps through close."
    )
    round_to_cents: int = entry(1, "Quotas are multiples of this.", unit="cents", low=1, high=100_000_000)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.method == "top-down" and self.company_target_cents is None:
            message = 'method "top-down" needs company_target_cents'
            raise ValueError(message)
        both = self.floor_cents is not None and self.cap_cents is not None
        if both and int(self.floor_cents or 0) > int(self.cap_cents or 0):
            message = f"floor_cents {self.floor_cents} must not be above cap_cents {self.cap_cents}"
            raise ValueError(message)
        if self.effective_on not in (NEXT_PERIOD, AT_ONCE) and self.effective_date is None:
            message = f'effective_on must be "{NEXT_PERIOD}", "{AT_ONCE}" or a date like "2026-11-16"'
            raise ValueError(message)
        return self

    @property
    def effective_date(self) -> dt.date | None:
        """The day that `effective_on` names, None where it is a rule."""
        try:
            return dt.date.fromisoformat(self.effective_on)
        except ValueError:
            return None
