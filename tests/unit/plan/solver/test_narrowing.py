"""Measures that nothing limits are no matter, and their proof holds all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand.plan.solver import Problem, check, solve


@pytest.mark.parametrize("seed", range(4))
def test_a_measure_without_limits_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, n_territories = 40, 4
    candidates = np.tile(np.arange(n_territories, dtype=np.int32), (n, 1))
    home = rng.integers(0, n_territories, n)
    candidates = np.array([np.roll(row, -h) for row, h in zip(candidates, home, strict=True)], np.int32)
    costs = np.where(np.arange(n_territories) == 0, 0.0, rng.uniform(0.1, 1.0, (n, n_territories)))
    amounts = rng.lognormal(0.0, 0.8, (n, 1))
    target = np.full((n_territories, 1), amounts.sum() / n_territories)
    plain = Problem(candidates, costs, None, amounts, target * 0.95, target * 1.05, target)
    none = np.full((n_territories, 2), np.inf)
    more = replace(
        plain,
        amounts=np.column_stack([rng.uniform(0, 9, n), amounts, rng.uniform(0, 9, n)]),
        lower=np.column_stack([-none[:, :1], plain.lower, -none[:, 1:]]),
        upper=np.column_stack([none[:, :1], plain.upper, none[:, 1:]]),
        scale=np.column_stack([np.ones(n_territories), target[:, 0], np.ones(n_territories)]),
    )
    first, second = solve(plain), solve(more)
    assert np.array_equal(first.assignment, second.assignment)
    assert first.bound == pytest.approx(second.bound, rel=1e-9)
    assert check(more, second.assignment, second.prices).bound == second.bound


def test_without_any_limit_nobody_moves() -> None:
    candidates = np.array([[0, 1], [1, 0]], np.int32)
    none = np.full((2, 1), np.inf)
    problem = Problem(candidates, np.array([[0.0, 1.0]] * 2), None, np.ones((2, 1)), -none, none, np.ones((2, 1)))
    found = solve(problem)
    assert list(found.assignment) == [0, 1]
    assert found.status == "optimal"
