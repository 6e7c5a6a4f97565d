"""Firms at the edge of what there is to plan."""

import pytest

from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy


def plan_of(book, policy=None):
    policy = policy or Policy()
    plan = make_plan(book, policy)
    verification = verify_plan(write_record(plan, render_policy(policy)), book)
    assert verification.holds, verification.findings
    return plan


def territories(*ids):
    return [{"territory_id": name} for name in ids]


def test_no_accounts(make_book):
    plan = plan_of(make_book(territories=territories("T1", "T2")))
    assert (plan.n_moves, plan.status, plan.violation) == (0, "optimal", 0)


def test_one_territory(make_book):
    plan = plan_of(
        make_book(accounts=[{"account_id": "A", "territory_id": "T1", "potential": 3.0}], territories=territories("T1"))
    )
    assert (plan.n_moves, plan.status) == (0, "optimal")
    assert "PL111" in {finding.code for finding in plan.findings}


def test_everyone_churned(make_book):
    import datetime as dt

    accounts = [{"account_id": "A", "territory_id": "T1", "potential": 3.0, "churned_on": dt.date(2026, 1, 1)}]
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")))
    assert plan.assignment.rows() == [("A", "T1")]


def test_no_potential_anywhere(make_book):
    accounts = [{"account_id": f"A{i}", "territory_id": "T1", "potential": 0.0} for i in range(4)]
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")))
    assert plan.violation == 0


def test_no_bands_no_moves(make_book):
    accounts = [{"account_id": f"A{i}", "territory_id": "T1", "potential": 5.0} for i in range(4)]
    policy = Policy().with_values({"bands.potential": "off", "bands.workload_ceiling": "off"})
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")), policy)
    assert plan.n_moves == 0


def test_all_locked_and_uneven_names_what_is_in_the_way(make_book):
    accounts = [{"account_id": f"A{i}", "territory_id": "T1", "potential": 5.0, "locked": True} for i in range(4)]
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")))
    assert plan.status == "infeasible_bands"
    assert plan.n_moves == 0
    assert plan.relaxation is not None
    assert {(territory, measure) for territory, measure, _ in plan.relaxation.binding} == {
        ("T1", "potential"), ("T2", "potential"),
    }  # fmt: skip
    assert plan.relaxation.widening_share == pytest.approx(0.85)


def test_move_limits_are_kept(make_book):
    accounts = [{"account_id": f"A{i:02}", "territory_id": "T1", "potential": 1.0} for i in range(30)]
    book = make_book(accounts=accounts, territories=territories("T1", "T2", "T3"))
    free = plan_of(book)
    assert free.violation == 0
    for entry, most in (("moves.most_moves", 5), ("moves.most_moves_from", 6), ("moves.most_moves_into", 3)):
        limited = plan_of(book, Policy().with_values({entry: most}))
        assert limited.n_moves <= most * (2 if entry.endswith("into") else 1)
        assert limited.violation > 0


def test_gentle_moves_come_first(make_book):
    accounts = [
        {"account_id": f"A{i}", "territory_id": "T1", "potential": 10.0, "executive_relationship": i < 4}
        for i in range(8)
    ]
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")))
    assert plan.moves_by_grade == {"low": 4, "medium": 0, "high": 0}


def test_high_accounts_move_only_where_balance_needs_it(make_book):
    accounts = [
        {"account_id": f"A{i}", "territory_id": "T1", "potential": 10.0, "executive_relationship": i < 6}
        for i in range(8)
    ]
    plan = plan_of(make_book(accounts=accounts, territories=territories("T1", "T2")))
    assert plan.moves_by_grade == {"low": 2, "medium": 0, "high": 2}
    high = next(level for level in plan.levels if level.level == "high")
    assert high.proven
    assert high.bound == pytest.approx(2)
