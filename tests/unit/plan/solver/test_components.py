import numpy as np

from evenhand.plan.solver import Problem
from evenhand.plan.solver.components import split_problem


def state(candidates, n_territories, **more):
    candidates = np.array(candidates)
    return Problem(
        candidates=candidates,
        costs=np.zeros(candidates.shape),
        grades=None,
        amounts=np.arange(len(candidates), dtype=float)[:, None],
        lower=np.arange(n_territories, dtype=float)[:, None],
        upper=np.full((n_territories, 1), np.inf),
        scale=np.ones((n_territories, 1)),
        **more,
    )


def test_parts_hold_every_unit_and_territory_once():
    parts = split_problem(state([[4, 0], [2, 3], [0, -1], [3, -1]], 6))
    assert [part.territories.tolist() for part in parts] == [[0, 4], [1], [2, 3], [5]]
    assert [part.units.tolist() for part in parts] == [[0, 2], [], [1, 3], []]
    assert parts[0].problem.candidates.tolist() == [[1, 0], [0, -1]]
    assert parts[0].problem.lower.ravel().tolist() == [0.0, 4.0]


def test_limit_on_all_moves_keeps_it_whole():
    assert len(split_problem(state([[0, -1], [1, -1]], 2, max_moves=1))) == 1


def test_limits_by_territory_go_with_it():
    parts = split_problem(state([[0, -1], [1, -1]], 2, max_moves_into=np.array([3.0, 4.0])))
    assert [part.problem.max_moves_into.tolist() for part in parts] == [[3.0], [4.0]]
