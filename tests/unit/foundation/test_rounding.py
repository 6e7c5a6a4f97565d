"""Shares add up to the cent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.foundation.errors import InputError
from evenhand.foundation.rounding import share_out


def test_largest_remainders_get_the_missing_cents():
    assert share_out(100, [1, 1, 1]).tolist() == [34, 33, 33]
    assert share_out(-100, [1, 1, 1]).tolist() == [-34, -33, -33]
    assert share_out(10, [0, 1, 2]).tolist() == [0, 3, 7]
    assert share_out(0, [0, 0]).tolist() == [0, 0]


@given(
    st.integers(-(10**14), 10**14),
    st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=50).filter(lambda w: sum(w) > 1e-6),
)
def test_nothing_is_lost(total, weights):
    parts = share_out(total, weights)
    assert parts.sum() == total
    assert np.all(parts[np.asarray(weights) == 0] == 0)
    assert np.all(np.abs(parts - total * np.asarray(weights) / sum(weights)) <= 1 + abs(total) * 1e-12)


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], [float("nan")], [float("inf")]])
def test_nonsense_is_refused(weights):
    with pytest.raises(InputError):
        share_out(5, weights)
