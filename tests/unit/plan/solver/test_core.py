from __future__ import annotations

import numpy as np
import pytest

from evenhand.plan.solver.core import Limits, relax
from evenhand.plan.solver.coupling import couple, measure_rows
from evenhand.plan.solver.dual import price_rows
from evenhand.plan.solver.fixing import cut_core, price_choices
from evenhand.plan.solver.local_search import load_core
from evenhand.plan.solver.neighbourhood import (
    cut_neighbourhood,
    group_territories,
    put_back,
    solve_neighbourhood,
)
from evenhand.plan.solver.parallel import Partitions, Workforce


def prepare(level, n_choices=20):
    coupling = couple(level)
    partitions = Partitions(coupling, Workforce())
    dual = price_rows(coupling, partitions)
    cheapest, margin = partitions.regrets(dual.prices)
    core = cut_core(coupling, dual.prices, cheapest, n_choices=np.full(len(level.lower), n_choices))
    return coupling, dual, cheapest, margin, core


@pytest.mark.parametrize("max_into", [None, 30.0])
def test_core_loads_are_those_of_the_whole_level(make_level, max_into):
    coupling, _, cheapest, _, core = prepare(make_level(max_into=max_into))
    rng = np.random.default_rng(0)
    positions = rng.integers(0, core.n_open).astype(np.int32)
    columns = core.place(positions)
    np.testing.assert_allclose(load_core(core, positions), measure_rows(coupling, columns), atol=1e-9)
    np.testing.assert_array_equal(core.find(columns), positions)
    outside = np.setdiff1d(np.arange(coupling.n_units), core.units)
    np.testing.assert_array_equal(columns[outside], cheapest[outside])


def test_core_holds_the_choices_of_least_regret(make_level):
    coupling, dual, cheapest, _, core = prepare(make_level(), n_choices=15)
    regrets = price_choices(coupling, dual.prices)
    regrets -= regrets.min(axis=1, keepdims=True)
    is_open = np.zeros(regrets.shape, bool)
    for j in range(regrets.shape[1]):
        on = core.n_open > j
        is_open[core.units[on], core.columns[on, j]] = True
    for t in range(6):
        into = (coupling.candidates == t) & (np.arange(3)[None, :] != cheapest[:, None])
        assert regrets[into & is_open].size >= 15
        assert np.sort(regrets[into])[14] >= np.sort(regrets[into & is_open])[14] - 1e-12


def test_relaxed_core_reaches_the_bound_and_splits_few_units(make_level):
    level = make_level(n=2000, n_territories=8)
    coupling, dual, cheapest, _, core = prepare(level, n_choices=60)
    limits = Limits(coupling.lower - core.fixed_load, coupling.upper - core.fixed_load, coupling.weight, np.inf)
    found = relax(core, limits, seed=0)
    assert found is not None
    shares = found.shares
    n_open = np.arange(shares.shape[1])[None, :] < core.n_open[:, None]
    rest = (
        coupling.costs[np.arange(2000), cheapest].sum() - core.costs[np.arange(len(shares)), core.find(cheapest)].sum()
    )
    optimum = rest + (shares * np.where(n_open, core.costs, 0.0)).sum()
    assert dual.bound <= optimum <= dual.bound * 1.01
    assert (shares.max(axis=1) < 1 - 1e-6).sum() <= len(coupling.lower)


def test_neighbourhood_program_never_makes_a_plan_worse(make_level):
    level = make_level()
    coupling, _, _, _, core = prepare(level)
    start = np.random.default_rng(3).integers(0, core.n_open).astype(np.int32)
    positions = start
    price = 50.0 / coupling.weight.min()
    limits = Limits(coupling.lower, coupling.upper, coupling.weight, price)

    def score(positions):
        load = load_core(core, positions)
        outside = np.maximum(np.maximum(load - coupling.upper, coupling.lower - load), 0.0)
        return core.costs[np.arange(len(positions)), positions].sum() + price * (outside * coupling.weight).sum()

    groups = group_territories(core, np.arange(6), 6, size=3)
    assert len(np.unique(np.concatenate(groups))) == sum(len(group) for group in groups)
    before = score(positions)
    for group in groups:
        hood = cut_neighbourhood(core, positions, group, limits, n_territories=6, most_units=40)
        assert hood is not None
        found = solve_neighbourhood(hood, 0, 20, np.inf)
        positions = put_back(positions, hood, found)
        after = score(positions)
        assert after <= before + 1e-6
        before = after
    assert before < score(start)
