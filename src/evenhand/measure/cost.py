"""What a move of each grade costs, over all cycles that were measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from evenhand.measure.windows import ACTIVITIES, OUTCOMES, PIPELINE, WON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.measure.comparison import GradeEffect, MatchedComparison
    from evenhand.measure.matched import Effect
    from evenhand.measure.windows import Window
    from evenhand.policy import Policy

    Floats = NDArray[np.float64]

QUARTER_DAYS = 91
"""Effects are told for a quarter after the move, whatever the span that was measured."""

GRADES = ("low", "medium", "high")
ANY = "any"
"""All grades together."""


@dataclass(frozen=True)
class MoveCost:
    """What moving an account of a grade did to one outcome, in the quarter after it.

    Attributes
    ----------
    value, low, high
        An account on average (money in cents); below 0 it costs, above it brings. Null with too few.
    level
        What a moved account brought on average in such a quarter; `value` less than that without the move.
    n_moved, n_cycles, n_groups
        What it rests on: moved accounts, cycles, groups of territories.
    holds
        Whether the placebo of the same accounts finds nothing.
    sentence
        In words.
    """

    grade: str
    outcome: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    n_moved: int
    n_cycles: int
    n_groups: int
    holds: bool
    sentence: str

    @property
    def share(self) -> float | None:
        """The effect as a share of what the accounts would have brought unmoved; null where that isn't above 0."""
        if self.value is None or self.level - self.value <= 0:
            return None
        return self.value / (self.level - self.value)

    @property
    def is_clear(self) -> bool:
        """Whether no effect is ruled out, and the comparison holds."""
        return self.holds and self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def pool_costs(cycles: Sequence[MatchedComparison], policy: Policy) -> tuple[MoveCost, ...]:
    """Add the effects of several cycles up, by grade and outcome.

    Parameters
    ----------
    cycles
        The comparison of each.

    Notes
    -----
    A plan moves few accounts of grade high, which is what it is made for: each cycle alone would say "too few", all of
    them together may not. So a cycle takes part from measure.min_pooled moved accounts on, and the sum is held against
    measure.min_moved.

    estimate = Σ nᵢ eᵢ ÷ Σ nᵢ over the cycles, with eᵢ the effect a quarter and nᵢ moved accounts: the effect on an
    account that was moved, whichever cycle it was in, with nothing assumed about how cycles differ. Its variance is
    Σ nᵢ² vᵢ ÷ (Σ nᵢ)²; Student's t with the degrees of freedom of Welch and Satterthwaite. Cycles of one firm have
    territories in common, so that their intervals aren't wholly independent.

    References
    ----------
    Satterthwaite (1946), doi:10.2307/3002019. Policy entries ``measure.confidence``, ``measure.min_moved``,
    ``measure.min_pooled``, ``measure.min_territories``.
    """
    found = []
    for grade in (*GRADES, ANY):
        for outcome in OUTCOMES:
            parts = [
                (one, cycle.window)
                for cycle in cycles
                for one in cycle.parts
                if grade in (one.grade, ANY) and one.outcome == outcome and np.isfinite(one.effect.high)
            ]
            if parts:
                found.append(_pool(grade, outcome, parts, policy))
    return tuple(found)


def _pool(grade: str, outcome: str, parts: list[tuple[GradeEffect, Window]], policy: Policy) -> MoveCost:
    n = np.array([one.effect.n_moved for one, _ in parts], dtype=float)
    scale = np.array([QUARTER_DAYS / window.n_days for _, window in parts])
    confidence = policy.measure.confidence
    value, half = _average([one.effect for one, _ in parts], n, scale, confidence)
    before, half_before = _average([one.placebo for one, _ in parts], n, scale, confidence)
    level = float(n @ (np.array([one.level for one, _ in parts]) * scale) / n.sum())
    n_groups = sum(one.effect.n_groups for one, _ in parts)
    cost = MoveCost(
        grade, outcome, value, value - half, value + half, level, int(n.sum()), len({window for _, window in parts}),
        n_groups, abs(before) <= half_before, "",
    )  # fmt: skip
    if n.sum() < policy.measure.min_moved or n_groups < policy.measure.min_territories:
        cost = replace(cost, value=None, low=None, high=None)
    return replace(cost, sentence=_say(cost, policy))


def _average(effects: list[Effect], n: Floats, scale: Floats, confidence: float) -> tuple[float, float]:
    """Return the mean over moved accounts a quarter, and half of its interval."""
    values = np.array([one.value for one in effects]) * scale
    freedom = np.array([max(one.n_groups - 1, 1) for one in effects], dtype=float)
    halves = np.array([one.high - one.value for one in effects]) * scale
    shares = n / n.sum()
    variances = (shares * halves / stdtrit(freedom, 0.5 + confidence / 2)) ** 2
    total = float(variances.sum())
    if total == 0.0:
        return float(shares @ values), 0.0
    pooled = total**2 / float((variances**2 / freedom).sum())
    return float(shares @ values), float(stdtrit(pooled, 0.5 + confidence / 2) * np.sqrt(total))


_NOUNS = {PIPELINE: "pipeline created", WON: "amount won", ACTIVITIES: "activities"}


def _say(cost: MoveCost, policy: Policy) -> str:
    noun, of_grade = _NOUNS[cost.outcome], "" if cost.grade == ANY else f"of grade {cost.grade} "
    rests = f"{cost.n_moved:,} moved accounts in {cost.n_cycles} cycle{'s' if cost.n_cycles > 1 else ''}"
    if cost.value is None or cost.low is None or cost.high is None:
        least = policy.measure.min_moved
        return f"Too few moves {of_grade}to tell what they do to {noun}: {rests}, {least} are needed."
    shown = [_show(value, cost.outcome) for value in (cost.value, cost.low, cost.high)]
    does = "costs" if cost.value < 0 else "brings"
    amount = f"{shown[0].lstrip('−+')} ({shown[1]} to {shown[2]}, {policy.measure.confidence:.0%})".replace("%", " %")
    if not cost.holds:
        doubt = ", but before the move such accounts already differed: don't act on it"
    elif not cost.is_clear:
        doubt = ", which may be chance"
    else:
        doubt = ""
    return f"Moving an account {of_grade}{does} {amount} of {noun} in the quarter after it{doubt}; {rests}."


def _show(value: float, outcome: str) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign}{abs(value):.2f}" if outcome == ACTIVITIES else f"{sign}{abs(value) / 100:,.0f}"
