import math

import numpy as np
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.solver import Certificate, Problem, check, solve
from evenhand.plan.solver.certificate import Count, Fix, Part, Prices, Split

EVERY = np.arange(2, dtype=np.int32)


def three_units(**changed):
    """Three units of 4 on territory 0, of which 4 to 9 should be there: one has to move, at 1, 2 or 3."""
    given = {
        "candidates": np.array([[0, 1]] * 3),
        "costs": np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]]),
        "grades": None,
        "amounts": np.full((3, 1), 4.0),
        "lower": np.array([[4.0], [-np.inf]]),
        "upper": np.array([[9.0], [np.inf]]),
        "scale": np.full((2, 1), 10.0),
        "violation_price": None,
    } | changed
    return Problem(**given)


def test_bound_by_hand():
    """π = ¼ on the upper bound of territory 0: min(1, 1) + min(1, 2) + min(1, 3) − ¼·9 = 0.75, in whole costs 1."""
    proof = check(three_units(), [1, 0, 0], np.array([[0.25], [0.0]]))
    assert (proof.objective, proof.bound, proof.gap) == (1.0, 1.0, 0.0)
    half = check(three_units(costs=np.array([[0, 1.0], [0, 2.5], [0, 3.0]])), [1, 0, 0], np.array([[0.25], [0.0]]))
    assert half.bound == pytest.approx(0.75, abs=1e-8)
    assert half.bound < 0.75


def test_worse_plan_has_a_gap():
    proof = check(three_units(), [0, 0, 1], np.array([[0.25], [0.0]]))
    assert (proof.objective, proof.bound, proof.gap) == (3.0, 1.0, 2.0)


def test_wrong_prices_prove_less_never_too_much():
    for price in (-5.0, 0.0, 0.1, 7.0, math.inf, math.nan):
        assert check(three_units(), [1, 0, 0], np.array([[price], [price]])).bound <= 1.0


def test_violation_is_counted_relative_to_the_scale():
    proof = check(three_units(), [0, 0, 0], np.zeros((2, 1)))
    assert proof.violation == pytest.approx(0.3)
    assert proof.levels[0].bound == 0.0
    assert proof.gap == math.inf


def test_unit_where_it_may_not_go_is_refused():
    with pytest.raises(InputError, match="unit 1 on 5"):
        check(three_units(), [0, 5, 0], np.zeros((2, 1)))
    with pytest.raises(InputError, match="has shape"):
        check(three_units(), [0, 0], np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ((Prices(np.zeros((2, 1))), Prices(np.zeros((2, 1)))), "more cases"),
        ((Split(0, 1), Prices(np.zeros((2, 1)))), "lacks 1 of the cases"),
        ((Fix(Prices(np.zeros((2, 1))), 1.0),), "lacks 1 of the cases"),
        ((Count(0, 1, 2), Prices(np.zeros((2, 1)))), "lacks 1 of the cases"),
        ((Split(9, 1), Prices(np.zeros((2, 1))), Prices(np.zeros((2, 1)))), "isn't in that part"),
        ((Prices(np.zeros((3, 1))),), "shape"),
    ],
)
def test_certificate_that_is_no_proof_is_refused(nodes, says):
    with pytest.raises(InputError, match=says):
        check(three_units(), [1, 0, 0], Certificate((Part(EVERY, {"cost": nodes}),)))


def test_parts_that_exchange_units_are_refused():
    apart = tuple(Part(np.array([t], dtype=np.int32), {}) for t in range(2))
    with pytest.raises(InputError, match="from one of its parts to another"):
        check(three_units(), [1, 0, 0], Certificate(apart))
    with pytest.raises(InputError, match="every territory once"):
        check(three_units(), [1, 0, 0], Certificate(apart[:1]))


def test_what_is_unavoidable_is_taken_off_first():
    """Two units have to leave, one of them at 100; the third move is the plan's own."""
    problem = three_units(
        candidates=np.array([[-1, 1], [-1, 1], [0, 1]]),
        costs=np.array([[0.0, 100.0], [0.0, 50.0], [0.0, 1.0]]),
        upper=np.array([[0.0], [np.inf]]),
        lower=np.full((2, 1), -np.inf),
    )
    result = solve(problem)
    cost = result.levels[-1]
    assert (cost.value, cost.bound, cost.unavoidable) == (151.0, 151.0, 150.0)
    none = check(problem, [1, 1, 1], np.zeros((2, 1)))
    assert none.levels[-1].gap == math.inf


def test_changing_a_price_or_a_line_shows():
    rng = np.random.default_rng(5)
    n = 40
    problem = Problem(
        candidates=np.stack([np.arange(n) % 3, (np.arange(n) + 1) % 3], axis=1),
        costs=np.stack([np.zeros(n), np.round(rng.random(n), 3)], axis=1),
        grades=None,
        amounts=rng.lognormal(0, 0.5, (n, 1)),
        lower=np.array([[-np.inf]] * 3),
        upper=np.array([[13.0], [20.0], [30.0]]),
        scale=np.full((3, 1), 15.0),
    )
    result = solve(problem)
    assert result.gap <= 1e-4
    moved = result.assignment.copy()
    moved[0] = problem.candidates[0, 1 - int(moved[0] == problem.candidates[0, 1])]
    other = check(problem, moved, result.prices)
    assert (other.objective, other.violation) != (result.objective, result.violation)
    rows, bounds = list(result.prices.rows()), []
    for at, row in enumerate(rows):
        if row.row in ("band", "at_most", "of_cut") and row.level == "cost":
            changed = [*rows[:at], row._replace(price=0.0), *rows[at + 1 :]]
            bounds.append(check(problem, result.assignment, Certificate.from_rows(changed, 1)).bound)
    assert max(bounds) <= result.bound
    assert min(bounds) < result.bound


def test_counting_cases_prove_what_prices_cannot():
    """Of three units of 4 at most 9.5 may stay: 2 of 3. Half a unit too many is one move, at a price of 1.5 or not."""
    problem = three_units(costs=np.array([[0.0, 1.5]] * 3), upper=np.array([[9.5], [np.inf]]))
    prices = check(problem, [1, 0, 0], np.array([[1.5 / 4], [0.0]])).bound
    assert prices == pytest.approx(1.5 * 3 - 1.5 / 4 * 9.5, abs=1e-8)
    at_most_none = Prices(np.array([[10.0], [0.0]]), cases=(40.0,))
    more = Prices(np.zeros((2, 1)), cases=(1.5,))
    proof = check(problem, [1, 0, 0], Certificate((Part(EVERY, {"cost": (Count(0, 1, 0), at_most_none, more)}),)))
    assert (proof.objective, proof.bound) == (1.5, pytest.approx(1.5, abs=1e-12))
