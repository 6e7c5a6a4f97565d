"""Numbers are written as a person would, without false precision."""

import pytest

from evenhand.adapters.report.figures import format_change, format_money, format_number, format_share
from evenhand.adapters.report.measures import measure_of

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (0, 0, "0"),
        (1234567, 0, "1,234,567"),
        (-1234.5, 1, "−1,234.5"),
        (-0.04, 1, "0.0"),
        (None, 0, "–"),
        (float("inf"), 0, "–"),
    ],
)
def test_numbers(value, places, expected):
    assert format_number(value, places) == expected


@pytest.mark.parametrize(
    ("cents", "currency", "expected"),
    [
        (0, "USD", "$0.00"),
        (123456789, "USD", "$1,234,567.89"),
        (-5, "EUR", "−€0.05"),
        (100, "CHF", f"CHF{SPACE}1.00"),
        (2**62, "USD", "$46,116,860,184,273,879.04"),
        (None, "USD", "–"),
    ],
)
def test_money_is_exact_to_the_cent(cents, currency, expected):
    assert format_money(cents, currency) == expected


def test_money_with_a_sign_and_without_cents():
    assert format_money(250, "USD", signed=True) == "+$2.50"
    assert format_money(0, "USD", signed=True) == "$0.00"
    assert format_money(123_456_50, "USD", places=0) == "$123,456"


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.15, "15"), (0.173, "17.3"), (1.0, "100"), (0.0, "0"), (2.346, "235"), (-0.025, "−2.5"), (0.00001, "0")],
)
def test_shares_have_decimals_only_where_they_say_something(share, expected):
    assert format_share(share) == f"{expected}{SPACE}%"


@pytest.mark.parametrize(
    ("share", "expected"), [(0.25, "+25.0"), (-0.25, "−25.0"), (0.0, "0.0"), (-0.0001, "0.0"), (0.0001, "0.0")]
)
def test_changes_have_a_sign_unless_they_are_nothing(share, expected):
    assert format_change(share) == f"{expected}{SPACE}%"


def test_measures_are_written_in_their_unit():
    assert measure_of("quota").write(1234.56, "USD") == "$1,235"
    assert measure_of("accounts").write(40.0, "USD") == "40"
    assert measure_of("workload").write(12.34, "USD") == "12.3"
    assert measure_of("workload").word == "workload"
    assert measure_of("shelf_metres").label == "Shelf metres"
