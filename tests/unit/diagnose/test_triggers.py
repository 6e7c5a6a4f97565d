"""Triggers fire on what happened, stay quiet on what did not, and say what they can't tell."""

import datetime as dt

import pytest

from evenhand.diagnose import State, TriggerSeverity, diagnose
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
DAY = dt.timedelta(days=1)


def accounts(seat, n, **facts):
    return [
        {
            "account_id": f"{seat}-{i}",
            "territory_id": seat,
            "potential": 1.0,
            "created_on": dt.date(2024, 1, 1),
            **facts,
        }
        for i in range(n)
    ]


@pytest.fixture
def pull(make_book):
    def run(name, policy=None, territories=("T1", "T2"), **tables):
        tables.setdefault("accounts", [*accounts("T1", 4), *accounts("T2", 4)])
        book = make_book(AS_OF, territories=[{"territory_id": t} for t in territories], **tables)
        found = {trigger.name: trigger for trigger in diagnose(book, Policy.of(policy or {})).triggers}
        return found[name]

    return run


@pytest.mark.parametrize(
    ("most", "fewest", "state"),
    [
        (60, 50, State.NEAR),
        (61, 50, State.FIRED),
        (57, 50, State.QUIET),
        (6, 4, State.NEAR),
        (5, 0, State.FIRED),
        (4, 0, State.NEAR),
        (0, 0, State.QUIET),
    ],
)
def test_qualified_spread(pull, most, fewest, state):
    qualified = {"in_buying_cycle": True}
    trigger = pull(
        "qualified_spread",
        accounts=[
            *accounts("T1", most, **qualified),
            *accounts("T2", fewest, **qualified),
            {"account_id": "x", "territory_id": "T1", "in_buying_cycle": False},
        ],
    )
    assert trigger.state is state
    if state is State.FIRED:
        assert trigger.territory_ids == ("T1", "T2")


def test_qualified_spread_is_per_capacity(make_book):
    book = make_book(
        AS_OF,
        territories=[{"territory_id": "T1"}, {"territory_id": "T2", "capacity_share": 0.5}],
        accounts=[*accounts("T1", 100, in_buying_cycle=True), *accounts("T2", 50, in_buying_cycle=True)],
    )
    found = {trigger.name: trigger for trigger in diagnose(book, Policy()).triggers}
    assert found["qualified_spread"].value == 0
    assert found["qualified_spread"].state is State.QUIET


@pytest.mark.parametrize(
    ("n_days", "state"),
    [(0, State.NEAR), (1, State.NEAR), (14, State.NEAR), (15, State.FIRED), (-14, State.NEAR), (-15, State.QUIET)],
)
def test_vacancy_counts_days_since_the_last_rep(pull, n_days, state):
    trigger = pull(
        "vacancy",
        coverage=[
            {"rep_id": "R1", "territory_id": "T1", "starts_on": dt.date(2025, 1, 1), "ends_on": AS_OF - n_days * DAY},
            {"rep_id": "R2", "territory_id": "T2", "starts_on": dt.date(2025, 1, 1)},
        ],
    )
    assert trigger.state is state
    if state is State.FIRED:
        assert trigger.territory_ids == ("T1",)
        assert trigger.since == AS_OF - (n_days - 1) * DAY
        assert trigger.severity is TriggerSeverity.HIGH


def test_a_rep_who_left_covers_nothing(pull):
    covers = [{"rep_id": f"R{i}", "territory_id": f"T{i}", "starts_on": dt.date(2025, 1, 1)} for i in (1, 2)]
    trigger = pull(
        "vacancy", coverage=covers, reps=[{"rep_id": "R1", "left_on": dt.date(2026, 6, 30)}, {"rep_id": "R2"}]
    )
    assert (trigger.state, trigger.territory_ids, trigger.since) == (State.FIRED, ("T1",), dt.date(2026, 7, 1))


def test_a_seat_that_nobody_ever_covered_is_vacant_and_a_handover_is_not(pull):
    trigger = pull(
        "vacancy",
        coverage=[
            {"rep_id": "R2", "territory_id": "T2", "starts_on": dt.date(2025, 1, 1), "ends_on": AS_OF + 3 * DAY},
            {"rep_id": "R3", "territory_id": "T2", "starts_on": AS_OF + 4 * DAY},
        ],
    )
    assert (trigger.state, trigger.territory_ids) == (State.FIRED, ("T1",))
    assert "no rep on record" in trigger.message


def test_new_hires(pull):
    reps = [
        {"rep_id": "new", "hired_on": AS_OF - 20 * DAY, "manager_id": "boss"},
        {"rep_id": "coming", "hired_on": AS_OF + 20 * DAY},
        {"rep_id": "boss", "hired_on": AS_OF - 20 * DAY},
        {"rep_id": "old", "hired_on": AS_OF - 900 * DAY},
        {"rep_id": "gone", "hired_on": AS_OF - 20 * DAY, "left_on": AS_OF - DAY},
        {"rep_id": "seated", "hired_on": AS_OF - 20 * DAY},
    ]
    covers = [{"rep_id": "seated", "territory_id": "T1", "starts_on": AS_OF + 5 * DAY}]
    trigger = pull("new_hire", reps=reps, coverage=covers)
    assert (trigger.state, trigger.record_ids) == (State.FIRED, {"reps": ("new", "coming")})
    assert pull("new_hire", reps=reps[3:], coverage=covers).state is State.NEAR
    assert pull("new_hire", reps=reps[4:], coverage=covers).state is State.QUIET
    assert pull("new_hire", policy={"triggers": {"new_hire": False}}, reps=reps, coverage=covers).state is State.QUIET
    assert pull("new_hire", reps=reps).state is State.CANNOT_TELL


@pytest.mark.parametrize(
    ("n_lost", "state"), [(2, State.NEAR), (3, State.QUIET), (4, State.NEAR), (5, State.NEAR), (6, State.FIRED)]
)
def test_accounts_lost_by_churn(pull, n_lost, state):
    n_held = 10 if n_lost == 2 else 50
    rows = [*accounts("T1", n_held), *accounts("T2", 50)]
    for row in rows[:n_lost]:
        row["churned_on"] = AS_OF
    rows[-1]["churned_on"] = dt.date(2026, 6, 30)
    trigger = pull("accounts_lost", accounts=rows)
    assert trigger.state is state
    assert trigger.territory_ids == ("T1",)
    assert len(trigger.record_ids["accounts"]) == n_lost


def test_accounts_lost_by_moves_count_where_they_were(pull):
    rows = [*accounts("T1", 5), *accounts("T2", 10)]
    history = [
        {
            "account_id": f"T2-{i}",
            "territory_id": "T1",
            "starts_on": dt.date(2025, 1, 1),
            "ends_on": dt.date(2026, 8, 1),
        }
        for i in range(3)
    ] + [{"account_id": f"T2-{i}", "territory_id": "T2", "starts_on": dt.date(2026, 8, 1)} for i in range(3)]
    trigger = pull("accounts_lost", accounts=rows, ownership=history)
    assert (trigger.state, trigger.territory_ids, trigger.value) == (State.FIRED, ("T1",), pytest.approx(3 / 8))
    assert trigger.record_ids["accounts"] == ("T2-0", "T2-1", "T2-2")
    assert trigger.since == dt.date(2026, 8, 1)


@pytest.mark.parametrize(
    ("share", "state"), [(100, State.QUIET), (112.5, State.NEAR), (115, State.NEAR), (115.1, State.FIRED)]
)
def test_potential_outside_the_band(pull, share, state):
    rows = [
        {"account_id": seat, "territory_id": seat, "potential": value}
        for seat, value in (("T1", share), ("T2", 200 - share))
    ]
    assert pull("potential_band", accounts=rows).state is state


def test_potential_band_can_be_off(pull):
    trigger = pull("potential_band", policy={"bands": {"potential": "off"}})
    assert trigger.state is State.QUIET
    assert "Switched off" in trigger.message


@pytest.mark.parametrize(("n_new", "state"), [(0, State.QUIET), (4, State.NEAR), (5, State.FIRED)])
def test_a_new_region_is_an_expansion(pull, n_new, state):
    old = [*accounts("T1", 50, region="North"), *accounts("T2", 50, region="North")]
    new = [
        {
            "account_id": f"N{i}",
            "territory_id": "T2",
            "potential": 1.0,
            "region": "South",
            "created_on": dt.date(2026, 8, 1),
        }
        for i in range(n_new)
    ]
    trigger = pull("market_expansion", accounts=old + new)
    assert trigger.state is state
    assert trigger.record_ids.get("accounts", ()) == tuple(row["account_id"] for row in new)


def test_a_territory_outgrown_by_new_accounts_is_an_expansion(pull):
    old = [*accounts("T1", 50), *accounts("T2", 50)]
    new = [
        {"account_id": f"N{i}", "territory_id": "T2", "potential": 1.0, "created_on": dt.date(2026, 8, 1)}
        for i in range(20)
    ]
    trigger = pull("market_expansion", accounts=old + new)
    assert (trigger.state, trigger.territory_ids) == (State.FIRED, ("T2",))


def test_a_column_that_is_newly_filled_in_is_not_a_new_market(pull):
    new = [
        {"account_id": f"N{i}", "territory_id": "T1", "potential": 1.0, "vertical": "v", "created_on": AS_OF}
        for i in range(9)
    ]
    trigger = pull("market_expansion", accounts=[*accounts("T1", 400), *accounts("T2", 400), *new])
    assert trigger.state is State.QUIET


def test_each_trigger_names_the_entry_that_set_its_threshold(make_book):
    book = make_book(AS_OF, territories=[{"territory_id": "T1"}], accounts=accounts("T1", 3))
    values = Policy().values()
    for trigger in diagnose(book, Policy()).triggers:
        assert trigger.policy_entry in values
        assert trigger.message.endswith(".")
        assert trigger.as_dict()["state"] == str(trigger.state)
