"""Which limits on moves give way, where units that have to go leave no other way.

As few moves as can be go beyond the limits; which limits those are is settled by what is best on the levels that
follow. The levels then hold the limits as wide as that plan needs them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.certificate import COST, GRADE_OF_LEVEL, VIOLATION
from evenhand.plan.solver.check import level_names
from evenhand.plan.solver.lexicographic import state_level
from evenhand.plan.solver.model import Model, build_model, limit_highs, start_highs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.stop import Watch

_MOST_NODES = 2_000
_SAME = 1e-7


def widen_limits(problem: Problem, start: NDArray[np.int32], *, watch: Watch, seed: int) -> NDArray[np.int32]:
    """(n,) columns whose moves beyond the limits are as few as those of the start, and best on the levels after.

    Parameters
    ----------
    problem
        One part, small enough to be solved exactly.
    start
        (n,) columns with the fewest moves beyond the limits.
    watch
        The clock.
    seed
        Breaks ties inside HiGHS.
    """
    level = state_level(problem, level_names(problem)[0], start)
    limits = [
        limit for limit in (problem.max_moves, problem.max_moves_from, problem.max_moves_into) if limit is not None
    ]
    excess = _count_excess(level, limits, start)
    if excess <= 0:
        return start
    rows = tuple(
        replace(family, cap=np.atleast_1d(np.asarray(limit, np.float64)))
        for family, limit in zip(level.rows, limits, strict=True)
    )
    program = _Program(replace(level, rows=rows), excess, seed)
    columns = start
    for name in level_names(problem):
        costs = np.zeros_like(problem.costs)
        if name == COST:
            costs = problem.costs
        elif name in GRADE_OF_LEVEL and problem.grades is not None:
            costs = (problem.is_move & (problem.grades == GRADE_OF_LEVEL[name])[:, None]).astype(np.float64)
        price = 1.0 if name == VIOLATION else problem.violation_price or 0.0
        found = program.minimise(costs, price, watch)
        if found is None or watch.is_over():
            break
        columns = found
    return columns if _count_excess(level, limits, columns) <= excess else start


def _count_excess(level: Level, limits: list[int | NDArray[np.float64]], columns: NDArray[np.int32]) -> float:
    """Count the moves beyond the limits."""
    rows, excess = np.arange(len(columns)), 0.0
    for family, limit in zip(level.rows, limits, strict=True):
        index = family.index[rows, columns]
        used = np.bincount(index[index >= 0], minlength=len(family.cap))
        excess += float(np.maximum(used - np.asarray(limit), 0).sum())
    return excess


class _Program:
    """The problem in whole units, with so many moves beyond the limits; minimised level by level."""

    def __init__(self, level: Level, excess: float, seed: int) -> None:
        self.model: Model = build_model(level, level.candidates >= 0, integer=True)
        self.highs = start_highs(seed)
        self.highs.passModel(self.model.lp)
        self.n_choices, self.n_columns = len(self.model.units), int(self.model.lp.num_col_)
        first = self.n_columns
        for family_start, family in zip(self.model.row_starts, level.rows, strict=True):
            for r in np.flatnonzero(np.isfinite(family.cap)):
                row = np.array([family_start + r], np.int32)
                self.highs.addCol(0.0, 0.0, highspy.kHighsInf, 1, row, np.array([-1.0]))
        beyond = np.arange(first, self.highs.getNumCol(), dtype=np.int32)
        self.highs.addRow(-highspy.kHighsInf, excess, len(beyond), beyond, np.ones(len(beyond)))

    def minimise(self, costs: NDArray[np.float64], price: float, watch: Watch) -> NDArray[np.int32] | None:
        """Minimise Σ costs + price × violation, and hold that from now on; None where nothing was found."""
        of_columns = np.full(self.n_columns, price)
        of_columns[: self.n_choices] = costs[self.model.units, self.model.columns]
        every = np.arange(self.n_columns, dtype=np.int32)
        self.highs.changeColsCost(self.n_columns, every, of_columns)
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.setOptionValue("mip_max_nodes", _MOST_NODES)
        limit_highs(self.highs, watch)
        self.highs.run()
        values = np.array(self.highs.getSolution().col_value)[: self.n_columns]
        columns = self.model.settled.astype(np.int32)
        on = np.flatnonzero(values[: self.n_choices] > 0.5)
        columns[self.model.units[on]] = self.model.columns[on]
        if not len(values) or (columns < 0).any() or len(on) != self.model.n_unit_rows:
            return None
        used = np.flatnonzero(of_columns).astype(np.int32)
        value = float(of_columns @ values)
        most = value + _SAME * max(1.0, abs(value))
        self.highs.addRow(-highspy.kHighsInf, most, len(used), used, of_columns[used])
        return columns
