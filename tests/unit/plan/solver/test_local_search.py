from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from evenhand.plan.solver.coupling import couple, measure_rows, measure_violation
from evenhand.plan.solver.dual import price_rows
from evenhand.plan.solver.fixing import cut_core
from evenhand.plan.solver.local_search import Schedule, anneal, load_core
from evenhand.plan.solver.merging import keep_differences
from evenhand.plan.solver.parallel import Partitions, Workforce
from evenhand.plan.solver.plans import find_price_unit, penalise, rate


def prepare(level):
    coupling = couple(level)
    partitions = Partitions(coupling, Workforce())
    dual = price_rows(coupling, partitions)
    cheapest, _ = partitions.regrets(dual.prices)
    core = cut_core(coupling, dual.prices, cheapest, n_choices=np.full(len(level.lower), 60))
    unit = find_price_unit(coupling, dual)
    return coupling, dual, core, core.find(cheapest), penalise(coupling, dual, unit), unit


@pytest.mark.parametrize("options", [{}, {"max_into": 60.0}])
def test_annealing_brings_the_territories_inside(make_level, options):
    coupling, dual, core, start, penalties, unit = prepare(make_level(**options))
    found = anneal(core, start, penalties, Schedule(200_000, 0.1 * unit, 1e-3 * unit, 0.3, 30.0, 1))
    plan = rate(coupling, core.place(found))
    assert plan is not None
    assert plan.rank[0] == 0
    assert plan.violation < 0.01
    assert 0.98 * dual.bound <= plan.objective <= 1.15 * dual.bound


def test_chosen_positions_are_open_and_the_seed_decides(make_level):
    _, _, core, start, penalties, unit = prepare(make_level())
    schedule = Schedule(50_000, 0.1 * unit, 1e-3 * unit, 0.3, 30.0, 7)
    found = anneal(core, start, penalties, schedule)
    assert (found < core.n_open).all()
    np.testing.assert_array_equal(found, anneal(core, start, penalties, schedule))
    assert (found != anneal(core, start, penalties, replace(schedule, seed=8))).any()


def test_allowed_violation_is_used_and_not_exceeded(make_level):
    level = make_level(band=0.03, cap=0.2)
    coupling, _, core, start, penalties, unit = prepare(level)
    found = anneal(core, start, penalties, Schedule(200_000, 0.1 * unit, 1e-3 * unit, 0.3, 30.0, 1))
    violation = measure_violation(coupling, measure_rows(coupling, core.place(found)))
    assert 0.02 < violation <= 0.2 + 1e-9


def test_merging_keeps_every_plan_reachable(make_level):
    coupling, _, core, start, penalties, unit = prepare(make_level())
    plans = [
        anneal(core, start, penalties, Schedule(20_000, 0.1 * unit, 1e-2 * unit, 0.3, 4.0, seed)) for seed in range(3)
    ]
    smaller, first = keep_differences(core, plans)
    assert len(smaller.units) < len(core.units)
    np.testing.assert_array_equal(smaller.place(first), core.place(plans[0]))
    for positions in plans:
        columns = core.place(positions)
        again = smaller.find(columns)
        np.testing.assert_array_equal(smaller.place(again), columns)
        np.testing.assert_allclose(load_core(smaller, again), measure_rows(coupling, columns), atol=1e-9)


def test_the_clock_ends_a_long_search(make_level):
    _, _, core, start, penalties, unit = prepare(make_level())
    began = time.perf_counter()
    found = anneal(core, start, penalties, Schedule(10**12, 0.1 * unit, 1e-3 * unit, 0.3, 30.0, 1), 0.2)
    assert time.perf_counter() - began < 60
    assert (found < core.n_open).all()
