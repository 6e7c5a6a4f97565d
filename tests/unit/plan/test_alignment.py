"""Which of two gentle moves fits better."""

import numpy as np
import pytest

from evenhand.foundation.globe import distance_km, to_sphere
from evenhand.plan.make import state
from evenhand.policy import Policy


def costs(book, account="A", policy=None):
    statement = state(book, policy or Policy())
    row = statement.units.unit_of_account[statement.accounts["account_id"].to_list().index(account)]
    problem = statement.problem
    ids = statement.setting.ids
    return {ids[t]: c for t, c in zip(problem.candidates[row], problem.costs[row], strict=True) if t >= 0}


def test_great_circle_distances():
    places = to_sphere(np.array([40.7128, 51.5074, np.nan]), np.array([-74.006, -0.1278, 0.0]))
    found = distance_km(places, places)
    assert found[0, 1] == pytest.approx(5570, abs=5)
    assert found[0, 0] == pytest.approx(0, abs=1e-3)
    assert np.isnan(found[2, 0])


def test_nearer_is_cheaper_and_staying_is_free(make_book):
    book = make_book(
        accounts=[{"account_id": "A", "territory_id": "T1", "latitude": 40.0, "longitude": -75.0, "potential": 1.0}],
        territories=[
            {"territory_id": "T1", "latitude": 10.0, "longitude": 0.0},
            {"territory_id": "T2", "latitude": 41.0, "longitude": -75.0},
            {"territory_id": "T3", "latitude": 45.0, "longitude": -75.0},
        ],
    )
    found = costs(book)
    assert found["T1"] == 0
    assert found["T2"] == pytest.approx(111.2 / 500, abs=1e-3)
    assert found["T3"] == pytest.approx(556 / 500, abs=1e-2)


def test_an_account_of_unknown_place_counts_as_average(make_book):
    book = make_book(
        accounts=[
            {"account_id": "A", "territory_id": "T1", "potential": 1.0},
            {"account_id": "B", "territory_id": "T1", "potential": 1.0, "latitude": 40.0, "longitude": 0.0},
            {"account_id": "C", "territory_id": "T1", "potential": 1.0, "latitude": 44.0, "longitude": 0.0},
        ],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2", "latitude": 40.0, "longitude": 0.0}],
    )
    assert costs(book)["T2"] == pytest.approx((costs(book, "B")["T2"] + costs(book, "C")["T2"]) / 2, abs=1e-6)


def test_a_territory_that_knows_the_vertical_fits_better(make_book):
    accounts = [{"account_id": "A", "territory_id": "T1", "potential": 1.0, "vertical": "retail"}]
    accounts += [
        {"account_id": f"{t}{i}", "territory_id": t, "potential": 1.0, "vertical": v}
        for t, v in (("T2", "retail"), ("T3", "banks"))
        for i in range(5)
    ]
    book = make_book(accounts=accounts, territories=[{"territory_id": t} for t in ("T1", "T2", "T3")])
    found = costs(book)
    assert found["T2"] == pytest.approx(0.0)
    assert found["T3"] == pytest.approx(Policy().alignment.vertical)


def test_only_so_many_candidates_are_considered_but_always_the_emptiest(make_book):
    import datetime as dt

    n = 30_000
    accounts = [
        {
            "account_id": f"A{i:05}",
            "territory_id": f"T{i % 29:02}",
            "potential": 1.0,
            "latitude": float(i % 29),
            "longitude": 0.0,
        }
        for i in range(n)
    ]
    territories = [{"territory_id": f"T{t:02}", "latitude": float(t), "longitude": 0.0} for t in range(30)]
    book = make_book(as_of=dt.date(2026, 9, 30), accounts=accounts, territories=territories)
    statement = state(book, Policy())
    assert statement.problem.candidates.shape[1] == Policy().moves.candidates
    assert not statement.candidates_complete
    assert (statement.problem.candidates == 29).any(axis=1).all()
