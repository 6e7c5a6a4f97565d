from dataclasses import replace

import numpy as np
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.solver import Problem, Stop, check, solve, solve_frontier

TOLERANCES = (0.4, 0.1, 0.05, 0.2, 0.3)


def full_and_empty(n=60, seed=0):
    """Four territories of which the first is far too full."""
    rng = np.random.default_rng(seed)
    home = rng.choice(4, n, p=[0.5, 0.2, 0.2, 0.1])
    amounts = np.column_stack([np.ones(n), rng.integers(1, 20, n)])
    target = np.repeat(amounts.sum(axis=0)[None] / 4, 4, axis=0)
    problem = Problem(
        candidates=np.stack([home, (home + 1) % 4, (home + 2) % 4], axis=1),
        costs=np.column_stack([np.zeros(n), rng.integers(1, 9, (n, 2))]),
        grades=rng.choice(3, n, p=[0.6, 0.3, 0.1]),
        amounts=amounts,
        lower=target,
        upper=target,
        scale=target,
    )
    return [replace(problem, lower=target * (1 - t), upper=target * (1 + t)) for t in TOLERANCES]


def rank(levels):
    return [round(level.value, 6) for level in levels]


def test_each_point_is_what_solving_it_alone_gives():
    problems = full_and_empty()
    points = solve_frontier(problems)
    for problem, point in zip(problems, points, strict=True):
        alone = solve(problem)
        assert rank(point.levels) == rank(alone.levels)
        again = check(problem, point.assignment, point.prices)
        assert (again.levels, again.gap) == (point.levels, point.gap)


def test_looser_is_never_worse_even_when_cut_short():
    problems = full_and_empty(200)
    points = solve_frontier(problems, Stop(work=300))
    by_tolerance = [point for _, point in sorted(zip(TOLERANCES, points, strict=True), key=lambda pair: -pair[0])]
    values = [rank(point.levels) for point in by_tolerance]
    assert values == sorted(values)


def test_points_are_within_their_gaps_of_what_each_takes_alone():
    problems = full_and_empty(400)
    for problem, point in zip(problems, solve_frontier(problems, Stop(gap=0.01)), strict=True):
        alone = solve(problem)
        for mine, best in zip(point.levels[:-1], alone.levels[:-1], strict=True):
            assert best.bound - 1e-6 <= mine.value
            assert mine.value <= best.value + 0.01 * mine.bound + 1e-6


def test_bands_that_cannot_be_met_take_no_more_than_their_share():
    problems = full_and_empty(400)
    target = problems[0].scale
    hopeless = replace(problems[0], lower=target * 1.2, upper=target * 1.3)
    points = solve_frontier([hopeless, *problems])
    n_choices = hopeless.candidates.size
    assert points[0].violation > 0
    assert points[0].status == "infeasible_bands"
    assert all(point.n_work <= 200 * n_choices for point in points)
    assert all(point.violation == 0 for point in points[1:])


def test_order_of_problems_changes_nothing():
    problems = full_and_empty()
    points, backward = solve_frontier(problems), solve_frontier(problems[::-1])[::-1]
    for one, other in zip(points, backward, strict=True):
        assert one.assignment.tobytes() == other.assignment.tobytes()
        assert list(one.prices.rows()) == list(other.prices.rows())


def test_nothing_asked_nothing_answered():
    assert solve_frontier([]) == ()


def test_problems_that_differ_in_more_than_bands_are_refused():
    first, second = full_and_empty()[:2]
    with pytest.raises(InputError, match="costs"):
        solve_frontier([first, replace(second, costs=second.costs * 2)])


def test_progress_says_which_of_the_problems_it_is_about():
    seen = []
    solve_frontier(full_and_empty(), on_progress=seen.append)
    assert {progress.part for progress in seen} <= set(range(len(TOLERANCES)))
    assert {progress.n_parts for progress in seen} == {len(TOLERANCES)}
