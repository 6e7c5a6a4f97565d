"""How revenue potential is scored."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class Potential(Section):
    """The transparent score of revenue potential, used where the source brings none."""

    weight_size: float = entry(0.4, "Weight of size (revenue, else employees).", low=0, high=1)
    weight_fit: float = entry(0.2, "Weight of industry fit.", low=0, high=1)
    weight_propensity: float = entry(0.2, "Weight of the propensity to buy.", low=0, high=1)
    weight_expansion: float = entry(0.2, "Weight of expansion potential.", low=0, high=1)
    industry_fit: dict[str, float] = entry(dict, "Fit of each vertical, 0 to 1; others get default_fit.")
    default_fit: float = entry(0.5, "Fit of a vertical that is not in industry_fit.", low=0, high=1)
    size_exponent: float = entry(
        0.5, "A customer of four times the revenue has 4**this times the size; 1 is proportional, 0.5 damps giants.",
        low=0.1, high=1,
    )  # fmt: skip

    propensity: Literal["facts", "learned"] = entry(
        "facts", "Where the propensity to buy comes from: facts (who is buying counts 1, others 0), or learned from "
        "closed opportunities (needs evenhand[stats]; falls back to facts where it doesn't beat the base rate).",
    )  # fmt: skip
    whitespace_expansion: float = entry(
        0.5, "Expansion potential of an account that never bought in a family that did, where it is not filled in.",
        unit="share", low=0, high=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _weights(self) -> Self:
        total = self.weight_size + self.weight_fit + self.weight_propensity + self.weight_expansion
        if abs(total - 1) > 1e-6:
            message = f"the four weights must add up to 1; they add up to {total:g}"
            raise ValueError(message)
        if any(not 0 <= fit <= 1 for fit in self.industry_fit.values()):
            message = "each industry_fit must be from 0 to 1"
            raise ValueError(message)
        return self
