"""Figures stand where they belong on a strip, and its grid has round numbers."""

import pytest

from evenhand.adapters.report.strip_scale import StripScale, round_places, round_step


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


def test_places_are_the_multiples_within():
    places = round_places(StripScale(-0.31, 0.2), 0.1)
    assert [n for n, _ in places] == [-3, -2, -1, 0, 1, 2]
    assert [place for _, place in places] == pytest.approx([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2])
