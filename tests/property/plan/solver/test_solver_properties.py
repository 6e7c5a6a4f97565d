"""The solver finds what trying every plan finds, and its certificate never claims more than is true."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.plan.solver import Certificate, Problem, Stop, check, solve
from evenhand.plan.solver.certificate import Count, Cut, Fix, Part, Prices, Split

sys.path.insert(0, str(Path(__file__).parent))
from brute_force import best_levels, every_plan, random_problem, score_plans

SEEDS = st.integers(0, 2**32 - 1)
KINDS = st.sampled_from(
    [
        {},
        {"graded": False},
        {"graded": False, "priced": True},
        {"limits": True},
        {"graded": False, "limits": True},
    ]
)


def draw(seed, kind):
    return random_problem(np.random.default_rng(seed), **kind)


def values_of(result):
    return [result.excess_moves, *(level.value for level in result.levels)]


@given(seed=SEEDS, kind=KINDS)
@settings(max_examples=60, deadline=None)
def test_plan_equals_brute_force(seed, kind):
    problem = draw(seed, kind)
    result = solve(problem)
    best = best_levels(problem)
    assert values_of(result) == pytest.approx(best, abs=1e-6)
    assert all(level.bound <= level.value for level in result.levels)
    again = check(problem, result.assignment, result.prices)
    assert (again.objective, again.bound, again.gap) == (result.objective, result.bound, result.gap)
    assert (again.levels, again.violation, again.moves_by_grade) == (
        result.levels,
        result.violation,
        result.moves_by_grade,
    )


@given(seed=SEEDS, kind=KINDS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_certificate_proves_too_much(seed, kind, data):
    """Of all plans as good on the earlier levels, none is below the bound, whatever the plan and the prices."""
    problem = draw(seed, kind)
    plans = every_plan(problem)
    scores = score_plans(problem, plans)
    plan = plans[data.draw(st.integers(0, len(plans) - 1))]
    rng = np.random.default_rng(seed + 1)
    certificate = _random_certificate(problem, rng, solve(problem).prices if rng.random() < 0.5 else None)
    assignment = problem.candidates[np.arange(problem.n_units), plan] if len(plan) else plan
    proof = check(problem, assignment, certificate)
    own = score_plans(problem, plan[None, :])[0]
    order = {"violation": 1, "high": 2, "medium": 3, "low": 4, "cost": 5}
    # The caps on moves are widened to what the plan uses, so only plans inside the limits are surely comparable.
    fair = scores[:, 0] <= 0
    for level in proof.levels:
        value = scores[:, order[level.name]] + (
            problem.violation_price * scores[:, 1] if problem.violation_price is not None else 0.0
        )
        if fair.any():
            assert level.bound <= value[fair].min() + 1e-9
        fair &= value <= own[order[level.name]] + 1e-9
        if problem.violation_price is None:
            assert level.value == pytest.approx(own[order[level.name]], abs=1e-6)


def _random_certificate(problem, rng, true):
    """Arbitrary prices, or the true ones with some of them spoilt."""
    shape = (problem.n_territories, problem.n_measures)

    def prices():
        size = 10.0 ** rng.integers(-3, 4)
        bands = rng.standard_normal(shape) * size * (rng.random(shape) < 0.7)
        if rng.random() < 0.1:
            bands.flat[0] = rng.choice([np.inf, -np.inf, np.nan, 1e300])
        limits = [rng.standard_normal(shape[0]) * size for _ in range(2)]
        return Prices(
            bands,
            rng.standard_normal(3) * size,
            float(rng.standard_normal()),
            *limits,
            tuple(rng.standard_normal(4) * size),
            tuple(rng.standard_normal(3) * size),
        )

    def cut():
        size = 10.0 ** rng.integers(-3, 2)
        width = problem.candidates.shape[1]
        bases = [(int(i), int(rng.integers(width))) for i in range(problem.n_units) if rng.random() < 0.5]
        upper = rng.standard_normal(shape) * size * (rng.random(shape) < 0.5)
        earlier = [(number, float(rng.standard_normal())) for number in range(3) if rng.random() < 0.3]
        limits = replace(prices(), bands=rng.standard_normal(shape) * size * (rng.random(shape) < 0.5))
        return Cut(limits, upper, tuple(earlier), tuple(bases))

    if true is None:
        nodes = [prices()]
        for _ in range(rng.integers(0, 4)):
            if rng.random() < 0.4:
                which = rng.integers(-1, problem.n_territories, 2)
                nodes = [Count(int(which[0]), int(which[1]), int(rng.integers(0, 4))), *nodes, prices()]
            elif rng.random() < 0.5 and problem.n_units:
                split = Split(int(rng.integers(problem.n_units)), int(rng.integers(0, 16)))
                nodes = [split, *nodes, prices()]
            elif rng.random() < 0.6 and problem.n_units:
                nodes = [cut(), *nodes]
            else:
                nodes = [Fix(prices(), float(rng.random() * 5)), *nodes]
        every = np.arange(shape[0], dtype=np.int32)
        return Certificate((Part(every, dict.fromkeys(("violation", "high", "medium", "low", "cost"), tuple(nodes))),))
    rows = list(true.rows())
    spoilt = []
    for row in rows:
        if row.row == "base" and rng.random() < 0.2:
            row = row._replace(price=float(rng.integers(problem.candidates.shape[1])))  # noqa: PLW2901
        elif row.row not in ("split", "count", "leaf", "territory", "base", "cut") and rng.random() < 0.2:
            row = row._replace(price=row.price * float(rng.choice([-1.0, 0.0, 0.9, 1.1, 100.0])))  # noqa: PLW2901
        spoilt.append(row)
    return Certificate.from_rows(spoilt, problem.n_measures)


@given(seed=SEEDS, priced=st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_climb_finds_prices_of_cuts_that_prove_too_much(seed, priced):
    """Cuts save violation on both sides of a band: the dearest prices for them, sought on purpose, stay below it."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, graded=False, priced=priced)
    tight = problem.scale * rng.choice([1.0, 0.7, 1.3])
    width = float(rng.choice([0.0, 0.02, 0.1]))
    one_sided = rng.random(tight.shape)
    problem = replace(
        problem,
        lower=np.where(one_sided < 0.1, -np.inf, tight * (1 - width)),
        upper=np.where(one_sided > 0.9, np.inf, tight * (1 + width)),
    )
    plans = every_plan(problem)
    scores = score_plans(problem, plans)
    values = scores[:, 1] * problem.violation_price + scores[:, 5] if priced else scores[:, 1]
    name, least, shape = "cost" if priced else "violation", values.min(), problem.scale.shape
    # The worst plan: a bound is never above the value of the plan it is about.
    assignment = problem.candidates[np.arange(problem.n_units), plans[values.argmax()]] if problem.n_units else plans[0]
    size = 1.0 / max(float(np.abs(problem.amounts).max(initial=0.0)), 1e-9)
    cuts = []
    for number in range(3):
        multipliers = rng.standard_normal((2, *shape)) * size * (rng.random((2, *shape)) < 0.6)
        multipliers[0, problem.lower == -np.inf] = multipliers[1, problem.upper == np.inf] = 0.0
        earlier = tuple((n, float(rng.standard_normal())) for n in range(number) if rng.random() < 0.3)
        cuts.append(Cut(Prices(multipliers[0]), multipliers[1], earlier))
    every = np.arange(shape[0], dtype=np.int32)
    best, bands, of_cuts = -np.inf, np.zeros(shape), np.zeros(3)
    for _ in range(25):
        tried = bands + rng.standard_normal(shape) / problem.scale * rng.choice([0.1, 1.0])
        of_tried = np.abs(of_cuts + rng.standard_normal(3) * rng.choice([0.05, 0.5, 5.0]))
        proof = check(
            problem,
            assignment,
            Certificate((Part(every, {name: (*cuts, Prices(tried, cuts=tuple(of_tried.tolist())))}),)),
        )
        bound = next(level.bound for level in proof.levels if level.name == name)
        assert bound <= least + 1e-9
        if bound > best:
            best, bands, of_cuts = bound, tried, of_tried


@given(seed=SEEDS, kind=KINDS)
@settings(max_examples=25, deadline=None)
def test_order_of_units_does_not_matter(seed, kind):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, **kind)
    n = problem.n_units
    shuffle = rng.permutation(n)
    with_ids = replace(problem, ids=rng.permutation(n).astype(np.uint64))
    shuffled = replace(
        with_ids,
        candidates=problem.candidates[shuffle],
        costs=problem.costs[shuffle],
        grades=None if problem.grades is None else problem.grades[shuffle],
        amounts=problem.amounts[shuffle],
        ids=with_ids.ids[shuffle],
    )
    one, other = solve(with_ids), solve(shuffled)
    assert np.array_equal(one.assignment[shuffle], other.assignment)
    assert one.levels == other.levels


@given(seed=SEEDS, kind=KINDS)
@settings(max_examples=15, deadline=None)
def test_same_seed_same_bytes(seed, kind):
    problem = draw(seed, kind)
    one, other = solve(problem, seed=3), solve(problem, seed=3)
    assert one.assignment.tobytes() == other.assignment.tobytes()
    assert list(one.prices.rows()) == list(other.prices.rows())


@given(seed=SEEDS, kind=KINDS)
@settings(max_examples=25, deadline=None)
def test_certificate_survives_being_written_and_read(seed, kind):
    problem = draw(seed, kind)
    result = solve(problem)
    rows = list(result.prices.rows())
    np.random.default_rng(seed).shuffle(rows)
    read = Certificate.from_rows([tuple(row) for row in rows], problem.n_measures)
    assert check(problem, result.assignment, read) == check(problem, result.assignment, result.prices)


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_widening_is_enough_and_necessary(seed):
    problem = draw(seed, {})
    result = solve(problem)
    if result.clash is None:
        return
    relaxation = result.clash.relaxation
    wider = replace(
        problem,
        lower=problem.lower - relaxation.widening * problem.scale * (1 + 1e-9),
        upper=problem.upper + relaxation.widening * problem.scale * (1 + 1e-9),
    )
    assert solve(wider).violation == 0
    plans = every_plan(problem)
    least = np.inf
    for plan in plans:
        loads = np.zeros((problem.n_territories, problem.n_measures))
        np.add.at(loads, problem.candidates[np.arange(problem.n_units), plan], problem.amounts)
        outside = np.maximum(problem.lower - loads, loads - problem.upper) / problem.scale
        least = min(least, outside.max(initial=0.0))
    assert relaxation.bound <= least + 1e-9
    assert relaxation.widening == pytest.approx(least, abs=1e-5)


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_any_work_limit_gives_a_plan_with_a_proof(seed):
    problem = draw(seed, {})
    result = solve(problem, Stop(work=int(seed % 7)))
    assert result.status != "interrupted"
    assert all(level.bound <= level.value for level in result.levels)
    best = best_levels(problem)
    assert values_of(result)[1] >= best[1] - 1e-6


def test_proof_where_strikes_leave_no_choice():
    """One draw in which the first strikes settle every unit before anything is cut."""
    problem = draw(64, {})
    assert values_of(solve(problem)) == pytest.approx(best_levels(problem), abs=1e-6)


def test_problem_with_nothing_in_it():
    nothing = Problem(
        candidates=np.zeros((0, 3)),
        costs=np.zeros((0, 3)),
        grades=np.zeros(0),
        amounts=np.zeros((0, 2)),
        lower=np.zeros((0, 2)),
        upper=np.zeros((0, 2)),
        scale=np.zeros((0, 2)),
        violation_price=None,
    )
    assert solve(nothing).status == "optimal"
