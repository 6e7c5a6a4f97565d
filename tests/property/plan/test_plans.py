"""What holds of every plan, whatever the firm."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.plan.events import RepLeft
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy

AS_OF = dt.date(2026, 9, 30)
PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}

ACCOUNT = st.fixed_dictionaries(
    {
        "territory": st.integers(0, 2),
        "potential": st.integers(0, 40),
        "parent": st.none() | st.integers(0, 11),
        "locked": st.booleans() | st.just(value=False),
        "segment": st.sampled_from(["a", "b", None]),
        "stage_number": st.sampled_from([None, 1, 3, 0]),
    }
)


def build(make_book, accounts, order=None):
    n = len(accounts)
    rows = [
        {
            "account_id": f"A{i:02}",
            "territory_id": f"T{facts['territory']}",
            "potential": float(facts["potential"]),
            "parent_account_id": None if facts["parent"] is None or facts["parent"] >= i else f"A{facts['parent']:02}",
            "locked": facts["locked"],
            "segment": facts["segment"],
        }
        for i, facts in enumerate(accounts)
    ]
    opportunities = [
        {
            "opportunity_id": f"O{i}",
            "account_id": f"A{i:02}",
            "stage_number": facts["stage_number"],
            "is_closed": False,
            "amount_cents": 100,
        }
        for i, facts in enumerate(accounts)
        if facts["stage_number"]
    ]
    order = range(n) if order is None else order
    return make_book(
        as_of=AS_OF,
        accounts=[rows[i] for i in order],
        territories=[{"territory_id": "T0"}, {"territory_id": "T1"}, {"territory_id": "T2", "segment": "a"}],
        opportunities=opportunities,
        quotas=[{"territory_id": f"T{t}", "amount_cents": 1_000_003 * (t + 1), **PERIOD} for t in range(3)],
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    accounts=st.lists(ACCOUNT, min_size=1, max_size=12), shuffle=st.randoms(use_true_random=False), leaves=st.booleans()
)
def test_every_plan(make_book, accounts, shuffle, leaves):
    book = build(make_book, accounts)
    events = [RepLeft("T0")] if leaves else []
    policy = Policy()
    plan = make_plan(book, policy, events=events)

    assert plan.assignment["account_id"].to_list() == book.accounts["account_id"].to_list()
    moved = plan.assignment.join(book.accounts, on="account_id").filter(
        pl.col("territory_id") != pl.col("territory_id_right")
    )
    assert moved["account_id"].sort().to_list() == plan.moves["account_id"].to_list()
    assert sum(plan.moves_by_grade.values()) == plan.n_moves
    if not leaves:
        assert not moved["locked"].any()
    to_third = moved.filter(pl.col("territory_id") == "T2")
    assert (to_third["segment"] == "a").all() if to_third.height else True

    summary = plan.quota_summary
    assert summary["new_cents"].sum() == summary["opening_cents"].sum()
    assert plan.quotas["amount_cents"].sum() == summary["new_cents"].sum()

    record = write_record(plan, render_policy(policy))
    verification = verify_plan(record, book)
    assert verification.holds, verification.findings

    order = list(range(len(accounts)))
    shuffle.shuffle(order)
    again = make_plan(build(make_book, accounts, order), policy, events=events)
    other = write_record(again, render_policy(policy))
    for name, table in record.tables.items():
        assert table.equals(other.tables[name]), name
    assert {k: v for k, v in record.summary.items() if k != "seconds"} == {
        k: v for k, v in other.summary.items() if k != "seconds"
    }


@pytest.fixture(scope="module")
def firm(make_book):
    rng = np.random.default_rng(1)
    accounts = [
        {"territory": int(rng.choice(3, p=[0.6, 0.3, 0.1])), "potential": int(rng.integers(1, 40)), "parent": None,
         "locked": False, "segment": "a", "stage_number": int(rng.choice([0, 1, 3]))}
        for _ in range(40)
    ]  # fmt: skip
    book = build(make_book, accounts)
    return book, write_record(make_plan(book, Policy()), render_policy(Policy()))


def spoil(record, table=None, row=0, column=None, value=None, **summary):
    from dataclasses import replace

    tables = dict(record.tables)
    if table is not None:
        frame = tables[table]
        tables[table] = frame.with_columns(
            pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
        )
    return replace(record, tables=tables, summary={**record.summary, **summary})


def test_an_honest_plan_holds(firm):
    book, record = firm
    assert record.tables["moves"].height > 0
    assert verify_plan(record, book).findings == ()


@pytest.mark.parametrize("row", range(0, 40, 3))
@pytest.mark.parametrize("to", ["T0", "T1", "T2", "T9"])
def test_one_line_of_the_assignment_changed_is_found(firm, row, to):
    book, record = firm
    if record.tables["assignment"]["territory_id"][row] == to:
        return
    assert not verify_plan(spoil(record, "assignment", row, "territory_id", to), book).holds


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.01, -1.0, 100.0, float("nan")])
def test_one_price_changed_never_proves_more(firm, factor):
    book, record = firm
    certificate = record.tables["certificate"]
    prices = [i for i, price in enumerate(certificate["price"]) if price]
    honest = {level["level"]: level["bound"] for level in record.summary["levels"]}
    for row in prices[:10]:
        changed = spoil(record, "certificate", row, "price", certificate["price"][row] * factor)
        verification = verify_plan(changed, book)
        if verification.proof is not None:
            for level in verification.proof.levels:
                assert level.bound <= max(honest[level.name], level.value) + 1e-9


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("moves", "grade", "high"),
        ("moves", "to_territory_id", "T9"),
        ("territories", "after", 1e9),
        ("quotas", "amount_cents", 1),
        ("bands", "upper", 1e9),
        ("problem", "amount_potential", 0.0),
        ("problem", "grade", "high"),
    ],
)
def test_a_table_changed_is_found(firm, table, column, value):
    book, record = firm
    rows = record.tables[table]
    row = next(i for i, old in enumerate(rows[column]) if old != value and old is not None)
    assert not verify_plan(spoil(record, table, row, column, value), book).holds


@pytest.mark.parametrize(
    ("name", "value"),
    [("violation", -1.0), ("objective", -1.0), ("bound", 1e6), ("gap", -1.0), ("n_moves", 0), ("cost", -1.0)],
)
def test_a_figure_changed_is_found(firm, name, value):
    book, record = firm
    assert not verify_plan(spoil(record, **{name: value}), book).holds


def test_another_book_is_found(firm, make_book):
    _, record = firm
    one = {"territory": 0, "potential": 1, "parent": None, "locked": False, "segment": "a", "stage_number": 0}
    book = build(make_book, [one])
    assert "PL202" in {finding.code for finding in verify_plan(record, book).findings}
