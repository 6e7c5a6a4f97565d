from itertools import product

import numpy as np
import pytest

from evenhand.plan.solver.rounding import Bands, Row, pick_bases, round_rows


def draw_bands(rng, n, n_territories, k):
    candidates = np.stack([rng.permutation(n_territories)[:k] for _ in range(n)])
    amounts = rng.integers(1, 9, (n, 2)) * rng.choice([1.0, 0.37])
    total = amounts.sum(axis=0) / n_territories
    scale = np.repeat(total[None], n_territories, axis=0)
    width = rng.uniform(0.1, 0.7)
    return Bands(candidates, amounts, scale * (1 - width), scale * (1 + width), scale)


def list_plans(bands):
    n, k = bands.place.shape
    columns = np.array(list(product(range(k), repeat=n)))
    loads = np.zeros((len(columns), *bands.scale.shape))
    for i in range(n):
        np.add.at(loads, (np.arange(len(columns)), bands.place[i, columns[:, i]]), bands.amounts[i])
    violation = np.maximum(np.stack([bands.lower - loads, loads - bands.upper], axis=1), 0) / bands.scale
    return columns, violation


@pytest.mark.parametrize("seed", range(12))
def test_every_plan_keeps_every_row(seed):
    rng = np.random.default_rng(seed)
    bands = draw_bands(rng, 6, 3, 3)
    columns, violation = list_plans(bands)
    is_open = np.ones(bands.place.shape, bool)
    rows = []
    for _ in range(40):
        least, most = (rng.standard_normal((3, 2)) * (rng.random((3, 2)) < 0.4) for _ in range(2))
        others = [(float(rng.standard_normal()), row) for row in rows[-4:] if rng.random() < 0.4]
        row = round_rows(bands, least, most, others, rng.integers(0, 3, 6), is_open)
        if row is None:
            continue
        rows.append(row)
        on = row.coefficients[np.arange(6), columns].sum(axis=1)
        room = on + (row.violation * violation).sum(axis=(1, 2, 3)) - row.limit
        assert room.min() >= -1e-9
    assert len(rows) > 20


def test_what_a_third_of_an_account_would_do_takes_a_whole_one():
    # 40 have to leave, in accounts of 30.
    bands = Bands(
        np.array([[0, 1]] * 4),
        np.full((4, 1), 30.0),
        np.array([[0.0], [0.0]]),
        np.array([[80.0], [200.0]]),
        np.ones((2, 1)),
    )
    row = round_rows(bands, np.zeros((2, 1)), np.array([[1 / 30], [0.0]]), [], np.zeros(4, int), np.ones((4, 2), bool))
    assert row is not None
    leave, stay = row.coefficients[:, 1].sum(), row.coefficients[:, 0].sum()
    assert (leave - stay) / 4 == pytest.approx(1.0)
    assert row.limit - stay == pytest.approx(2.0)


def test_nothing_follows_from_a_row_that_does_not_hold():
    bands = draw_bands(np.random.default_rng(0), 4, 3, 2)
    none, bases, is_open = np.zeros((3, 2)), np.zeros(4, int), np.ones((4, 2), bool)
    assert round_rows(bands, none, none, [], bases, is_open) is None
    limitless = Row(np.ones((4, 2)), -np.inf, np.zeros((2, 3, 2)))
    assert round_rows(bands, none, none, [(1.0, limitless)], bases, is_open) is None


def test_a_base_that_is_not_open_gives_way_to_the_first_that_is():
    is_open = np.array([[False, True, True], [True, True, False]])
    assert pick_bases(is_open, np.array([0, 1])).tolist() == [1, 1]
