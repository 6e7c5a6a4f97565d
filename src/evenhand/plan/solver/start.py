"""Where the search begins: everyone who may stay does, and the rest go where the limits on moves allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.exact import solve_level
from evenhand.plan.solver.level import Level
from evenhand.plan.solver.problem import may_stay
from evenhand.plan.solver.stop import Stop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.problem import Problem


def start_columns(problem: Problem) -> NDArray[np.int32]:
    """(n,) columns with the fewest moves, and the fewest beyond the limits into territories."""
    if not problem.n_units:
        return np.zeros(0, np.int32)
    columns: NDArray[np.int32] = np.where(problem.is_candidate, problem.costs, np.inf).argmin(axis=1).astype(np.int32)
    stays = may_stay(problem.candidates, problem.is_move)
    columns[stays] = 0
    forced = np.flatnonzero(~stays)
    limit = problem.max_moves_into
    if limit is None or not len(forced):
        return columns
    into = np.bincount(problem.candidates[forced, columns[forced]], minlength=problem.n_territories)
    if (into > limit).any():
        columns[forced] = _spread(problem, forced, columns[forced], limit)
    return columns


def _spread(
    problem: Problem, forced: NDArray[np.intp], columns: NDArray[np.int32], limit: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Place units that have to move so that the fewest arrive beyond the limits: a transport problem."""
    n_territories = problem.n_territories
    level = Level(
        candidates=problem.candidates[forced],
        costs=np.zeros((len(forced), problem.candidates.shape[1])),
        amounts=np.ones((len(forced), 1)),
        lower=np.full((n_territories, 1), -np.inf),
        upper=limit[:, None],
        scale=np.ones((n_territories, 1)),
        violation_cap=None,
    )
    return solve_level(level, start_columns=columns, stop=Stop(gap=0.0)).columns
