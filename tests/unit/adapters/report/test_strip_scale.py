"""Figures stand where they belong on a strip, and its grid has round numbers."""

import pytest

from evenhand.adapters.report.strip_scale import StripScale, lay_ticks, round_step


def test_the_ends_are_inside_and_what_is_beyond_stands_at_the_edge():
    scale = StripScale(-1.0, 1.0)
    assert 0 < scale.at(-1.0) < scale.at(0.0) == 50.0 < scale.at(1.0) < 100
    assert scale.at(-5.0) == scale.at(-1.0)
    assert scale.at(7.0) == scale.at(1.0)


@pytest.mark.parametrize(
    ("width", "most", "expected"), [(1.0, 10, 0.1), (1.0, 9, 0.2), (95.0, 10, 10.0), (0.23, 10, 0.025), (7e6, 7, 1e6)]
)
def test_steps_are_round_and_few_enough(width, most, expected):
    assert round_step(width, most) == pytest.approx(expected)


def test_ticks_stand_at_the_multiples_within():
    ticks = lay_ticks(StripScale(-0.31, 0.2), 0.1, lambda share: f"{share:.1f}")
    assert [tick.label for tick in ticks] == ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2"]
    assert [tick.is_zero for tick in ticks].index(True) == 3
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)


def test_few_labels_are_left_on_a_phone_and_zero_is_one_of_them():
    ticks = lay_ticks(StripScale(-0.62, 0.85), 0.2, str)
    left = [tick for tick in ticks if not tick.is_minor]
    assert 1 <= len(left) <= 4
    assert any(tick.is_zero for tick in left)
