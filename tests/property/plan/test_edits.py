"""What holds of edits by hand and scenarios, whatever the firm and whatever is decided."""

import datetime as dt
import os

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.foundation.hashing import hash_values
from evenhand.plan.edits import Edit
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.edits.settle import undo_step
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.scenarios import Scenario, Side, find_difference, parse_scenarios, render_scenarios
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy

MANY = int(os.environ.get("EVENHAND_EXAMPLES", "30"))
AS_OF = dt.date(2026, 9, 30)
N_ACCOUNTS, TERRITORIES = 12, ("T0", "T1", "T2")
POLICY = Policy.of({"bands": {"potential": 0.15, "accounts": 0.5, "workload_ceiling": "off"}})


@pytest.fixture(scope="module")
def firm(make_book):
    rng = np.random.default_rng(3)
    accounts = [
        {
            "account_id": f"A{i:02}",
            "territory_id": TERRITORIES[int(rng.choice(3, p=[0.5, 0.3, 0.2]))],
            "potential": float(rng.integers(1, 40)),
            "parent_account_id": "A02" if i in (3, 4) else None,
            "locked": i == 7,
        }
        for i in range(N_ACCOUNTS)
    ]
    book = make_book(
        as_of=AS_OF,
        accounts=accounts,
        territories=[{"territory_id": t} for t in TERRITORIES],
        quotas=[
            {
                "territory_id": t,
                "amount_cents": 1_000_003,
                "period_start": dt.date(2026, 7, 1),
                "period_end": dt.date(2026, 9, 30),
            }
            for t in TERRITORIES
        ],
    )
    plan = make_plan(book, POLICY)
    return book, plan, open_draft(plan, book, POLICY), contents(plan)


ACCOUNT = st.integers(0, N_ACCOUNTS - 1).map("A{:02}".format)
EDIT = st.one_of(
    st.builds(Edit, st.sampled_from(["move", "move-alone"]), ACCOUNT, st.sampled_from(TERRITORIES)),
    st.builds(Edit, st.sampled_from(["lock", "exclude"]), ACCOUNT),
)


def contents(plan):
    """The hash of every file of the plan folder."""
    record = write_record(plan, "")
    tables = {name: hash_values(table.rows()) for name, table in record.tables.items()}
    return tables | {"plan.json": hash_values(record.summary)}


@settings(max_examples=MANY + 10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, min_size=1, max_size=5))
def test_what_an_edit_says_is_what_the_plan_then_is_and_undo_restores_the_bytes(firm, edits):
    book, plan, draft, before = firm
    edited = draft
    for edit in edits:
        edited = edited.apply(edit)
    made = edited.plan()
    said = dict(edited.consequence.levels.select("level", "after").iter_rows())
    assert said["violation"] == pytest.approx(made.violation, abs=1e-7)
    assert {grade: said[grade] for grade in ("low", "medium", "high")} == dict(made.moves_by_grade)
    assert said["cost"] == pytest.approx(made.cost, abs=1e-5)
    told = edited.consequence.measures.select("territory_id", "measure", "after", "lower", "upper", "status_after")
    found = told.join(made.territories, on=["territory_id", "measure"], suffix="_made")
    assert found.height == told.height
    for name in ("after", "lower", "upper"):
        assert found[name].to_list() == pytest.approx(found[f"{name}_made"].to_list()), name
    assert found["status_after"].to_list() == found["status_after_made"].to_list()
    assert made.quota_summary["new_cents"].sum() == made.quota_summary["opening_cents"].sum()
    verification = verify_plan(write_record(made, render_policy(POLICY)), book)
    assert verification.holds, verification.findings

    undone = edited
    for _ in edits:
        undone = undone.undo()
    assert undone.plan() is plan
    unmade = made
    for _ in edits:
        unmade = undo_step(unmade, book, POLICY)
    assert contents(unmade) == before


@settings(max_examples=MANY // 2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, min_size=1, max_size=3))
def test_a_repair_keeps_every_edit_and_makes_nothing_worse(firm, edits):
    book, _, draft, before = firm
    edited = draft.apply(*edits)
    as_is = edited.plan()
    repaired = edited.repair().plan()
    assert repaired.violation <= as_is.violation + 1e-9
    last = {}
    for edit in edits:
        last[edit.account_id] = edit
    places = dict(repaired.assignment.iter_rows())
    alone = {edit.account_id for edit in edits if edit.kind == "move-alone"}
    for account, edit in last.items():
        if edit.to is not None and (account in alone or account not in {"A02", "A03", "A04"}):
            assert places[account] == edit.to
    assert contents(undo_step(undo_step(repaired, book, POLICY), book, POLICY)) == before


@settings(max_examples=MANY + 10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(EDIT, max_size=4), name=st.text(min_size=1, max_size=9))
def test_a_plans_difference_with_itself_is_empty_and_with_another_is_what_differs(firm, edits, name):
    _, plan, draft, _ = firm
    made = (draft.apply(*edits) if edits else draft).plan()
    side = Side.of_plan(name, made)
    assert find_difference(side, side).is_empty
    difference = find_difference(Side.of_plan("first", plan), side)
    places = plan.assignment.join(made.assignment, on="account_id").filter(
        pl.col("territory_id") != pl.col("territory_id_right")
    )
    assert difference.accounts["account_id"].to_list() == places["account_id"].sort().to_list()


@settings(max_examples=3 * MANY, deadline=None)
@given(
    name=st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip()),
    description=st.text(max_size=30),
    potential=st.floats(0, 10),
    edits=st.lists(EDIT.map(str), max_size=3),
)
def test_any_scenario_reads_back_as_it_is_written(name, description, potential, edits):
    if set(name) & set("/\\\0") or name in {".", ".."}:
        return
    scenario = Scenario(
        name, {"bands": {"potential": potential}}, ("rep-left:territory=T0",), tuple(edits), "agreed", description
    )
    assert parse_scenarios(render_scenarios([scenario])) == (scenario,)
