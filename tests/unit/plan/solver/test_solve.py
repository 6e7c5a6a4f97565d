from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from evenhand.plan.solver import Problem, Stop, check, solve
from evenhand.plan.solver.clash import relax_bands


def islands(n_islands=4, n_each=12, seed=0, **more):
    """Pairs of territories that exchange units with each other alone."""
    rng = np.random.default_rng(seed)
    home = np.repeat(np.arange(n_islands) * 2, n_each)
    n = len(home)
    amounts = rng.integers(1, 9, (n, 2)).astype(float)
    target = np.stack([np.bincount(home // 2, weights=amounts[:, m]) / 2 for m in range(2)], axis=1)
    target = np.repeat(target, 2, axis=0)
    return Problem(
        candidates=np.stack([home, home + 1], axis=1),
        costs=np.stack([np.zeros(n), np.round(rng.random(n), 2)], axis=1),
        grades=rng.integers(0, 3, n),
        amounts=amounts,
        lower=target * 0.8,
        upper=target * 1.2,
        scale=target,
        **more,
    )


def test_executor_changes_nothing():
    problem = islands()
    alone = solve(problem)
    assert len(alone.prices.parts) == 4
    for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(2)):
        with pool:
            spread = solve(problem, executor=pool)
        assert spread.assignment.tobytes() == alone.assignment.tobytes()
        assert spread.levels == alone.levels
        assert list(spread.prices.rows()) == list(alone.prices.rows())


def test_progress_is_told_by_level():
    seen = []
    solve(islands(1), on_progress=seen.append)
    assert {"violation", "low"} <= {progress.level for progress in seen}
    assert all(progress.bound <= progress.value + 1e-9 for progress in seen)


def test_cancel_leaves_a_plan_and_says_so():
    problem = islands(1, 30)
    result = solve(problem, Stop(cancel=lambda: True))
    assert result.status == "interrupted"
    assert check(problem, result.assignment, result.prices).bound == result.bound


class Busy(Executor):
    """A cluster that never gets round to it."""

    def submit(self, function, /, *arguments, **more):
        return Future()


def test_cancel_ends_parts_that_are_solved_elsewhere():
    problem = islands(2, 30)
    with ThreadPoolExecutor(1) as pool:
        for executor in (pool, Busy()):
            result = solve(problem, Stop(cancel=lambda: True), executor=executor)
            assert result.status == "interrupted"
            assert check(problem, result.assignment, result.prices).bound == result.bound


def test_bands_have_the_seconds_before_moves_and_costs_have():
    ticks = iter(range(10_000))
    result = solve(islands(3, 300), Stop(seconds=90, clock=lambda: next(ticks)))
    assert (result.status, result.violation) == ("interrupted", 0.0)


def test_seconds_that_run_out_are_named():
    ticks = iter(range(10_000))
    result = solve(islands(1, 30), Stop(seconds=2, clock=lambda: next(ticks)))
    assert result.status == "interrupted"


def test_same_work_same_plan():
    one, other = (solve(islands(2, 30), Stop(work=40)) for _ in range(2))
    assert one.assignment.tobytes() == other.assignment.tobytes()
    assert one.status != "interrupted"
    assert one.n_work <= 60


def test_prices_of_another_plan_may_be_given():
    problem = islands(2)
    first = solve(problem)
    again = solve(problem, start_prices=first.prices)
    assert again.levels[0] == first.levels[0]
    assert [level.value for level in again.levels] == pytest.approx([level.value for level in first.levels])


@pytest.mark.parametrize("seed", range(3))
def test_hundreds_of_units_are_proved(seed):
    rng = np.random.default_rng(seed)
    n, n_territories = 240, 5
    home = rng.choice(n_territories, n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    amounts = np.column_stack([np.ones(n), rng.lognormal(0, 0.6, n)])
    target = np.repeat(amounts.sum(axis=0)[None] / n_territories, n_territories, axis=0)
    problem = Problem(
        candidates=np.stack([home, (home + 1) % n_territories, (home + 2) % n_territories], axis=1),
        costs=np.column_stack([np.zeros(n), rng.integers(1, 100, (n, 2))]),
        grades=rng.choice(3, n, p=[0.6, 0.25, 0.15]),
        amounts=amounts,
        lower=target * 0.85,
        upper=target * 1.15,
        scale=target,
    )
    result = solve(problem)
    assert (result.status, result.violation) == ("optimal", 0.0)
    assert result.gap <= 1e-4


def test_cancelling_stops_a_search_that_has_begun():
    problem = islands(1, 400)
    asked = 0

    def cancel():
        nonlocal asked
        asked += 1
        return asked > 30

    result = solve(problem, Stop(cancel=cancel))
    assert check(problem, result.assignment, result.prices).bound == result.bound
    assert asked < 60


def test_without_time_left_the_plan_says_what_widening_is_enough():
    problem = islands(2, 12)
    tight = replace(problem, lower=problem.scale * 1.02, upper=problem.scale * 1.02)
    result = solve(tight)
    assert result.clash is not None
    columns = (tight.candidates == result.assignment[:, None]).argmax(axis=1)
    none = np.zeros(tight.scale.shape)
    hurried = relax_bands(tight, columns, none, watch=Stop(seconds=0).start())
    assert hurried.widening >= result.clash.relaxation.widening
    assert hurried.bound == 0.0 < result.clash.relaxation.bound
