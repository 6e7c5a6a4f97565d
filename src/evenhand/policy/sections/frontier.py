"""What balance costs: which tolerances are compared, and which of them is recommended."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class Frontier(Section):
    """Which tolerances are compared, and which of them is recommended. The plans themselves weigh nothing."""

    measure: Literal["potential", "accounts", "qualified", "workload", "pipeline"] = entry(
        "potential", "The measure whose band is made wider and narrower; the others keep theirs."
    )
    tolerances: list[float] = entry(
        lambda: [0.05, 0.075, 0.10, 0.125, 0.15, 0.175, 0.20, 0.25, 0.30, 0.40],
        "Tolerances that are compared; the agreed one is added.",
        unit="share",
    )
    gap: float = entry(
        0.005,
        "Each tolerance is searched until proven within this of the best (solve.gap if wider) or its share of the work "
        "is done; every point shows the gap it reached.",
        unit="share",
        low=0,
        high=1,
    )
    effort_low: float = entry(1, "Effort of a low move, to recommend a tolerance.", low=0, high=1000)
    effort_medium: float = entry(3, "Effort of a medium move.", low=0, high=1000)
    effort_high: float = entry(10, "Effort of a high move.", low=0, high=1000)
    least_bend_share: float = entry(
        0.1,
        "With a smaller bend of the curve than this, no tolerance stands out and the agreed one stays.",
        unit="share",
        low=0,
        high=1,
    )

    @model_validator(mode="after")
    def _tolerances_are_shares(self) -> Self:
        if not self.tolerances or not all(0 <= tolerance <= 10 for tolerance in self.tolerances):
            message = "tolerances must be one or more shares from 0 to 10"
            raise ValueError(message)
        return self
