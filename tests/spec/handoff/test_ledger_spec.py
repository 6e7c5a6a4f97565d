"""What becomes of an open deal whose account moves from T1 (rep R1) to T2 (rep R2), handed over from 5 October 2026."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from evenhand.foundation.working_days import WorkingDays
from evenhand.handoff.credit import settle_credit, state_credit
from evenhand.handoff.handoff import prepare_handoff
from evenhand.policy import Policy

START = dt.date(2026, 10, 5)
TERRITORIES = [
    {"territory_id": "G", "parent_territory_id": None},
    *({"territory_id": t, "parent_territory_id": "G"} for t in ("T1", "T2")),
]
REPS = [
    {"rep_id": "M", "manager_id": None},
    {"rep_id": "R1", "manager_id": "M"},
    {"rep_id": "R2", "manager_id": "M"},
    {"rep_id": "R0", "manager_id": "M"},
]
CLOUD_FIRST = Policy.of(
    {
        "handoff": {
            "rules": [
                {"name": "cloud", "fields": {"product": ["cloud"]}, "transfer": "in transition"},
                *({name: value for name, value in rule.model_dump().items() if value is not None}
                  for rule in Policy().handoff.rules),
            ]
        }
    }
)  # fmt: skip
LONG_AGO = dt.date(2024, 1, 1)
COVERAGE = [
    {"rep_id": "R1", "territory_id": "T1", "starts_on": LONG_AGO},
    {"rep_id": "R2", "territory_id": "T2", "starts_on": LONG_AGO},
    {"rep_id": "M", "territory_id": "G", "starts_on": LONG_AGO},
]


def hand_over(make_book, *, policy=None, reps=REPS, coverage=COVERAGE, given_up=False, **deal):
    row = {
        "opportunity_id": "O1", "account_id": "A1", "rep_id": "R1", "type": "new", "stage_number": 1,
        "amount_cents": 1_000_01, "closed_on": dt.date(2026, 12, 1), "is_closed": False, "is_won": False,
    } | deal  # fmt: skip
    accounts = [{"account_id": "A1", "territory_id": "T1"}]
    accounts += [] if given_up else [{"account_id": "A2", "territory_id": "T1"}]
    book = make_book(accounts=accounts, territories=TERRITORIES, reps=reps, coverage=coverage, opportunities=[row])
    if "product" in row:  # a further column, which admitting keeps
        wider = book.opportunities.with_columns(product=pl.lit(row["product"]))
        book = replace(book, tables={**book.tables, "opportunities": wider})
    moves = pl.DataFrame(
        {"account_id": ["A1"], "from_territory_id": ["T1"], "to_territory_id": ["T2"], "grade": ["medium"],
         "potential": [1.0]}
    )  # fmt: skip
    assignment = book.accounts.select("account_id", "territory_id").with_columns(
        territory_id=pl.when(pl.col("account_id") == "A1").then(pl.lit("T2")).otherwise("territory_id")
    )
    units = pl.DataFrame({"account_id": ["A1"], "unit_id": ["A1"]})
    return prepare_handoff(book, moves, assignment, units, policy or Policy(), START, {"": WorkingDays()})


def owner_row(make_book, **case):
    handoff = hand_over(make_book, **case)
    assert handoff.ledger.height == 1
    return handoff.ledger.row(0, named=True)


def test_the_days_of_a_handoff(make_book):
    span = hand_over(make_book).timeline.span
    assert span.starts_on == START
    assert span.conversations_until == dt.date(2026, 10, 7)
    assert span.told_on == dt.date(2026, 10, 8)
    assert span.introductions_from == dt.date(2026, 10, 9)
    assert span.earliest_on == dt.date(2026, 10, 19)
    assert span.latest_on == dt.date(2026, 11, 2)


ACCOUNT_ON = dt.date(2026, 10, 19)
INTRODUCED_ON = dt.date(2026, 10, 9)
DEADLINE = START + dt.timedelta(days=90)
LEAVES_ON = dt.date(2026, 11, 20)


def reps_with(rep_id, left_on):
    return [row | ({"left_on": left_on} if row["rep_id"] == rep_id else {}) for row in REPS]


CASES = [
    pytest.param({"stage_number": 1}, "early stage", INTRODUCED_ON, None, id="early: with the introduction"),
    pytest.param({"stage_number": 2}, "early stage", INTRODUCED_ON, None, id="stage 2 is early"),
    pytest.param({"stage_number": 3}, "late stage", DEADLINE + dt.timedelta(1), DEADLINE, id="late: the deadline"),
    pytest.param(
        {"stage_number": None}, "late stage", DEADLINE + dt.timedelta(1), DEADLINE, id="unknown stage is late"
    ),
    pytest.param(
        {"stage_number": 4, "closed_on": dt.date(2026, 9, 1)},
        "late stage",
        DEADLINE + dt.timedelta(1),
        DEADLINE,
        id="a slipped close date changes nothing",
    ),
    pytest.param({"type": "renewal", "stage_number": 4}, "renewal", ACCOUNT_ON, None, id="renewal"),
    pytest.param(
        {"type": "renewal", "closed_on": dt.date(2026, 10, 12)},
        "renewal",
        dt.date(2026, 11, 3),
        dt.date(2026, 11, 2),
        id="renewal due before: its rep closes it",
    ),
    pytest.param(
        {"stage_number": 4, "reps": reps_with("R1", LEAVES_ON)},
        "late stage",
        LEAVES_ON + dt.timedelta(1),
        DEADLINE,
        id="its rep leaves before the deadline",
    ),
    pytest.param({"stage_number": 4, "given_up": True}, "late stage", ACCOUNT_ON, None, id="the territory is given up"),
    pytest.param(
        {"stage_number": 4, "rep_id": "R9", "coverage": COVERAGE[1:]},
        "late stage",
        dt.date(2026, 10, 8),
        None,
        id="nobody is left to keep it",
    ),
    pytest.param({"coverage": [COVERAGE[0]]}, "early stage", None, None, id="nobody can take it"),
    pytest.param({"rep_id": "R2"}, "early stage", None, None, id="the new rep has it already"),
    pytest.param(
        {"stage_number": 3, "rep_id": None},
        "late stage",
        DEADLINE + dt.timedelta(1),
        DEADLINE,
        id="a deal without a rep is its seat's",
    ),
    pytest.param(
        {"stage_number": 4, "rep_id": "R0"},
        "late stage",
        DEADLINE + dt.timedelta(1),
        DEADLINE,
        id="moved before: the rep who still has it hands it on",
    ),
    pytest.param(
        {"stage_number": 5, "product": "cloud"}, "cloud", ACCOUNT_ON, None, id="a rule on a column of the firm's"
    ),
]


@pytest.mark.parametrize(("case", "rule", "transfers_on", "deadline_on"), CASES)
def test_who_owns_it_until_when(make_book, case, rule, transfers_on, deadline_on):
    reps = case.get("reps", REPS)
    if case.get("rep_id") == "R9" or case.get("coverage") == [COVERAGE[0]]:
        reps = [{**row, "manager_id": None} for row in REPS]
    if "product" in case:
        case = case | {"policy": CLOUD_FIRST}
    row = owner_row(make_book, **(case | {"reps": reps}))
    assert row["rule"] == rule
    assert row["transfers_on"] == transfers_on
    assert row["deadline_on"] == deadline_on
    assert row["owner_until"] == (None if transfers_on is None else transfers_on - dt.timedelta(days=1))
    assert row["credit_share_from"] + row["credit_share_to"] == 1


def test_the_documentation_has_every_case_as_it_is():
    """The table of the page is this one: no row more, none less."""
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "the-handoff.md").read_text(encoding="utf-8")
    shown = {line for line in page.partition("## Cases\n")[2].partition("\n## ")[0].splitlines() if line[:1] == "|"}
    expected = {
        f"| {case.id} | {case.values[1]} | {case.values[2] or 'stays'} | {case.values[3] or '–'} |" for case in CASES
    }
    assert shown - {"| deal | rule | transfers on | deadline |", "|---|---|---|---|"} == expected


def test_a_family_of_three_generations_that_moves_in_part_is_named(make_book):
    book = make_book(
        accounts=[
            {"account_id": "A1", "territory_id": "T1"},
            {"account_id": "A2", "territory_id": "T1", "parent_account_id": "A1"},
            {"account_id": "A3", "territory_id": "T1", "parent_account_id": "A2"},
        ],
        territories=TERRITORIES, reps=REPS, coverage=COVERAGE,
        opportunities=[{"opportunity_id": "O1", "account_id": "A3", "rep_id": "R1", "stage_number": 1}],
    )  # fmt: skip
    moves = pl.DataFrame(
        {"account_id": ["A3"], "from_territory_id": ["T1"], "to_territory_id": ["T2"], "grade": ["low"],
         "potential": [1.0]}
    )  # fmt: skip
    units = moves.select("account_id", unit_id="account_id")
    handoff = prepare_handoff(
        book, moves, book.accounts.select("account_id", "territory_id"), units, Policy(), START, {"": WorkingDays()}
    )
    assert [(one.code, one.evidence["ids"]) for one in handoff.findings] == [("HO106", ["A1"])]


def test_without_a_deadline_a_late_deal_stays(make_book):
    policy = Policy.of({"handoff": {"rules": [{"name": "all", "transfer": "at close"}]}})
    row = owner_row(make_book, policy=policy, stage_number=5)
    assert (row["transfers_on"], row["credit_share_from"]) == (None, 1.0)


def test_a_manager_stands_in_for_an_empty_seat(make_book):
    handoff = hand_over(make_book, coverage=[COVERAGE[0], COVERAGE[2]])
    assert handoff.ledger["credit_to"].to_list() == ["M"]
    assert [finding.code for finding in handoff.findings] == ["HO103"]


@pytest.mark.parametrize(
    ("won_on", "credit"),
    [
        (dt.date(2026, 10, 8), {"R1": 1_000_01}),
        (dt.date(2026, 10, 9), {"R1": 500_01, "R2": 500_00}),
        (dt.date(2026, 12, 8), {"R1": 500_01, "R2": 500_00}),
        (dt.date(2026, 12, 9), {"R2": 1_000_01}),
    ],
)
def test_a_deal_won_within_60_days_of_its_transfer_pays_both(make_book, won_on, credit):
    handoff = hand_over(make_book)
    later = make_book(
        dt.date(2027, 1, 31),
        opportunities=[
            {"opportunity_id": "O1", "account_id": "A1", "amount_cents": 1_000_01, "closed_on": won_on,
             "is_closed": True, "is_won": True}
        ],
    )  # fmt: skip
    settled = settle_credit(handoff.ledger, later)
    assert dict(state_credit(settled).select("rep_id", "credit_cents").iter_rows()) == credit
    assert settled["credit_cents"].sum() == 1_000_01


@pytest.mark.parametrize("state", [{"is_closed": True, "is_won": False}, {"is_closed": False, "is_won": False}])
def test_a_deal_that_is_lost_or_open_again_pays_nobody(make_book, state):
    later = make_book(
        dt.date(2027, 1, 31),
        opportunities=[{"opportunity_id": "O1", "account_id": "A1", "amount_cents": 5, **state}],
    )
    assert settle_credit(hand_over(make_book).ledger, later).height == 0


def test_the_rep_who_gains_is_told_after_the_conversation_with_the_rep_who_loses(make_book):
    tasks = hand_over(make_book).tasks
    by_kind = {row["kind"]: row for row in tasks.iter_rows(named=True)}
    assert by_kind["gaining message"]["after"] == by_kind["losing conversation"]["task_id"]
    assert by_kind["gaining message"]["due_on"] > by_kind["losing conversation"]["due_on"]
    assert by_kind["introduction"]["after"] == by_kind["gaining message"]["task_id"]
    assert by_kind["losing conversation"]["owner_id"] == "M"
    assert by_kind["losing conversation"]["with_id"] == "R1"


def test_the_change_set_names_every_owner_and_territory(make_book):
    changes = hand_over(make_book).changes
    assert changes.select("object", "id", "field", "before", "after").rows() == [
        ("opportunity", "O1", "territory_id", "T1", "T2"),
        ("opportunity", "O1", "owner_id", "R1", "R2"),
        ("account", "A1", "territory_id", "T1", "T2"),
        ("account", "A1", "owner_id", "R1", "R2"),
    ]
