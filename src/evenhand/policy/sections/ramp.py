"""How long accounts take to sell as before in new hands."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from evenhand.policy.entries import Section, entry


class RampLevel(Section):
    """What to expect of an account that is so familiar to the seat that gets it."""

    name: str
    at_least: float
    """Familiarity, 0 to 1."""
    first_days: float
    """Days to the first opportunity."""
    normal_days: float
    """Days until it sells as before."""
    normal_days_low: float
    normal_days_high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= self.at_least <= 1:
            message = "at_least must be from 0 to 1"
            raise ValueError(message)
        if not 0 <= self.normal_days_low <= self.normal_days <= self.normal_days_high <= 3650:
            message = "normal_days_low, normal_days and normal_days_high must not fall, and be from 0 to 3650"
            raise ValueError(message)
        if not 0 <= self.first_days <= 3650:
            message = "first_days must be from 0 to 3650"
            raise ValueError(message)
        return self


class Ramp(Section):
    """How long accounts take to sell as before in new hands: learned from past transfers, else from the table."""

    least_transfers: int = entry(
        200, "With fewer past transfers that can be followed, the table of familiarity is used.",
        low=20, high=1_000_000,
    )  # fmt: skip
    history_months: int = entry(24, "Transfers of so many months are learned from.", unit="months", low=6, high=120)
    horizon_days: int = entry(
        180, "After so many days an account is taken to sell as before.", unit="days", low=60, high=720
    )
    step_days: int = entry(30, "Days after the transfer are looked at in steps of this.", unit="days", low=7, high=90)
    before_days: int = entry(
        30, "Days just before a transfer that are not taken for normal: it may have been felt by then.",
        unit="days", low=0, high=180,
    )  # fmt: skip
    normal_share: float = entry(
        0.9, "An account sells as before when it is back to this share of its normal opportunities.",
        unit="share", low=0.5, high=1,
    )  # fmt: skip
    confidence_share: float = entry(0.9, "Confidence of the intervals.", unit="share", low=0.5, high=0.99)
    same_at_least: int = entry(
        5, "Accounts of the same kind that make a seat fully familiar with it.", low=1, high=1000
    )
    vertical: float = entry(0.4, "Weight of the vertical in familiarity.", low=0, high=1000)
    segment: float = entry(0.2, "Weight of the segment.", low=0, high=1000)
    region: float = entry(0.2, "Weight of the region.", low=0, high=1000)
    size: float = entry(0.2, "Weight of the size (employees, by threes and tens).", low=0, high=1000)
    start_share: float = entry(
        0.4, "Table: an account starts with this share of what it sold before, and rises steadily to all of it.",
        unit="share", low=0, high=1,
    )  # fmt: skip
    levels: list[RampLevel] = entry(
        lambda: [
            RampLevel(
                name="familiar", at_least=0.75, first_days=30, normal_days=60, normal_days_low=30, normal_days_high=90
            ),
            RampLevel(
                name="partly familiar", at_least=0.4, first_days=45, normal_days=90, normal_days_low=60,
                normal_days_high=135,
            ),
            RampLevel(
                name="new to the seat", at_least=0, first_days=60, normal_days=120, normal_days_low=90,
                normal_days_high=180,
            ),
        ],
        "Table: what to expect by familiarity; the first level reached decides.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _all_covered(self) -> Self:
        bounds = [level.at_least for level in self.levels]
        if not bounds or bounds != sorted(bounds, reverse=True) or bounds[-1] > 0:
            message = "levels must fall in at_least, and the last one must be at_least = 0"
            raise ValueError(message)
        return self
