import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest

from evenhand.handoff.seat_figures import SeatFigures

SEATS = [("T1", "G"), ("T2", "G"), ("T3", "G"), ("T4", "H"), ("T5", "H")]


@pytest.fixture
def figures(make_book):
    accounts = [{"account_id": f"{t}-{i}", "territory_id": t} for n, (t, _) in enumerate(SEATS, 1) for i in range(n)]
    book = make_book(
        accounts=accounts,
        territories=[{"territory_id": "G"}, {"territory_id": "H"},
                     *({"territory_id": t, "parent_territory_id": g} for t, g in SEATS)],
        opportunities=[
            {"opportunity_id": f"O{i}", "account_id": "T3-0", "is_closed": i == 0, "created_on": dt.date(2026, 1, 1)}
            for i in range(4)
        ],
    )  # fmt: skip
    row = {"target": None, "lower": None, "upper": None, "status_before": "over", "status_after": "within"}
    territories = pl.DataFrame(
        [row | {"territory_id": t, "measure": "accounts", "before": float(n), "after": float(n)}
         for n, (t, _) in enumerate(SEATS, 1)]
        + [row | {"territory_id": "T3", "measure": "potential", "before": 150.0, "after": 100.0, "target": 100.0,
                  "lower": 85.0, "upper": 115.0}],
    )  # fmt: skip
    quotas = pl.DataFrame(
        {
            "territory_id": ["T3"] * 3,
            "line": ["opening", "accounts_leaving", "rounding"],
            "amount_cents": [900, -300, 0],
        }
    )
    told = SimpleNamespace(book=book, territories=territories, quotas=quotas, titles={"opening": "Opening quota"})
    return SeatFigures(told)


def test_a_territory_is_compared_with_its_team(figures):
    facts = figures.state("T3")
    assert (facts["n_before"].value, facts["n_average"].value, facts["is_team"]) == (3, 2, True)
    assert facts["against_average"].value == pytest.approx(0.5)
    assert (facts["n_open"].value, facts["n_open_average"].value) == (3, 1)
    assert facts["open_against_average"].value == pytest.approx(2)


def test_two_territories_are_no_team_and_are_compared_with_the_layer(figures):
    facts = figures.state("T4")
    assert (facts["n_average"].value, facts["is_team"], facts["n_team"].value) == (3, False, 5)


def test_potential_is_compared_with_an_equal_share_and_the_quota_adds_up(figures):
    facts = figures.state("T3")
    shares = [facts[name].value for name in ("share_before", "share_after", "band_low", "band_high", "unchanged_raise")]
    assert shares == pytest.approx([0.5, 0, -0.15, 0.15, 0.5])
    assert [(line["title"], line["amount"].value) for line in facts["quota_lines"]] == [
        ("Opening quota", 900), ("accounts_leaving", -300)
    ]  # fmt: skip
    assert (facts["quota_new"].value, facts["quota_change"].value) == (600, pytest.approx(-1 / 3))


def test_what_isnt_known_is_left_out(figures):
    facts = figures.state("T9")
    assert (facts["n_before"].value, facts["against_average"], facts["share_before"]) == (0, None, None)
    assert facts["quota_lines"] == []
