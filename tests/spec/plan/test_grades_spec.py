"""The grade of a move, from dated facts: one row for each rule.

| grade  | facts |
|--------|-------|
| low    | no active pipeline, nothing won in 12 months, no relationship, no recent activity |
| medium | some activity or a recent win or an early opportunity, none past discovery |
| high   | a mid or late opportunity, an executive relationship, or an anchor account |
"""

import datetime as dt

import pytest

from evenhand.plan.grades import describe_grade, grade_accounts
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)


def opportunity(**facts):
    return {"opportunity_id": "O1", "account_id": "A1", "amount_cents": 5_000_000, "is_closed": False, **facts}


CASES = [
    ("nothing known", {}, [], [], "low"),
    ("activity 91 days ago", {}, [], [dt.date(2026, 7, 1)], "low"),
    ("activity 89 days ago", {}, [], [dt.date(2026, 7, 3)], "medium"),
    ("activity in the future doesn't count", {}, [], [dt.date(2026, 10, 3)], "low"),
    ("last activity on the account", {"last_activity_on": dt.date(2026, 9, 1)}, [], [], "medium"),
    (
        "won within 12 months",
        {},
        [{"is_closed": True, "is_won": True, "closed_on": dt.date(2025, 10, 1)}],
        [],
        "medium",
    ),
    ("won longer ago", {}, [{"is_closed": True, "is_won": True, "closed_on": dt.date(2025, 9, 30)}], [], "low"),
    ("lost lately", {}, [{"is_closed": True, "is_won": False, "closed_on": dt.date(2026, 9, 1)}], [], "low"),
    ("open in discovery", {}, [{"stage_number": 2}], [], "medium"),
    ("open in stage 3", {}, [{"stage_number": 3}], [], "high"),
    ("open, stage unknown: can't be excluded", {}, [{"stage_number": None}], [], "high"),
    ("stage 4 but closed", {}, [{"stage_number": 4, "is_closed": True, "is_won": False}], [], "low"),
    ("executive relationship", {"executive_relationship": True}, [], [], "high"),
    ("anchor account", {"anchor": True}, [], [], "high"),
]


@pytest.mark.parametrize(("case", "account", "opportunities", "activities", "grade"), CASES, ids=[c[0] for c in CASES])
def test_grade(make_book, case, account, opportunities, activities, grade):
    book = make_book(
        as_of=AS_OF,
        accounts=[{"account_id": "A1", "territory_id": "T1", **account}],
        territories=[{"territory_id": "T1"}],
        opportunities=[opportunity(**facts) for facts in opportunities],
        activities=[{"account_id": "A1", "happened_on": day} for day in activities],
    )
    graded = grade_accounts(book, Policy())
    assert ["low", "medium", "high"][graded["grade"][0]] == grade


def test_the_evidence_names_the_records_and_dates(make_book):
    book = make_book(
        as_of=AS_OF,
        accounts=[
            {"account_id": "A1", "territory_id": "T1", "executive_relationship": True},
            {"account_id": "A2", "territory_id": "T1", "last_activity_on": dt.date(2026, 1, 5)},
            {"account_id": "A3", "territory_id": "T1"},
        ],
        territories=[{"territory_id": "T1"}],
        opportunities=[
            opportunity(stage_number=4),
            opportunity(opportunity_id="O2", stage_number=3),
            opportunity(
                opportunity_id="O3", account_id="A3", is_closed=True, is_won=True, closed_on=dt.date(2026, 8, 9)
            ),
        ],
        activities=[],
    )
    graded = grade_accounts(book, Policy())
    words = graded.select(evidence=describe_grade(book, Policy()))["evidence"].to_list()
    assert "open opportunity O1 in stage 4 (50000 USD) and 1 more" in words[0]
    assert "executive relationship" in words[0]
    assert "no activity since 2026-07-02 (last 2026-01-05)" in words[1]
    assert "no open opportunity; none won since 2025-09-30" in words[1]
    assert "opportunity O3 won on 2026-08-09" in words[2]


def test_missing_tables_are_said(make_book):
    book = make_book(accounts=[{"account_id": "A1", "territory_id": "T1"}], territories=[{"territory_id": "T1"}])
    graded = grade_accounts(book, Policy())
    words = graded.select(evidence=describe_grade(book, Policy()))["evidence"][0]
    assert words == "no opportunities in the book; no activities in the book"


def test_thresholds_come_from_the_policy(make_book):
    book = make_book(
        as_of=AS_OF,
        accounts=[{"account_id": "A1", "territory_id": "T1", "anchor": True}],
        territories=[{"territory_id": "T1"}],
        opportunities=[opportunity(stage_number=3)],
        activities=[],
    )
    policy = Policy().with_values({"grades.early_stage_max": 3, "grades.anchor_is_high": False})
    assert grade_accounts(book, policy)["grade"][0] == 1
