"""How events are carried out: who takes over, who gives, and when an account changes its segment."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class SegmentRule(Section):
    """From which size an account belongs to a segment; criteria that are left out don't count."""

    name: str
    employees_from: float | None = None
    revenue_from: float | None = None
    usage_from: float | None = None

    @property
    def thresholds(self) -> dict[str, float]:
        """The criteria that count: employees, annual revenue in units of the currency, product usage."""
        given = {"employees": self.employees_from, "revenue": self.revenue_from, "usage": self.usage_from}
        return {name: value for name, value in given.items() if value is not None}


class Events(Section):
    """How events are carried out."""

    spread_tolerance: float = entry(
        0.1, "What a seat takes over may differ from its share by spare capacity by so much of that share, or by two "
        "families of average size, where that is more.", unit="share", low=0, high=1,
    )  # fmt: skip
    carve_tolerance: float = entry(
        0.05, "A seat that gives to a new hire may end so much of its fair share below the level that the givers are "
        "taken down to.", unit="share", low=0, high=1,
    )  # fmt: skip
    split_margin: float = entry(
        0.1, "Where a territory is halved, the half that moves is chosen from so much more than itself, so that large "
        "accounts needn't fall on the cut.", unit="share", low=0, high=1,
    )  # fmt: skip
    new_seat_share: float = entry(
        0.5, "A market or an outgrown territory gets a seat of its own from so much of a full seat's fair share on.",
        unit="share", low=0.05, high=1,
    )  # fmt: skip
    segments: list[SegmentRule] = entry(
        lambda: [
            SegmentRule(name="small business"),
            SegmentRule(name="mid-market", employees_from=100),
            SegmentRule(name="enterprise", employees_from=1000),
        ],
        "Segments by size, smallest first, each with employees_from, revenue_from or usage_from.",
    )
    segment_hysteresis: float = entry(
        0.1, "An account graduates when it is so far past a threshold, and is relegated when so far below it.",
        unit="share", low=0, high=0.9,
    )  # fmt: skip
    segment_rule: Literal["any", "all"] = entry(
        "any", "Whether one criterion of a segment is enough, or all that are known have to be met."
    )
    product_top_share: float = entry(
        0.2, "Concentration of a product: how much of its potential so many of the accounts hold.",
        unit="share", low=0.01, high=1,
    )  # fmt: skip
    product_correlation_from: float = entry(
        0.6, "From this rank correlation of product and core potential on, a layer on the existing territories.",
        low=-1, high=1,
    )  # fmt: skip
    product_overlap_from: float = entry(
        0.7, "… and from this overlap of the two potentials on. Below either, the product gets its own territories.",
        unit="share", low=0, high=1,
    )  # fmt: skip
    product_hours_share: float = entry(
        0.25, "Hours that an account needs for the product, as a share of its hours for the core.",
        unit="share", low=0, high=10,
    )  # fmt: skip

    @model_validator(mode="after")
    def _segments(self) -> Self:
        names = [rule.name for rule in self.segments]
        if len(set(names)) < len(names):
            message = "each name in segments may be there once"
            raise ValueError(message)
        for lower, upper in zip(self.segments, self.segments[1:], strict=False):
            for criterion, least in upper.thresholds.items():
                if least <= lower.thresholds.get(criterion, 0.0):
                    message = f"{criterion}_from of {upper.name!r} must be above that of {lower.name!r}"
                    raise ValueError(message)
            if not upper.thresholds:
                message = f"{upper.name!r} needs employees_from, revenue_from or usage_from"
                raise ValueError(message)
        return self
