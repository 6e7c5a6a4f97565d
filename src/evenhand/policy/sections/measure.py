"""How it is judged whether a plan worked."""

from __future__ import annotations

from evenhand.policy.entries import Section, entry


class Measure(Section):
    """How it is judged whether a plan worked."""

    confidence: float = entry(0.95, "Of the intervals of effects.", unit="share", low=0.5, high=0.999)
    min_moved: int = entry(30, "With fewer moved accounts of a grade no effect is told.", low=5, high=100_000)
    min_pooled: int = entry(
        8, "A cycle takes part in the cost of a move over several cycles from so many moved accounts of a grade on.",
        low=5, high=100_000, as_before=8,
    )  # fmt: skip
    cost_low_cents: int | None = entry(
        None, "What moving an account of grade low costs in pipeline in the quarter after it, as measured; below 0 it "
        "brings some. Agendas say with it what a plan is expected to cost.",
        unit="cents", low=-(10**13), high=10**13, optional=True, as_before=None,
    )  # fmt: skip
    cost_medium_cents: int | None = entry(
        None, "The same for grade medium.", unit="cents", low=-(10**13), high=10**13, optional=True, as_before=None
    )
    cost_high_cents: int | None = entry(
        None, "The same for grade high.", unit="cents", low=-(10**13), high=10**13, optional=True, as_before=None
    )
    min_territories: int = entry(
        8, "With moved accounts of a grade in fewer territories no effect is told.", low=4, high=10_000
    )
    quiet_days: int = entry(
        30, "An account with activity before its move and none for so many days after it is dropped.",
        unit="days", low=7, high=365,
    )  # fmt: skip
    vacancy_days: int = entry(
        14, "A new hire who waits longer for a territory is flagged.", unit="days", low=0, high=365
    )
