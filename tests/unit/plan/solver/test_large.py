from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.plan.solver.exact import solve_level as solve_exactly
from evenhand.plan.solver.lagrangian import price_choices, subtract_limits
from evenhand.plan.solver.large import solve_level
from evenhand.plan.solver.level import Level, Rows
from evenhand.plan.solver.score import score_columns
from evenhand.plan.solver.stop import Stop
from evenhand.plan.solver.tree import LevelPrices


def prove(level, result) -> float:
    prices = LevelPrices(result.prices, result.row_prices)
    return price_choices(level, prices).min(axis=1).sum() - subtract_limits(level, prices)


@pytest.mark.parametrize("options", [{}, {"max_into": 60.0}, {"cost": "count"}])
def test_plan_is_inside_the_limits_and_near_its_proven_bound(make_level, options):
    level = make_level(**options)
    result = solve_level(level, stop=Stop(gap=0.01))
    score = score_columns(level, result.columns)
    assert score.is_within
    assert score.objective == pytest.approx(result.cost)
    assert result.cost <= result.bound * 1.05
    step = 1.0 if options.get("cost") == "count" else 0.0
    assert result.bound - step <= prove(level, result) + 1e-6
    assert result.bound <= result.cost + 1e-9


def test_equals_branch_and_bound_where_that_is_affordable(make_level):
    level = make_level(n=60, n_territories=3, k=2, band=0.2)
    found = solve_level(level, stop=Stop(gap=0.0))
    assert found.violation == 0
    best = solve_exactly(level, start_columns=found.columns, stop=Stop(gap=0.0))
    assert best.cost - 1e-9 <= found.cost <= best.cost * 1.1
    assert found.bound <= best.cost + 1e-6


def test_never_worse_than_the_start(make_level):
    level = make_level(n=60, n_territories=3, k=2, band=0.2)
    found = solve_level(level, stop=Stop(gap=0.0))
    best = solve_exactly(level, start_columns=found.columns, stop=Stop(gap=0.0))
    again = solve_level(level, start_columns=best.columns, stop=Stop(gap=0.0, work=1))
    assert again.cost <= best.cost + 1e-9
    assert again.violation == 0


def test_least_violation_is_none_where_the_bands_can_be_met(make_level):
    level = make_level(cap=None)
    level = replace(level, costs=np.zeros_like(level.costs))
    result = solve_level(level, start_columns=np.zeros(600, np.int32), stop=Stop())
    assert result.violation == pytest.approx(0.0, abs=1e-9)
    assert result.bound == 0.0


def test_moves_the_level_counts_are_avoided_by_others(make_level):
    level = make_level()
    dear = np.arange(600) % 3 == 0
    costs = np.where(dear[:, None] & (level.costs > 0), 1.0, 0.0)
    result = solve_level(replace(level, costs=costs), stop=Stop())
    assert result.violation == 0
    assert result.cost == result.bound == 0.0


def test_a_row_of_cap_zero_closes_its_choices(make_level):
    level = make_level()
    is_closed = (np.arange(3)[None, :] == 2) & (np.arange(600)[:, None] % 2 == 0)
    index = np.where(is_closed, 0, -1)
    level = replace(level, rows=(Rows(index.astype(np.int32), np.zeros(1)),))
    result = solve_level(level, stop=Stop(gap=0.02))
    assert not (result.columns[::2] == 2).any()
    assert (result.columns[1::2] == 2).any()
    assert score_columns(level, result.columns).is_within


def test_out_of_reach_bands_are_proven_so(make_level):
    level = make_level()
    level = replace(level, candidates=np.where(np.arange(3) == 0, level.candidates, -1).astype(np.int32))
    result = solve_level(level, stop=Stop())
    assert result.violation > 0
    assert result.bound > np.where(level.candidates >= 0, level.costs, 0.0).max(axis=1).sum()


def test_the_work_limit_ends_the_search_the_same_way(make_level):
    level = make_level()
    first = solve_level(level, stop=Stop(gap=0.0, work=3_000_000), seed=5)
    second = solve_level(level, stop=Stop(gap=0.0, work=3_000_000), seed=5)
    np.testing.assert_array_equal(first.columns, second.columns)
    assert first.n_work == second.n_work
    assert not first.is_interrupted


def test_cancel_ends_with_the_best_so_far(make_level):
    result = solve_level(make_level(), stop=Stop(gap=0.0, cancel=lambda: True))
    assert result.is_interrupted
    assert len(result.columns) == 600


def test_no_units():
    nothing = np.zeros((0, 2))
    level = Level(
        nothing.astype(np.int32),
        nothing,
        np.zeros((0, 1)),
        np.ones((1, 1)),
        np.full((1, 1), 2.0),
        np.ones((1, 1)),
        None,
    )
    result = solve_level(level, stop=Stop())
    assert result.violation == 1.0
    assert result.bound == 1.0


def test_a_plan_that_its_prices_prove_already_is_kept(make_level):
    level, stop = make_level(), Stop(gap=0.05)
    first = solve_level(level, stop=stop)
    prices = LevelPrices(first.prices, first.row_prices)
    again = solve_level(level, start_columns=first.columns, start_prices=prices, stop=stop)
    np.testing.assert_array_equal(first.columns, again.columns)
    assert again.bound == pytest.approx(first.bound)
    assert again.n_work == len(first.columns)
