from datetime import date, datetime

import pytest

from evenhand.app.sample import make_firm
from evenhand.foundation.errors import InputError


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"n_accounts": 99}, "n_accounts"),
        ({"n_accounts": 2_000_001}, "n_accounts"),
        ({"n_accounts": 5000.0}, "n_accounts"),
        ({"n_accounts": True}, "n_accounts"),
        ({"n_territories": 2}, "n_territories"),
        ({"n_accounts": 100, "n_territories": 21}, "n_territories"),
        ({"seed": -1}, "seed"),
        ({"story": "rep left"}, "story"),
        ({"dirty": 0.3}, "dirty"),
        ({"dirty": float("nan")}, "dirty"),
        ({"dirty": "much"}, "dirty"),
        ({"as_of": date(1999, 1, 1)}, "as_of"),
        ({"as_of": "2026-09-30"}, "as_of"),
        ({"as_of": datetime(2026, 9, 30)}, "as_of"),  # noqa: DTZ001 - a date with a time is refused
        ({"quarters": 3}, "quarters"),
    ],
)
def test_refuses_an_absurd_argument_by_name(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as refused:
        make_firm(**arguments)  # type: ignore[arg-type]
    assert set(refused.value.problems) == {field}


def test_names_every_problem_at_once() -> None:
    with pytest.raises(InputError) as refused:
        make_firm(n_accounts=1, n_territories=0, story="none", dirty=2, quarters=99)
    assert set(refused.value.problems) == {"n_accounts", "n_territories", "story", "dirty", "quarters"}
