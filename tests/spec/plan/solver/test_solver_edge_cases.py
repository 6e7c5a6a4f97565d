"""What the solver does where books are awkward: one small table a case."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.plan.solver import Problem, check, solve

INF = np.inf


def state(candidates, amounts, lower, upper, *, costs=None, grades=None, **more):
    """A problem with one measure, scaled to 10, a move costing 1 unless said otherwise."""
    candidates = np.array(candidates, dtype=np.int32).reshape(len(amounts), -1)
    if costs is None:
        costs = np.ones(candidates.shape)
        costs[:, 0] = 0
    upper = np.array(upper, dtype=float)[:, None]
    return Problem(
        candidates=candidates,
        costs=np.array(costs, dtype=float).reshape(candidates.shape),
        grades=None if grades is None else np.array(grades),
        amounts=np.array(amounts, dtype=float)[:, None],
        lower=np.array(lower, dtype=float)[:, None],
        upper=upper,
        scale=np.full(upper.shape, 10.0),
        **more,
    )


CASES = {
    "one territory keeps everything": (
        state([[0], [0]], [3, 4], [5], [9]),
        [0, 0],
        "optimal",
        0.0,
        0,
    ),
    "one territory that is too full says so": (
        state([[0], [0]], [3, 4], [0], [5]),
        [0, 0],
        "infeasible_bands",
        0.2,
        0,
    ),
    "nothing to do": (state([[0, 1], [1, 0]], [5, 5], [4, 4], [6, 6]), [0, 1], "optimal", 0.0, 0),
    "one move is enough": (
        state([[0, 1], [0, 1]], [5, 5], [4, 4], [6, 6], costs=[[0, 2], [0, 1]]),
        [0, 1],
        "optimal",
        0.0,
        1,
    ),
    "a territory to be emptied": (
        state([[-1, 1], [-1, 1], [1, -1]], [2, 3, 1], [-INF, 0], [0, 9]),
        [1, 1, 1],
        "optimal",
        0.0,
        2,
    ),
    "a new empty territory is filled by the cheapest": (
        state([[0, 2], [0, 2], [1, 2]], [5, 5, 5], [4, 4, 4], [6, 6, 6], costs=[[0, 3], [0, 1], [0, 9]]),
        [0, 2, 1],
        "optimal",
        0.0,
        1,
    ),
    "a unit larger than any band stays where it hurts least": (
        state([[0, 1], [1, 0]], [30, 2], [0, 0], [10, 10]),
        [0, 1],
        "infeasible_bands",
        2.0,
        0,
    ),
    "no receiver that may take it": (
        state([[0, -1], [1, -1]], [8, 1], [3, 3], [6, 6]),
        [0, 1],
        "infeasible_bands",
        0.4,
        0,
    ),
    "all locked": (state([[0], [0], [1]], [1, 1, 2], [0, 0], [9, 9]), [0, 0, 1], "optimal", 0.0, 0),
    "a measure that nobody has": (state([[0, 1], [0, 1]], [0, 0], [0, 0], [0, 0]), [0, 0], "optimal", 0.0, 0),
    "one high move is worse than many low ones": (
        state([[0, 1]] * 4, [3, 1, 1, 1], [3, 3], [3, 3], grades=[2, 0, 0, 0], costs=[[0, 0], [0, 9], [0, 9], [0, 9]]),
        [0, 1, 1, 1],
        "optimal",
        0.0,
        3,
    ),
    "a high move only where nothing else balances": (
        state([[0, 1], [0, 1], [1, -1]], [6, 1, 5], [0, 0], [5, 11], grades=[2, 0, 0]),
        [1, 0, 1],
        "optimal",
        0.0,
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edge_case(name):
    problem, assignment, status, violation, n_moves = CASES[name]
    result = solve(problem)
    assert result.assignment.tolist() == assignment
    assert result.status == status
    assert result.violation == pytest.approx(violation, abs=1e-8)
    assert sum(result.moves_by_grade) == n_moves
    assert result.gap == pytest.approx(0.0, abs=1e-6)


def test_high_moves_that_cannot_be_avoided_are_proved_necessary():
    """Where only a high account can balance, the bound of that level is the proof."""
    problem = state([[0, 1], [0, 1], [1, -1]], [6, 1, 5], [0, 0], [5, 11], grades=[2, 0, 0])
    result = solve(problem)
    high = next(level for level in result.levels if level.name == "high")
    assert (high.value, high.bound) == (1.0, 1.0)
    prices = result.prices.bands("high", 2, 1)
    assert np.any(prices != 0)


def test_equal_ties_are_broken_by_id_not_by_row():
    candidates, amounts = np.array([[0, 1]] * 4), np.ones((4, 1))
    bands = np.array([[3.0], [1.0]])
    by_id = []
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        problem = Problem(
            candidates=candidates,
            costs=np.array([[0.0, 1.0]] * 4),
            grades=None,
            amounts=amounts,
            lower=bands,
            upper=bands,
            scale=np.ones((2, 1)),
            ids=np.array(order, dtype=np.uint64),
        )
        moved = solve(problem).assignment == 1
        by_id.append(sorted(np.array(order)[moved].tolist()))
    assert by_id[0] == by_id[1]
    assert len(by_id[0]) == 1


def test_islands_are_solved_apart_and_proved_together():
    problem = state(
        [[0, 1], [0, 1], [2, 3], [2, 3]],
        [5, 5, 7, 7],
        [4, 4, 6, 6],
        [6, 6, 8, 8],
        costs=[[0, 2], [0, 1], [0, 4], [0, 3]],
    )
    result = solve(problem)
    assert result.assignment.tolist() == [0, 1, 2, 3]
    assert len(result.prices.parts) == 2
    assert (result.objective, result.bound, result.status) == (4.0, 4.0, "optimal")


def test_limits_on_moves_come_before_the_bands():
    problem = state([[0, 1]] * 4, [1, 1, 1, 1], [2, 2], [2, 2], max_moves=1)
    result = solve(problem)
    assert sum(result.moves_by_grade) == 1
    assert result.status == "infeasible_bands"
    assert result.violation == pytest.approx(0.2)
    assert result.gap == 0.0


def test_limit_into_a_territory_spreads_what_has_to_move():
    problem = state(
        [[-1, 1, 2]] * 4,
        [1, 1, 1, 1],
        [0, 0, 0],
        [0, 9, 9],
        costs=[[0, 0, 5]] * 4,
        max_moves_into=np.array([INF, 2, INF]),
    )
    result = solve(problem)
    assert np.bincount(result.assignment, minlength=3).tolist() == [0, 2, 2]
    assert (result.excess_moves, result.status, result.gap) == (0, "optimal", 0.0)


def test_limits_that_units_without_a_choice_exceed_are_exceeded_least():
    problem = state([[-1, 1]] * 3, [1, 1, 1], [0, 0], [0, 9], max_moves_into=np.array([INF, 2.0]), max_moves=1)
    result = solve(problem)
    assert result.assignment.tolist() == [1, 1, 1]
    assert (result.excess_moves, result.status) == (3, "infeasible_bands")


def test_violation_at_a_price_is_weighed_against_moves():
    weigh = {"candidates": [[0, 1]], "amounts": [10], "lower": [-INF, -INF], "upper": [5, 10]}
    assert solve(state(**weigh, violation_price=1.0)).assignment.tolist() == [0]
    dear = solve(state(**weigh, violation_price=10.0))
    assert dear.assignment.tolist() == [1]
    assert (dear.objective, dear.violation, dear.status) == (1.0, 0.0, "optimal")


def test_the_tightest_band_that_can_be_reached():
    """Three accounts of 10, 10 and 4 on two territories: nothing is nearer to 12 each than 14 and 10, ±16.7 %."""
    problem = Problem(
        candidates=np.array([[0, 1]] * 3),
        costs=np.array([[0.0, 1.0]] * 3),
        grades=None,
        amounts=np.array([[10.0], [10.0], [4.0]]),
        lower=np.full((2, 1), 12 * 0.9),
        upper=np.full((2, 1), 12 * 1.1),
        scale=np.full((2, 1), 12.0),
    )
    clash = solve(problem).clash
    assert clash is not None
    assert clash.relaxation.widening + 0.1 == pytest.approx(2 / 12, abs=1e-6)
    assert clash.oversize == ()
    assert {(b.territory, b.measure) for b in clash.binding} == {(0, 0), (1, 0)}


def test_units_larger_than_their_bands_are_named():
    clash = solve(state([[0, 1], [1, 0]], [30, 2], [0, 0], [10, 10])).clash
    assert clash is not None
    assert [(unit.unit, unit.measure, unit.amount) for unit in clash.oversize] == [(0, 0, 30.0)]
    assert clash.relaxation.bound > 0


def test_violation_that_one_large_account_forces_is_proved_least():
    amounts = np.array([[100.0], [10.0], [10.0], [10.0]])
    problem = Problem(
        candidates=np.array([[0, 1], [1, 0], [1, 0], [1, 0]], np.int32),
        costs=np.array([[0.0, 0.1]] * 4),
        grades=np.zeros(4, np.int8),
        amounts=amounts,
        lower=np.full((2, 1), 0.85 * 65),
        upper=np.full((2, 1), 1.15 * 65),
        scale=np.full((2, 1), 65.0),
    )
    result = solve(problem)
    assert result.violation == pytest.approx(2 * 25.25 / 65)
    level = check(problem, result.assignment, result.prices).levels[0]
    assert (level.name, level.bound) == ("violation", pytest.approx(result.violation, rel=1e-6))
