"""The made sales forces: what the generator promises of them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.instances import make_instance, planted_plan


@pytest.mark.parametrize(("n_units", "n_territories", "n_candidates"), [(1_000, 10, 5), (3_000, 13, 8)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_planted_plan_meets_every_band(n_units: int, n_territories: int, n_candidates: int, seed: int) -> None:
    size = {"n_units": n_units, "n_territories": n_territories, "n_candidates": n_candidates, "seed": seed}
    instance = make_instance("feasible", **size)
    plan = planted_plan(**size)
    assert (instance.candidates == plan[:, None]).any(axis=1).all()
    for m in range(instance.amounts.shape[1]):
        load = np.bincount(plan, weights=instance.amounts[:, m], minlength=n_territories)
        assert (load >= instance.lower[:, m]).all()
        assert (load <= instance.upper[:, m]).all()


def test_staying_does_not_meet_them() -> None:
    instance = make_instance("feasible", n_units=2_000, n_territories=20)
    load = np.bincount(instance.candidates[:, 0], minlength=20)
    assert ((load < instance.lower[:, 0]) | (load > instance.upper[:, 0])).any()


def test_no_territory_is_listed_twice_and_staying_is_free() -> None:
    instance = make_instance("feasible", n_units=2_000, n_territories=20)
    in_order = np.sort(instance.candidates, axis=1)
    assert (in_order[:, 1:] != in_order[:, :-1]).all()
    assert (instance.costs[:, 0] == 0).all()
    assert (instance.costs[:, 1:] > 0).all()


def test_the_same_seed_gives_the_same_arrays() -> None:
    one, same, other = (make_instance("heavy", n_units=500, n_territories=8, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.amounts, same.amounts)
    assert np.array_equal(one.candidates, same.candidates)
    assert not np.array_equal(one.amounts, other.amounts)
