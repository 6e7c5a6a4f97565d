from __future__ import annotations

import numpy as np
import pytest

from evenhand.book.references import on_cycle


@pytest.mark.parametrize(
    ("parent", "cyclic"),
    [
        ([], []),
        ([-1], [False]),
        ([0], [True]),
        ([1, 0], [True, True]),
        ([-1, 0, 1, 2], [False] * 4),
        ([1, 2, 0, 0], [True, True, True, False]),
        ([1, 0, 3, 2, 0, 2, -1], [True, True, True, True, False, False, False]),
    ],
)
def test_rows_on_a_circle_of_parents(parent: list[int], cyclic: list[bool]) -> None:
    assert on_cycle(np.array(parent, dtype=np.int64)).tolist() == cyclic


def test_a_long_chain_is_no_circle_until_its_end_is_joined() -> None:
    chain = np.arange(-1, 9_999)
    assert not on_cycle(chain).any()
    chain[0] = 9_999
    assert on_cycle(chain).all()
