import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest

from evenhand.adapters.report.frontier_report import render_frontier_report, say_proven
from evenhand.foundation.errors import InputError
from evenhand.plan.frontier import _find_open, price_next, recommend, trace_frontier
from evenhand.plan.solver.check import LevelFigures
from evenhand.policy import Policy


def points(rows):
    """Rows of (tolerance, moves, high, meets the bands), widest first."""
    return price_next(
        pl.DataFrame(
            [
                {
                    "tolerance_share": tolerance,
                    "n_moves": n,
                    "moves_high": high,
                    "n_customers": n,
                    "effort": float(n + 9 * high),
                    "meets_bands": met,
                }
                for tolerance, n, high, met in rows
            ]
        )
    )


def test_the_next_point_is_priced_to_the_next_narrower_tolerance():
    found = points([(0.3, 2, 0, True), (0.2, 6, 0, True), (0.15, 16, 1, True), (0.1, 9, 0, False)])
    assert found["next_moves"].to_list() == [4, 10, None, None]
    assert found["next_moves_a_point"].to_list() == pytest.approx([0.4, 2.0, None, None])
    assert found["next_high"].to_list() == [0, 1, None, None]


def test_the_knee_is_where_balance_gets_dear():
    found = recommend(points([(0.4, 0, 0, True), (0.2, 4, 0, True), (0.1, 8, 0, True), (0.05, 60, 2, True)]), 0.15, 0.1)
    assert found.tolerance_share == 0.1
    assert found.reason == (
        "±10 % takes 8 moves; from there to ±5 % it takes 52 moves, 2 of high disruption more, 10.4 a point, "
        "against 0.4 a point on the way to it."
    )


def test_a_straight_curve_leaves_the_agreed_tolerance():
    found = recommend(points([(0.4, 0, 0, True), (0.3, 10, 0, True), (0.2, 20, 0, True)]), 0.3, 0.1)
    assert found.tolerance_share == 0.3
    assert "the agreed tolerance stays: ±30 %" in found.reason
    missing = recommend(points([(0.4, 0, 0, True), (0.2, 20, 0, True), (0.1, 25, 0, False)]), 0.1, 0.1)
    assert missing.tolerance_share == 0.4
    assert missing.reason.endswith("Within ±10 % and less the bands can't all be met.")


def test_where_nothing_moves_the_narrowest_is_taken():
    found = recommend(points([(0.4, 0, 0, True), (0.2, 0, 0, True)]), 0.4, 0.1)
    assert found.tolerance_share == 0.2
    assert "nothing has to move" in found.reason


def test_where_no_band_can_be_met_none_is_recommended():
    assert recommend(points([(0.4, 3, 0, False)]), 0.4, 0.1).tolerance_share is None


@pytest.fixture(scope="module")
def firm(make_book):
    potentials = {"T0": [40, 40, 30, 25, 5], "T1": [40, 30, 10, 5], "T2": [40, 20, 15]}
    return make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=[
            {"account_id": f"A{t[1]}{i}", "territory_id": t, "potential": float(potential)}
            for t, listed in potentials.items()
            for i, potential in enumerate(listed)
        ],
        territories=[{"territory_id": t} for t in potentials],
    )


def test_a_frontier_has_a_plan_for_each_tolerance_and_never_gets_cheaper(firm):
    policy = Policy.of(
        {"bands": {"workload_ceiling": "off"}, "frontier": {"tolerances": [0.02, 0.1, 0.25, 0.4]}, "solve": {"gap": 0}}
    )
    frontier = trace_frontier(firm, policy)
    assert frontier.points["tolerance_share"].to_list() == [0.4, 0.25, 0.15, 0.1, 0.02]
    assert frontier.points["is_agreed"].to_list() == [False, False, True, False, False]
    assert frontier.points["is_recommended"].sum() == 1
    met = frontier.points.filter("meets_bands")["n_moves"]
    assert met.is_sorted()
    assert frontier.points["n_customers"].to_list() == frontier.points["n_moves"].to_list()
    assert frontier.summary()["recommended_share"] == frontier.recommendation.tolerance_share
    for assigned, row in zip(frontier.assignments, frontier.points.iter_rows(named=True), strict=True):
        assert len(assigned) == 12
        if row["meets_bands"]:
            loads = dict.fromkeys(range(3), 0.0)
            for place, potential in zip(assigned.tolist(), firm.active_accounts["potential"], strict=True):
                loads[place] += potential
            assert max(abs(load / 100 - 1) for load in loads.values()) <= row["tolerance_share"] + 1e-9


def test_a_measure_that_the_book_lacks_is_refused(firm):
    policy = Policy.of({"frontier": {"measure": "pipeline"}})
    with pytest.raises(InputError, match="pipeline"):
        trace_frontier(firm, policy)


def test_what_is_open_is_counted_in_whole_moves_on_the_first_level_that_is():
    def found(*levels):
        return _find_open(SimpleNamespace(levels=tuple(LevelFigures(*level) for level in levels)))

    proven = [("violation", 0.0, 0.0, 0.0), ("high", 1.0, 1.0, 0.0)]
    assert found(*proven, ("low", 29.0, 28.2, 0.0), ("cost", 9.0, 1.0, 0.0)) == {"open_level": None, "n_open": 0}
    assert found(*proven, ("medium", 6.0, 3.5, 0.0), ("low", 29.0, 25.0, 0.0)) == {"open_level": "medium", "n_open": 2}
    assert found(("violation", 0.5, 0.1, 0.0), *proven[1:]) == {"open_level": "violation", "n_open": None}


def test_a_frontier_says_what_is_proven_in_words(firm):
    frontier = trace_frontier(firm, Policy())
    page = render_frontier_report(frontier, firm)
    words = [say_proven(*row) for row in frontier.points.select("open_level", "n_open").iter_rows()]
    assert all(f"<td>{text}</td>" in page for text in words)
    assert frontier.n_proven == words.count("the fewest") > 0
    assert say_proven("low", 1_200) == "up to 1,200 low fewer"
