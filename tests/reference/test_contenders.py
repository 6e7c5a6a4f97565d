"""Every contender, in its own process, finds the optimum of a problem small enough for all of them."""

import importlib.util
import itertools

import numpy as np
import pytest

pytest.importorskip("psutil", reason="the benchmarks' own packages aren't installed (dependency group bench)")

from benchmarks.cases import CP_SAT, MIP, REBALANCER
from benchmarks.instances import make_instance
from benchmarks.measure import judge, run_contender, write_problem
from benchmarks.session import own_contender


def _find_least(problem):
    """Of all plans, least violation, then high, medium and low moves, then cost."""
    best = None
    for columns in itertools.product(*(np.flatnonzero(row >= 0) for row in problem.candidates)):
        plan = problem.candidates[np.arange(problem.n_units), columns]
        figures = judge(problem, plan, None)
        key = (round(figures["violation"], 9), figures["high"], figures["medium"], figures["low"], figures["cost"])
        best = key if best is None or key < best else best
    return best


@pytest.mark.parametrize("is_elastic", [False, True])
def test_all_agree_with_brute_force(tmp_path, is_elastic):
    if importlib.util.find_spec("ortools") is None:
        pytest.skip("OR-Tools isn't installed (dependency group bench)")
    instance = make_instance(
        n_units=8, n_territories=3, n_candidates=2, band_share=0.01 if is_elastic else 0.6, with_grades=True, seed=3
    )
    problem = write_problem(instance, tmp_path / "problem.npz")
    least = _find_least(problem)
    assert (least[0] > 0) == is_elastic
    for contender in (own_contender(0.0), MIP, CP_SAT):
        _, plan, usage = run_contender(
            contender, tmp_path / "problem.npz", tmp_path / "answer", 20, is_elastic=is_elastic
        )
        assert plan is not None, usage.error
        found = judge(problem, plan, None)
        assert found["violation"] == pytest.approx(least[0], abs=1e-6), contender.name
        assert tuple(found[name] for name in ("high", "medium", "low")) == least[1:4], contender.name
        assert found["cost"] == pytest.approx(least[4]), contender.name


@pytest.mark.peer
def test_rebalancer_keeps_to_the_candidates(tmp_path):
    if REBALANCER.absence is not None:
        pytest.skip(REBALANCER.absence)
    problem = write_problem(make_instance(n_units=60, n_territories=4, n_candidates=2), tmp_path / "problem.npz")
    _, plan, usage = run_contender(REBALANCER, tmp_path / "problem.npz", tmp_path / "answer", 1)
    assert plan is not None, usage.error
    before = judge(problem, problem.candidates[:, 0], None)
    assert judge(problem, plan, None)["violation"] <= before["violation"]
