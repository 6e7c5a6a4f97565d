"""Figures read as people write them."""

import pytest

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.wording import PHRASES, say_list, say_money, say_range, say_value


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "$0"),
        (95_049, "$950"),
        (99_950, "$1K"),
        (123_400, "$1.2K"),
        (3_800_000, "$38K"),
        (420_000_000, "$4.2M"),
        (99_996_000, "$1M"),
        (110_000_000_000, "$1.1B"),
        (-3_800_000, "−$38K"),
        (-10, "$0"),
    ],
)
def test_money_has_two_or_three_figures(cents, words):
    assert say_money(cents, "USD") == words


def test_other_currencies_go_by_their_code():
    assert say_money(3_800_000, "CHF") == "CHF 38K"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1.32, "share", "132 %"),
        (0.125, "share", "13 %"),
        (3.14, "×", "3.1×"),
        (1234, "count", "1,234"),
        (12.34, "potential", "12.3"),
    ],
)
def test_values_carry_their_unit(value, unit, words):
    assert say_value(value, unit) == words


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (180, 240, "count", "180–240"),
        (0.85, 1.1, "share", "85–110 %"),
        (2.5, 5, "×", "2.5–5×"),
        (None, 5, "×", "at most 5×"),
        (0.5, None, "share", "at least 50 %"),
        (None, None, "count", "no range"),
    ],
)
def test_ranges(low, high, unit, words):
    assert say_range(low, high, unit) == words


def test_lists_end_with_and():
    assert [say_list(list(letters)) for letters in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


def test_every_measure_has_a_phrase():
    assert set(PHRASES) == set(MEASURES)
