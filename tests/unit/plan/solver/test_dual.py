from __future__ import annotations

import math
from dataclasses import replace

import highspy
import numpy as np
import pytest

from evenhand.plan.solver.coupling import couple
from evenhand.plan.solver.definite import multiply, read_diagonal, solve_definite
from evenhand.plan.solver.dual import bound_at, price_rows
from evenhand.plan.solver.model import build_model, start_highs
from evenhand.plan.solver.parallel import Partitions, Workforce
from evenhand.plan.solver.passes import share_pass, smoothed_pass
from evenhand.plan.solver.pattern import find_pattern
from evenhand.plan.solver.plans import rate
from evenhand.plan.solver.stop import Stop


def relaxed_optimum(level) -> float:
    highs = start_highs(0)
    highs.passModel(build_model(level, level.candidates >= 0, integer=False).lp)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(highs.getInfo().objective_function_value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cost": "count"},
        {"max_into": 60.0},
        {"cap": None, "band": 0.02},
        {"n": 3000, "n_territories": 12, "k": 4},
    ],
)
def test_bound_is_that_of_the_linear_relaxation(make_level, options):
    level = make_level(**options)
    if options.get("cap", 0.0) is None:
        level = replace(level, violation_price=30.0)
    coupling = couple(level)
    dual = price_rows(coupling, Partitions(coupling, Workforce()))
    optimum = relaxed_optimum(level)
    assert dual.bound <= optimum * (1 + 1e-9)
    assert dual.bound >= optimum * 0.99


def test_any_prices_give_a_bound(make_level):
    level = make_level()
    coupling = couple(level)
    partitions = Partitions(coupling, Workforce())
    optimum = relaxed_optimum(level)
    rng = np.random.default_rng(1)
    for _ in range(20):
        bound, _ = bound_at(coupling, partitions, rng.normal(0.0, 2.0, len(coupling.lower)))
        assert bound <= optimum + 1e-9


def test_allowed_violation_lowers_the_bound_as_the_relaxation_does(make_level):
    level = make_level(band=0.05)
    hard = relaxed_optimum(level)
    level = replace(level, violation_cap=0.15)
    optimum = relaxed_optimum(level)
    assert optimum < hard
    coupling = couple(level)
    dual = price_rows(coupling, Partitions(coupling, Workforce()))
    assert 0.9 * optimum <= dual.bound <= optimum * (1 + 1e-9)
    assert math.isfinite(dual.violation_multiplier)


def test_bands_out_of_reach_show_as_a_ray(make_level):
    level = make_level()
    level = replace(level, candidates=np.where(np.arange(3) == 0, level.candidates, -1).astype(np.int32))
    coupling = couple(level)
    dual = price_rows(coupling, Partitions(coupling, Workforce()))
    assert dual.is_ray
    assert dual.bound > np.where(level.candidates >= 0, level.costs, 0.0).max(axis=1).sum()


def spread(pattern, curvature):
    """Write the curvature as a whole matrix."""
    diagonal = read_diagonal(pattern, curvature)
    columns = [multiply(pattern, curvature, diagonal, column) for column in np.eye(len(diagonal))]
    return np.array(columns)


def test_slope_and_curvature_are_the_derivatives(make_level):
    coupling = couple(make_level(n=50, max_into=4.0))
    arrays = (coupling.candidates, coupling.costs, coupling.amounts, coupling.counts)
    rng = np.random.default_rng(2)
    prices = rng.normal(0.0, 0.5, len(coupling.lower))

    pattern = find_pattern(coupling)

    def at(prices):
        load, curvature = np.zeros(len(prices)), pattern.make_curvature()
        value, _, _ = smoothed_pass(*arrays, prices, 0.7, 1, load, pattern.block_of, *curvature)
        return value, load, curvature

    _, load, lower = at(prices)
    curvature = spread(pattern, lower)
    for row in rng.choice(len(prices), 6, replace=False):
        step = np.zeros(len(prices))
        step[row] = 1e-5
        up, down = at(prices + step), at(prices - step)
        assert (up[0] - down[0]) / 2e-5 == pytest.approx(load[row], abs=1e-5)
        np.testing.assert_allclose((up[1] - down[1]) / 2e-5, -curvature[row], atol=1e-4)


def test_start_prices_save_passes(make_level):
    coupling = couple(make_level(n=3000, n_territories=12, k=4))
    partitions = Partitions(coupling, Workforce())
    cold = price_rows(coupling, partitions)
    warm = price_rows(coupling, partitions, start=cold.prices)
    assert warm.n_passes < cold.n_passes
    assert warm.bound >= cold.bound * (1 - 1e-3)


def test_prices_are_no_better_than_the_gap_asked_for_needs(make_level):
    level = make_level(n=3000, n_territories=12, k=4)
    coupling = couple(level)
    partitions = Partitions(coupling, Workforce())
    near = price_rows(coupling, partitions, watch=Stop(gap=0.01).start())
    best = price_rows(coupling, partitions)
    assert near.n_passes < best.n_passes
    assert near.bound >= relaxed_optimum(level) * 0.99
    # The units' shares, drawn, are a plan that is nearly inside the bands and costs nearly what is proved.
    plan = rate(coupling, near.columns)
    assert plan.cost == pytest.approx(near.bound, rel=0.03)
    assert plan.violation < 0.2


def test_curvature_of_some_units_stands_for_all(make_level):
    coupling = couple(make_level(n=3000, n_territories=12, k=4))
    partitions = Partitions(coupling, Workforce())
    prices = np.random.default_rng(0).normal(0.0, 0.1, len(coupling.lower))
    whole = partitions.smoothed(prices, 0.5, 1).curvature
    sampled = partitions.smoothed(prices, 0.5, 4).curvature
    own, others = read_diagonal(partitions.pattern, whole), read_diagonal(partitions.pattern, sampled)
    np.testing.assert_allclose(others, own, rtol=0.9)
    assert others.sum() == pytest.approx(own.sum(), rel=0.1)


@pytest.mark.parametrize("max_into", [None, 30.0])
def test_definite_systems_are_solved_on_the_free_rows(make_level, max_into):
    coupling = couple(make_level(n=400, n_territories=9, k=3, max_into=max_into))
    partitions = Partitions(coupling, Workforce())
    rng = np.random.default_rng(5)
    n_rows = len(coupling.lower)
    curvature = partitions.smoothed(rng.normal(0.0, 0.1, n_rows), 0.5, 1).curvature
    diagonal = read_diagonal(partitions.pattern, curvature) * 1.01 + 1e-6
    right, is_free = rng.normal(size=n_rows), rng.random(n_rows) < 0.8
    matrix = spread(partitions.pattern, curvature)
    np.fill_diagonal(matrix, diagonal)
    x = solve_definite(partitions.pattern, curvature, diagonal, right, is_free)
    expected = np.linalg.solve(matrix[np.ix_(is_free, is_free)], right[is_free])
    np.testing.assert_allclose(x[is_free], expected, rtol=1e-6, atol=1e-9)
    assert not x[~is_free].any()
    assert solve_definite(partitions.pattern, curvature, -diagonal, right, is_free) is None


def test_units_that_are_undecided_alike_are_spread_evenly():
    candidates = np.tile(np.array([0, 1, -1], np.int32), (1000, 1))
    arrays = candidates, np.zeros((1000, 3)), np.ones((1000, 1)), np.zeros((1000, 3, 0), np.int32)
    columns = np.full(1000, -1, np.int32)
    share_pass(*arrays, np.array([0.0, 0.1 * np.log(3.0)]), 0.1, columns)
    assert np.bincount(columns, minlength=3).tolist() == pytest.approx([750, 250, 0], abs=3)
    assert (np.abs(np.add.reduceat(columns, np.arange(0, 1000, 100)) - 25) <= 3).all()
