from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from evenhand.plan.solver import parallel
from evenhand.plan.solver.coupling import couple
from evenhand.plan.solver.large import solve_level
from evenhand.plan.solver.parallel import Partitions, Workforce
from evenhand.plan.solver.stop import Stop

STOP = Stop(gap=0.05)


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def same(a, b) -> bool:
    return (
        np.array_equal(a.columns, b.columns)
        and np.array_equal(a.prices, b.prices)
        and a.bound == b.bound
        and a.n_work == b.n_work
    )


def test_the_same_plan_from_threads_and_processes(make_level, monkeypatch, processes):
    monkeypatch.setattr(parallel, "_UNITS_PER_PART", 300)
    level = make_level(n=1200)
    alone = solve_level(level, stop=STOP)
    with ThreadPoolExecutor(3) as threads:
        assert same(alone, solve_level(level, stop=STOP, executor=threads))
    assert same(alone, solve_level(level, stop=STOP, executor=processes))


def test_a_killed_worker_changes_nothing(make_level):
    level = make_level()
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    with pytest.raises(BrokenExecutor):
        pool.submit(os._exit, 1).result()
    assert same(solve_level(level, stop=STOP), solve_level(level, stop=STOP, executor=pool))
    pool.shutdown()


def test_errors_of_the_work_itself_are_raised():
    with Workforce() as workforce, pytest.raises(ZeroDivisionError):
        workforce.run(divmod, [(1, 1), (1, 0)])


def test_results_come_in_the_order_of_the_tasks(processes):
    with Workforce(processes) as workforce:
        assert workforce.run(pow, [(2, i) for i in range(20)]) == [2**i for i in range(20)]


def test_partitioned_sums_are_those_of_the_whole(make_level, monkeypatch):
    coupling = couple(make_level(n=2000))
    prices = np.random.default_rng(0).normal(0.0, 1.0, len(coupling.lower))
    whole = Partitions(coupling, Workforce()).smoothed(prices, 0.3, 1)
    monkeypatch.setattr(parallel, "_UNITS_PER_PART", 150)
    parts = Partitions(coupling, Workforce()).smoothed(prices, 0.3, 1)
    assert parts[0] == pytest.approx(whole[0])
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-9)
    assert parts.cost == pytest.approx(whole.cost)
    assert parts.n_undecided == whole.n_undecided
    for part, all_ in zip(parts.curvature, whole.curvature, strict=True):
        np.testing.assert_allclose(part, all_, atol=1e-6)
