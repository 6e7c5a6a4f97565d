"""Territories against their ranges: capacity, roll-up, layers and what can't be told."""

import datetime as dt

import pytest

from evenhand.diagnose import diagnose
from evenhand.foundation.errors import InputError
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
YEAR = {"period_start": dt.date(2025, 10, 1), "period_end": AS_OF}


def accounts(**counts):
    return [
        {"account_id": f"{seat}-{i}", "territory_id": seat, "potential": 10.0, "workload_hours": 20.0}
        for seat, n in counts.items()
        for i in range(n)
    ]


def deals(seat, n_won, n_lost, amount_cents=100):
    return [
        {
            "opportunity_id": f"{seat}-{i}",
            "account_id": f"{seat}-0",
            "amount_cents": amount_cents,
            "created_on": dt.date(2026, 1, 1),
            "closed_on": dt.date(2026, 6, 1),
            "is_closed": True,
            "is_won": i < n_won,
        }
        for i in range(n_won + n_lost)
    ]


def look(diagnosis, territory, measure, *columns, layer=None):
    rows = diagnosis.territories.filter(territory_id=territory, measure=measure)
    rows = rows if layer is None else rows.filter(layer=layer)
    assert rows.height == 1
    row = rows.select(columns).row(0)
    return row[0] if len(columns) == 1 else row


def test_half_a_seat_should_hold_half(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}, {"territory_id": "T2", "capacity_share": 0.5}],
        accounts=accounts(T1=20, T2=10),
    )
    policy = Policy.of({"ranges": {"qualified": {"low": 4, "high": 8}, "accounts": {"tolerance": 0.1}}})
    diagnosis = diagnose(book, policy)
    assert look(diagnosis, "T1", "accounts", "low", "high", "status") == (
        pytest.approx(18),
        pytest.approx(22),
        "within",
    )
    assert look(diagnosis, "T2", "accounts", "low", "high", "status") == (pytest.approx(9), pytest.approx(11), "within")
    assert look(diagnosis, "T2", "qualified", "low", "high") == (2.0, 4.0)
    assert look(diagnosis, "T2", "workload_share", "value") == pytest.approx(200 / 750)


def test_a_bound_belongs_to_the_range(make_book):
    book = make_book(AS_OF, territories=[{"territory_id": "T1"}], accounts=accounts(T1=10))
    for low, high, status in ((10, 20, "within"), (0, 10, "within"), (11, 20, "under"), (0, 9, "over")):
        policy = Policy.of({"ranges": {"accounts": {"low": low, "high": high}}})
        assert look(diagnose(book, policy), "T1", "accounts", "status") == status


def test_groups_have_the_figures_of_their_seats(make_book):
    book = make_book(
        AS_OF,
        territories=[
            {"territory_id": "ALL"},
            {"territory_id": "EAST", "parent_territory_id": "ALL"},
            {"territory_id": "T1", "parent_territory_id": "EAST"},
            {"territory_id": "T2", "parent_territory_id": "EAST"},
            {"territory_id": "T3", "parent_territory_id": "ALL"},
        ],
        accounts=accounts(T1=1, T2=2, T3=4),
        opportunities=[*deals("T1", 1, 9), *deals("T2", 10, 20), *deals("T3", 5, 5)],
        quotas=[
            {"territory_id": "T1", **YEAR, "amount_cents": 100, "attained_cents": 50},
            {"territory_id": "T2", **YEAR, "amount_cents": 300, "attained_cents": 450},
            {"territory_id": "EAST", **YEAR, "amount_cents": 999, "attained_cents": 999},
            {"territory_id": "T3", **YEAR, "amount_cents": 0, "attained_cents": 7},
        ],
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "EAST", "accounts", "value", "is_seat", "capacity_share") == (3, False, 2.0)
    assert look(diagnosis, "ALL", "accounts", "value") == 7
    assert look(diagnosis, "EAST", "win_rate", "value") == pytest.approx(11 / 40)
    assert look(diagnosis, "EAST", "attainment", "value") == pytest.approx(500 / 400)
    assert look(diagnosis, "ALL", "attainment", "value") == pytest.approx(500 / 400)
    value, status, reason = look(diagnosis, "T3", "attainment", "value", "status", "reason_missing")
    assert (value, status) == (None, "unknown")
    assert "above zero" in reason
    assert diagnosis.team.filter(measure="accounts")["value"].to_list() == [7]


def test_accounts_of_a_group_itself_count_for_it_and_the_team(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "ALL"}, {"territory_id": "T1", "parent_territory_id": "ALL"}],
        accounts=accounts(ALL=2, T1=3),
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "ALL", "accounts", "value") == 5
    assert look(diagnosis, "T1", "accounts", "value", "high") == (3, pytest.approx(3 * 1.15))


def test_seats_that_can_pass_no_account_are_not_compared(make_book):
    book = make_book(
        AS_OF,
        territories=[
            {"territory_id": "ALL"},
            {"territory_id": "E1", "segment": "enterprise", "parent_territory_id": "ALL"},
            {"territory_id": "E2", "segment": "enterprise", "parent_territory_id": "ALL"},
            {"territory_id": "S1", "segment": "smb", "parent_territory_id": "ALL"},
            {"territory_id": "S2", "segment": "smb", "parent_territory_id": "ALL"},
        ],
        accounts=[
            {**account, "segment": "enterprise" if account["territory_id"].startswith("E") else "smb"}
            for account in accounts(E1=10, E2=10, S1=100, S2=100)
        ],
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "E1", "accounts", "low", "high") == (pytest.approx(8.5), pytest.approx(11.5))
    assert look(diagnosis, "S2", "accounts", "low", "high") == (pytest.approx(85), pytest.approx(115))
    assert look(diagnosis, "ALL", "accounts", "low", "high") == (pytest.approx(187), pytest.approx(253))


def test_each_layer_is_a_team_of_its_own(make_book):
    book = make_book(
        AS_OF,
        territories=[
            {"territory_id": "T1", "layer": "core"},
            {"territory_id": "T2", "layer": "core"},
            {"territory_id": "X1", "layer": "overlay"},
        ],
        accounts=accounts(T1=2, T2=4),
        ownership=[
            {"account_id": "T1-0", "territory_id": "X1", "starts_on": dt.date(2026, 1, 1)},
            {"account_id": "T2-0", "territory_id": "X1", "starts_on": dt.date(2026, 1, 1)},
            {"account_id": "T2-1", "territory_id": "X1", "starts_on": dt.date(2025, 1, 1), "ends_on": AS_OF},
            {"account_id": "T2-2", "territory_id": "T1", "starts_on": dt.date(2026, 1, 1)},
        ],
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "X1", "accounts", "value", "layer") == (2, "overlay")
    assert look(diagnosis, "T2", "accounts", "value", "low") == (4, pytest.approx(3 * 0.85))
    assert diagnosis.team.filter(measure="accounts")["value"].to_list() == [6, 2]


def test_few_deals_are_shown_but_not_judged(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}, {"territory_id": "T3"}],
        accounts=accounts(T1=1, T2=1, T3=1),
        opportunities=[*deals("T1", 1, 8), *deals("T2", 10, 20)],
    )
    diagnosis = diagnose(book, Policy())
    value, status, reason = look(diagnosis, "T1", "win_rate", "value", "status", "reason_missing")
    assert (value, status) == (pytest.approx(1 / 9), "unknown")
    assert reason == "9 deals; the policy asks for 10 before it is judged"
    assert look(diagnosis, "T2", "win_rate", "status") == "within"
    assert look(diagnosis, "T3", "win_rate", "value", "reason_missing") == (
        None,
        "no deal closed in the trailing months",
    )


def test_money_ranges_are_in_units_of_the_currency(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}],
        accounts=accounts(T1=1),
        opportunities=deals("T1", 12, 0, amount_cents=3_000_000),
    )
    policy = Policy.of({"ranges": {"deal_size": {"low": 30_000, "high": 45_000}}})
    assert look(diagnose(book, policy), "T1", "deal_size", "value", "low", "status") == (3e6, 3e6, "within")


@pytest.mark.parametrize(
    ("periods", "coverage", "attainment"),
    [
        # The quarter that runs counts for coverage, not the year it is part of; only closed periods are attained.
        (
            [
                ("2026-07-01", "2026-10-31", 200, 150),
                ("2026-01-01", "2026-12-31", 999, 9),
                ("2026-04-01", "2026-06-30", 100, 80),
            ],
            500,
            0.8,
        ),
        # None runs: the next to start.
        ([("2026-10-01", "2026-12-31", 250, None), ("2027-01-01", "2027-03-31", 9, None)], 400, None),
        # Too long ago.
        ([("2025-07-01", "2025-09-30", 100, 100)], None, None),
        ([("2025-07-02", "2025-10-01", 100, 90), ("2026-01-01", "2026-03-31", 100, None)], None, 0.9),
    ],
)
def test_which_quota_counts(make_book, periods, coverage, attainment):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}],
        accounts=accounts(T1=1),
        opportunities=[{"opportunity_id": "O", "account_id": "T1-0", "amount_cents": 100_000, "is_closed": False}],
        quotas=[
            {
                "territory_id": "T1",
                "period_start": dt.date.fromisoformat(start),
                "period_end": dt.date.fromisoformat(end),
                "amount_cents": quota,
                "attained_cents": attained,
            }
            for start, end, quota, attained in periods
        ],
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "T1", "coverage", "value") == coverage
    assert look(diagnosis, "T1", "attainment", "value") == attainment


def test_what_a_bare_book_lacks_is_said_once_each(make_book):
    book = make_book(AS_OF, territories=[{"territory_id": "T1"}], accounts=[{"account_id": "A", "territory_id": "T1"}])
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "T1", "coverage", "reason_missing") == "no opportunities in the book"
    assert look(diagnosis, "T1", "attainment", "reason_missing") == "no quotas in the book"
    assert look(diagnosis, "T1", "workload_share", "value", "status") == (pytest.approx(1.5 / 1500), "unknown")
    subjects = [(finding.code, finding.subject) for finding in diagnosis.missing]
    assert len(subjects) == len(set(subjects))
    assert {("DG101", "coverage"), ("DG101", "qualified"), ("DG102", "workload_share"), ("DG102", "potential")} <= set(
        subjects
    )
    assert not diagnosis.needs_change
    assert diagnosis.conclusion.startswith("No changes needed")


def test_missing_columns_are_named(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}],
        accounts=accounts(T1=1),
        opportunities=[{"opportunity_id": "O", "account_id": "T1-0", "is_closed": True}],
    )
    reason = look(diagnose(book, Policy()), "T1", "deal_size", "reason_missing")
    assert reason == "the opportunities have no is_won and no closed_on and no amount"


def test_an_empty_territory_and_an_empty_book_are_diagnosed(make_book):
    diagnosis = diagnose(make_book(AS_OF, territories=[{"territory_id": "T1"}], accounts=[]), Policy())
    assert look(diagnosis, "T1", "accounts", "value") == 0
    assert diagnosis.wide.height == 1
    empty = diagnose(make_book(AS_OF, territories=[], accounts=[]), Policy())
    assert empty.territories.height == 0
    assert empty.verdicts == ()


def test_a_seat_without_capacity_has_no_workload_share(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1", "capacity_share": 0.0}, {"territory_id": "T2"}],
        accounts=accounts(T1=1, T2=1),
    )
    diagnosis = diagnose(book, Policy())
    assert look(diagnosis, "T1", "workload_share", "value", "reason_missing") == (None, "the seat has no capacity")
    assert look(diagnosis, "T1", "accounts", "high", "status") == (0, "over")


def test_a_verdict_on_a_measure_that_there_is_not_is_refused_with_the_nearest(make_book):
    policy = Policy.of({"verdict": {"volume_measures": ["acounts"]}})
    with pytest.raises(InputError, match="nearest: accounts"):
        diagnose(make_book(AS_OF, territories=[], accounts=[]), policy)
