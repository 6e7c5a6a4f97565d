import datetime as dt
from dataclasses import replace

import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.edits import parse_edit
from evenhand.plan.events import parse_event
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.scenarios import (
    AGREED,
    Scenario,
    Side,
    compare,
    find_difference,
    order_scenarios,
    parse_scenarios,
    render_scenarios,
    solve_scenarios,
)
from evenhand.plan.scenarios.figures import list_figures
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy

TEXT = """
[scenario.narrow]
description = "Within 10 %"
[scenario.narrow.bands]
potential = 0.1

[scenario.left]
parent = "narrow"
event = ["rep-left:territory=T2"]
lock = ["A00"]
edit = ["move:A10=T0"]
"""


@pytest.fixture(scope="module")
def book(make_book):
    potentials = {"T0": [40, 40, 40, 20], "T1": [40, 30, 20, 10], "T2": [40, 20, 20]}
    return make_book(
        as_of=dt.date(2026, 9, 30),
        accounts=[
            {"account_id": f"A{t[1]}{i}", "territory_id": t, "potential": float(potential), "name": f"Account {t}{i}"}
            for t, listed in potentials.items()
            for i, potential in enumerate(listed)
        ],
        territories=[{"territory_id": t, "parent_territory_id": "G"} for t in potentials] + [{"territory_id": "G"}],
        quotas=[
            {
                "territory_id": t,
                "amount_cents": 100_000,
                "period_start": dt.date(2026, 7, 1),
                "period_end": dt.date(2026, 9, 30),
            }
            for t in potentials
        ],
    )


@pytest.fixture(scope="module")
def policy():
    return Policy.of({"bands": {"potential": 0.2, "workload_ceiling": "off"}})


@pytest.fixture(scope="module")
def solved(book, policy):
    return solve_scenarios(book, policy, parse_scenarios(TEXT))


def test_scenarios_read_back_as_they_are_written():
    scenarios = parse_scenarios(TEXT)
    assert parse_scenarios(render_scenarios(scenarios)) == scenarios
    assert len({hash(scenario) for scenario in scenarios}) == 2
    assert scenarios[1].edits == ("lock:A00", "move:A10=T0")
    assert parse_scenarios(TEXT)[0].content_hash == scenarios[0].content_hash


def test_the_overlays_of_the_policy_are_scenarios_too():
    listed = parse_scenarios("", {"gentle": {"bands": {"potential": 0.3}}})
    assert [scenario.name for scenario in listed] == ["gentle"]


def test_everything_wrong_in_a_file_is_named():
    with pytest.raises(InputError) as error:
        parse_scenarios(
            """
            [scenario.a]
            event = ["rep-leaves:territory=T1"]
            edit = ["move:A1"]
            [scenario.a.bands]
            potentiel = 0.1
            [scenario.b]
            lock = "A1"
            [other]
            """
        )
    text = str(error.value)
    for part in ("rep-leaves", "move:A1", "potentiel", "scenario b, lock", "other"):
        assert part.replace("move:A1", "move") in text, text


@pytest.mark.parametrize(
    ("scenarios", "says"),
    [
        ([Scenario("a", parent="b"), Scenario("b", parent="a")], "its own ancestor"),
        ([Scenario("a"), Scenario("a")], "more than once"),
        ([Scenario("a", parent="z")], "isn't there"),
        ([Scenario("agreed", parent="a"), Scenario("a")], "has no parent"),
    ],
)
def test_families_of_scenarios_that_make_no_sense_are_refused(scenarios, says):
    with pytest.raises(InputError, match=says):
        order_scenarios(scenarios)


@pytest.mark.parametrize("name", ["", "a/b", "..", " a"])
def test_a_name_has_to_do_for_a_folder(name):
    with pytest.raises(InputError, match="name of a folder"):
        Scenario(name)


def test_a_child_has_all_that_its_parent_has():
    child = next(scenario for scenario in order_scenarios(parse_scenarios(TEXT)) if scenario.name == "left")
    assert child.changes == {"bands": {"potential": 0.1}}
    assert child.parent == "narrow"


def test_every_scenario_is_solved_and_its_proof_holds(book, solved):
    assert [one.scenario.name for one in solved] == [AGREED, "narrow", "left"]
    for one in solved:
        assert verify_plan(write_record(one.plan, render_policy(one.policy)), book).holds, one.scenario.name
    agreed, narrow, left = (one.plan for one in solved)
    assert agreed.scenario is None
    assert (narrow.scenario, narrow.parent, left.parent) == ("narrow", AGREED, "narrow")
    assert narrow.n_moves >= agreed.n_moves
    places = dict(left.assignment.iter_rows())
    assert "T2" not in places.values()
    assert places["A10"] == "T0"
    assert places["A00"] == "T0"


def test_the_plans_are_the_same_alone_and_one_at_a_time(book, policy, solved):
    again = solve_scenarios(book, policy, parse_scenarios(TEXT)[:1], n_side_by_side=1)
    first, other = write_record(solved[1].plan, ""), write_record(again[1].plan, "")
    assert all(table.equals(other.tables[name]) for name, table in first.tables.items())


def test_a_child_is_as_good_as_when_it_is_solved_alone(book, solved):
    for one in solved[1:]:
        events = [parse_event(text) for text in one.scenario.events]
        edits = [parse_edit(text) for text in one.scenario.edits]
        alone = make_plan(book, one.policy, events=events, edits=edits)
        assert one.plan.violation == pytest.approx(alone.violation, abs=1e-9)
        assert one.plan.moves_by_grade == alone.moves_by_grade
        assert one.plan.gap <= alone.gap + 1e-9


def test_what_a_scenario_says_of_accounts_that_are_not_there_is_refused(book, policy):
    with pytest.raises(InputError, match="no active account"):
        solve_scenarios(book, policy, [Scenario("x", edits=("lock:ZZ",))])


def test_plans_side_by_side(solved):
    comparison = compare([Side.of_plan(one.scenario.name, one.plan) for one in solved])
    assert comparison.figures.columns == ["figure", AGREED, "narrow", "left"]
    team = comparison.territories.filter(territory_id="*", measure="potential").row(0, named=True)
    assert team["before"] == team[AGREED] == team["left"] == 320
    group = comparison.territories.filter(territory_id="G", measure="accounts").row(0, named=True)
    assert group["before"] == group["narrow"] == 11
    assert not group["is_seat"]
    left = comparison.differences[1]
    moved = {row["account_id"]: row for row in left.accounts.iter_rows(named=True)}
    assert moved["A10"]["territory_id_second"] == "T0"
    assert moved["A10"]["reason_first"] == "stays" or moved["A10"]["territory_id_first"] != "T1"
    assert {row["measure"] for row in left.territories.iter_rows(named=True)} >= {"accounts", "potential"}
    assert left.quotas["change_cents"].sum() == 0


def test_figures_say_what_the_moves_lose_and_how_far_apart_seats_end(solved):
    sides = [Side.of_plan(one.scenario.name, one.plan) for one in solved]
    figures = {row["figure"]: row for row in compare(sides).figures.iter_rows(named=True)}
    for one, side in zip(solved, sides, strict=True):
        name, plan = side.name, one.plan
        lost = plan.ramp["lost_cents"].sum()
        assert figures["business lost while accounts are new"][name] == f"{lost / 100:,.2f}"
        low, high = plan.ramp["lost_cents_low"].sum(), plan.ramp["lost_cents_high"].sum()
        assert figures["business lost, low to high"][name] == f"{low / 100:,.0f} to {high / 100:,.0f}"
        assert low <= lost <= high
        per_account = plan.consequences.ramp.accounts["lost_days"]
        assert float(figures["days of business lost per account that moves"][name]) == pytest.approx(
            per_account.mean(), abs=0.6
        )
        for end in ("before", "after"):
            attainment = plan.fairness[f"attainment_{end}"].drop_nulls()
            assert figures[f"lowest expected attainment {end}"][name] == f"{attainment.min():.1%}".replace("%", " %")
        assert figures["ramp taken from"][name] == "the policy"


def test_a_plan_that_does_not_say_what_follows_is_compared_without(solved):
    plan = solved[0].plan
    figures = list_figures(Side.of_plan("a", replace(plan, consequences=None)))
    assert figures["moves"] == f"{plan.n_moves}"
    assert not [name for name in figures if "lost" in name or "attainment" in name]


def test_the_ramp_is_learned_once_for_scenarios_that_say_the_same_of_it(book, policy):
    patient = Scenario("patient", {"ramp": {"start_share": 0.9}})
    gentle = Scenario("gentle", {"bands": {"potential": 0.3}})
    agreed, other, patient_one = solve_scenarios(book, policy, [gentle, patient])
    assert agreed.plan.consequences.ramp.basis is other.plan.consequences.ramp.basis
    assert patient_one.plan.consequences.ramp.basis is not agreed.plan.consequences.ramp.basis


def test_a_side_is_the_same_from_a_plan_and_from_its_files(solved):
    plan = solved[2].plan
    record = write_record(plan, render_policy(solved[2].policy))
    assert find_difference(Side.of_plan("left", plan), Side.of_record("left", record)).is_empty


def test_what_cannot_be_compared_is_refused(solved, make_book, policy):
    side = Side.of_plan("a", solved[0].plan)
    with pytest.raises(InputError, match="at least two"):
        compare([side])
    with pytest.raises(InputError, match="more than once"):
        compare([side, side])
