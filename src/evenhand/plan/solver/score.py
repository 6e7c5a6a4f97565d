"""What a choice of columns comes to on one level."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.plan.solver.problem import sum_loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level

_SAME = 1e-9


class Score(NamedTuple):
    """What a choice of columns comes to on a level."""

    objective: float
    cost: float
    violation: float
    is_within: bool
    """Whether violation and every counting row are inside their caps."""


def score_columns(level: Level, columns: NDArray[np.integer]) -> Score:
    """Add up what a choice costs, and see whether it keeps the caps."""
    rows = np.arange(len(columns))
    loads = sum_loads(level.candidates[rows, columns], level.amounts, len(level.lower))
    violation = float((np.maximum(np.maximum(level.lower - loads, loads - level.upper), 0.0) / level.scale).sum())
    cost = math.fsum(level.costs[rows, columns])
    is_within = level.violation_cap is None or violation <= level.violation_cap * (1 + _SAME)
    for family in level.rows:
        index = family.index[rows, columns]
        used = np.bincount(index[index >= 0], minlength=len(family.cap))
        is_within = is_within and bool((used <= family.cap + _SAME).all())
    priced = level.violation_price * violation if level.violation_cap is None else 0.0
    return Score(cost + priced, cost, violation, is_within)
