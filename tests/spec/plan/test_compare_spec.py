"""What plans side by side, and decisions by hand, have to say: the worked cases of the specification."""

import datetime as dt

import pytest

from evenhand.plan.edits.draft import open_draft
from evenhand.plan.make import make_plan
from evenhand.plan.scenarios import Scenario, Side, compare, find_difference, solve_scenarios
from evenhand.policy import Policy

POLICY = Policy.of({"bands": {"potential": 0.2, "workload_ceiling": "off"}})


@pytest.fixture(scope="module")
def book(make_book):
    """T0 holds 140, T1 and T2 hold 100 and 60, of 300: a fair share is 100."""
    potentials = {"T0": [40, 30, 30, 20, 20], "T1": [40, 30, 30], "T2": [30, 20, 10]}
    return make_book(
        dt.date(2026, 9, 30),
        accounts=[
            {"account_id": f"A{t[1]}{i}", "territory_id": t, "potential": float(potential)}
            for t, listed in potentials.items()
            for i, potential in enumerate(listed)
        ],
        territories=[{"territory_id": t} for t in potentials],
        quotas=[
            {
                "territory_id": t,
                "amount_cents": 10_000_000,
                "period_start": dt.date(2026, 10, 1),
                "period_end": dt.date(2026, 12, 31),
            }
            for t in potentials
        ],
    )


@pytest.fixture(scope="module")
def sides(book):
    wanted = [Scenario("wide", {"bands": {"potential": 0.4}}), Scenario("narrow", {"bands": {"potential": 0.1}})]
    return {
        one.scenario.name: Side.of_plan(one.scenario.name, one.plan) for one in solve_scenarios(book, POLICY, wanted)
    }


def potential(side):
    rows = side.hierarchy.filter("is_seat", measure="potential")
    return dict(rows.select("territory_id", "after").iter_rows())


def test_a_wider_band_needs_no_move_and_costs_nothing(sides):
    figures = dict(compare(list(sides.values())).figures.select("figure", "wide").iter_rows())
    assert potential(sides["wide"]) == {"T0": 140, "T1": 100, "T2": 60}
    assert figures["moves"] == "0"
    assert figures["business lost while accounts are new"] == "0.00"
    assert figures["largest ÷ smallest potential after"] == "2.33"


def test_the_agreed_band_needs_one_move_from_the_fullest_to_the_emptiest(sides):
    agreed = sides["agreed"]
    assert sum(agreed.moves_by_grade.values()) == 1
    assert set(agreed.moves.select("from_territory_id", "to_territory_id").row(0)) == {"T0", "T2"}
    assert all(80 <= held <= 120 for held in potential(agreed).values())


def test_a_narrower_band_is_more_even_for_no_fewer_moves(sides):
    assert sum(sides["narrow"].moves_by_grade.values()) >= sum(sides["agreed"].moves_by_grade.values())
    assert all(90 <= held <= 110 for held in potential(sides["narrow"]).values())


def test_a_difference_names_the_account_and_each_plans_reason(sides):
    difference = find_difference(sides["wide"], sides["agreed"])
    moved = sides["agreed"].moves.row(0, named=True)
    (row,) = difference.accounts.to_dicts()
    assert row["account_id"] == moved["account_id"]
    assert (row["territory_id_first"], row["territory_id_second"]) == ("T0", "T2")
    assert row["reason_first"] == "stays"
    assert row["effect"] == "goes from T0 to T2 in agreed alone"
    assert difference.quotas["change_cents"].sum() == 0


def test_a_scenario_does_not_differ_from_itself(sides):
    assert all(find_difference(side, side).is_empty for side in sides.values())


def test_a_move_by_hand_says_what_it_breaks_and_undo_gives_back_what_was(book):
    plan = make_plan(book, POLICY)
    draft = open_draft(plan, book, POLICY).move("A10", "T0")
    edited = draft.plan()
    side = Side.of_plan("edited", edited)
    assert dict(edited.assignment.iter_rows())["A10"] == "T0"
    assert potential(side)["T0"] > 120
    assert edited.violation > 0
    assert side.edits == ("move:A10=T0",)
    assert find_difference(Side.of_plan("plan", plan), side).accounts["account_id"].to_list() == ["A10"]
    undone = draft.undo().plan()
    assert undone.assignment.write_csv() == plan.assignment.write_csv()
    assert find_difference(Side.of_plan("plan", plan), Side.of_plan("undone", undone)).accounts.is_empty()
