import numpy as np
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.solver import BAND_TOLERANCE, Problem
from evenhand.plan.solver.problem import drop_repeats, sum_loads


def fields(**changed):
    return {
        "candidates": np.array([[0, 1], [1, -1]]),
        "costs": np.array([[0.0, 1.0], [0.0, np.nan]]),
        "grades": np.array([0, 2]),
        "amounts": np.array([[1.0], [2.0]]),
        "lower": np.array([[0.0], [-np.inf]]),
        "upper": np.array([[2.0], [np.inf]]),
        "scale": np.ones((2, 1)),
        "violation_price": None,
    } | changed


def test_keeps_what_it_is_given_in_the_documented_types():
    problem = Problem(**fields())
    assert (problem.n_units, problem.n_territories, problem.n_measures) == (2, 2, 1)
    assert problem.candidates.dtype == np.int32
    assert problem.grades.dtype == np.int8
    assert problem.is_move.tolist() == [[False, True], [False, False]]
    assert problem.inner_upper[0, 0] == 2.0 + BAND_TOLERANCE


def test_first_candidate_that_costs_something_is_a_move():
    problem = Problem(**fields(costs=np.array([[2.0, 1.0], [0.0, 0.0]])))
    assert problem.is_move.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"candidates": np.array([[0, 7], [1, -1]])}, "candidates", "[0, 1] is no territory"),
        ({"candidates": np.array([[0, -2], [1, -1]])}, "candidates", "[0, 1] is no territory"),
        ({"candidates": np.array([[0, 1], [-1, -1]])}, "candidates", "[1] has no territory it may go to"),
        ({"candidates": np.array([[0.5, 1], [1, -1]])}, "candidates", "whole numbers"),
        ({"candidates": np.array([0, 1])}, "candidates", "2 dimensions"),
        ({"costs": np.array([[0.0, -1.0], [0.0, 0.0]])}, "costs", "[0, 1] is not a finite number"),
        ({"costs": np.array([[0.0, np.nan], [0.0, 0.0]])}, "costs", "[0, 1] is not a finite number"),
        ({"costs": np.zeros((2, 3))}, "costs", "has shape (2, 3)"),
        ({"costs": "many"}, "costs", "array of float64"),
        ({"grades": np.array([0, 3])}, "grades", "[1] is not 0 low"),
        ({"grades": np.array([0, 300])}, "grades", "beyond int8"),
        ({"amounts": np.array([[1.0], [np.inf]])}, "amounts", "[1, 0] is not a finite number"),
        ({"amounts": None}, "amounts", "is missing"),
        ({"lower": np.array([[3.0], [0.0]])}, "upper", "[0, 0] is below the lower bound"),
        ({"lower": np.array([[np.inf], [0.0]])}, "lower", "no lower bound"),
        ({"scale": np.array([[0.0], [1.0]])}, "scale", "[0, 0] is not a finite number > 0"),
        ({"violation_price": -1.0}, "violation_price", "has to be a finite number"),
        ({"max_moves": -1}, "max_moves", "has to be ≥ 0"),
        ({"max_moves_into": np.array([1.0, -1.0])}, "max_moves_into", "[1] is no limit"),
    ],
)
def test_refuses_by_name(changed, field, says):
    with pytest.raises(InputError) as refused:
        Problem(**fields(**changed))
    assert says in refused.value.problems[field]


def test_refuses_everything_at_once():
    with pytest.raises(InputError) as refused:
        Problem(**fields(costs=-np.ones((2, 2)), scale=-np.ones((2, 1)), grades=np.array([9, 9])))
    assert set(refused.value.problems) == {"costs", "scale", "grades"}


def test_loads_are_the_same_in_any_order():
    rng = np.random.default_rng(0)
    territories, amounts = rng.integers(0, 7, 5000), rng.lognormal(0, 3, (5000, 2))
    order = rng.permutation(5000)
    one = sum_loads(territories, amounts, 7)
    other = sum_loads(territories[order], amounts[order], 7)
    assert one.tobytes() == other.tobytes()
    assert one.sum(axis=0) == pytest.approx(amounts.sum(axis=0), rel=1e-14)


def test_repeats_leave_the_cheaper_column():
    problem = Problem(
        **fields(candidates=np.array([[0, 1, 1, 0]] * 2), costs=np.array([[0, 3, 2, 0.0]] * 2)),
    )
    assert drop_repeats(problem).tolist() == [[0, -1, 1, -1]] * 2
