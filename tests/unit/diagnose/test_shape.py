"""The shape of a distribution: the dip agrees with the published algorithm, inequality with its definition."""

import numpy as np
import pytest

from evenhand.diagnose.shape.dip import chance_of_dip, measure_dip
from evenhand.diagnose.shape.dip_table import CHANCES, QUANTILES, SIZES
from evenhand.diagnose.shape.inequality import gini, split_in_two, variation


def draws(kind, n, seed):
    rng = np.random.default_rng(seed)
    return {
        "even": rng.random(n),
        "one hump": rng.normal(size=n),
        "two humps": np.concatenate([rng.normal(0, 1, n // 2), rng.normal(5, 1, n - n // 2)]),
        "ties": rng.integers(0, 12, n).astype(float),
    }[kind]


@pytest.mark.parametrize("kind", ["even", "one hump", "two humps", "ties"])
@pytest.mark.parametrize("n", [4, 11, 40, 90])
def test_the_dip_is_that_of_the_reference_package(kind, n):
    diptest = pytest.importorskip("diptest", reason="the reference package is GPL and not among our dependencies")
    for seed in range(10):
        values = draws(kind, n, seed)
        assert measure_dip(values) == pytest.approx(diptest.dipstat(values), abs=1e-12)


LONG_TAIL = [30, 33, 35, 36, 37, 37, *[39] * 5, *[40] * 4, 41, 42, 43, 43, 43, 44, 44, 45, 45, 46, 66, 70, 72]


@pytest.mark.parametrize(
    ("values", "dip"),
    # From the package diptest 0.12.
    [([0, 0, 0, 1, 1, 1], 1 / 4), ([1, 2, 2, 3, 9, 10, 11, 11, 12], 1 / 6), (LONG_TAIL, 1 / 14)],
)
def test_the_dip_of_some_values(values, dip):
    assert measure_dip(np.array(values, dtype=float)) == pytest.approx(dip, abs=1e-12)


def test_evenly_spaced_values_have_the_least_dip():
    assert measure_dip(np.arange(4.0)) == pytest.approx(1 / 8)


def test_the_dip_does_not_depend_on_order_or_unit():
    values = draws("two humps", 40, 1)
    assert measure_dip(values[::-1] * 1000 + 5) == pytest.approx(measure_dip(values), abs=1e-12)


def test_one_value_and_equal_values_have_one_hump():
    assert measure_dip(np.array([3.0])) == pytest.approx(0.5)
    assert measure_dip(np.full(20, 3.0)) == pytest.approx(1 / 40)


def test_two_humps_are_found_and_one_is_not():
    two = [chance_of_dip(measure_dip(draws("two humps", 40, seed)), 40) for seed in range(20)]
    one = [chance_of_dip(measure_dip(draws("one hump", 40, seed)), 40) for seed in range(40)]
    assert np.mean(np.array(two) < 0.05) > 0.8
    assert np.mean(np.array(one) < 0.05) < 0.1


def test_the_table_is_in_order():
    assert len(QUANTILES) == len(SIZES)
    for row in QUANTILES:
        assert len(row) == len(CHANCES)
        assert list(row) == sorted(row)
    assert list(CHANCES) == sorted(CHANCES, reverse=True)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([1, 1, 1], 0.0), ([0, 0, 0, 1], 0.75), ([1, 3], 0.25), ([0, 0], 0.0), ([2, 1, 3], 2 / 9)],
)
def test_gini(amounts, expected):
    values = np.array(amounts, dtype=float)
    assert gini(values) == pytest.approx(expected)
    if values.sum():
        mean_difference = np.abs(values[:, None] - values).mean()
        assert gini(values) == pytest.approx(mean_difference / values.mean() / 2)


def test_variation():
    assert variation(np.array([1.0, 3.0])) == pytest.approx(np.sqrt(2) / 2)
    assert variation(np.array([5.0])) == 0


def test_the_split_is_where_it_leaves_least():
    assert split_in_two(np.array([1.0, 9.0, 2.0, 10.0, 11.0])) == (1.5, 10.0, 2)
