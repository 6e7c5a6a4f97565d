"""Every figure is traced to records that add up to it."""

from pathlib import Path

import polars as pl
import pytest

import evenhand as eh
from evenhand.diagnose import MEASURES, diagnose
from evenhand.diagnose.seats import climb
from evenhand.diagnose.trace import list_records, trace_subject
from evenhand.foundation.errors import InputError
from evenhand.policy import Policy
from evenhand.policy.policy import Provenance

FIRM = Path(__file__).parents[2] / "golden" / "firm"


@pytest.fixture(scope="module")
def traced():
    book, _ = eh.admit(FIRM)
    policy = Policy()
    return diagnose(book, policy), book, policy


def total(rows, column):
    if not column:
        return None
    return rows.height if column == "1" else rows[column].sum()


def add(so_far, part):
    return so_far if part is None else (so_far or 0) + part


@pytest.mark.parametrize("measure", MEASURES)
def test_the_records_add_up_to_every_figure(traced, measure):
    diagnosis, book, policy = traced
    found = list_records(measure, diagnosis.accounts, book, policy)
    below = climb(book.territories)
    figures = diagnosis.territories.filter(pl.col("measure") == measure, pl.col("value").is_not_null())
    assert figures.height > 1
    for row in figures.iter_rows(named=True):
        ids = below.filter(pl.col("ancestor_id") == row["territory_id"])["territory_id"].to_list()
        sums = {"numerator": None, "denominator": None}
        for records in found:
            own = records.rows.filter(pl.col("territory_id").is_in(ids), pl.col("layer") == row["layer"])
            sums = {half: add(so_far, total(own, getattr(records, half))) for half, so_far in sums.items()}
        assert sums["numerator"] == pytest.approx(row["numerator"]), row["territory_id"]
        if MEASURES[measure].is_ratio:
            assert sums["denominator"] == pytest.approx(row["denominator"]), row["territory_id"]


def test_a_trace_says_formula_steps_policy_and_records(traced):
    diagnosis, book, _ = traced
    seat = diagnosis.verdicts[-1].territory_id
    policy = Policy.of(
        {"verdict": {"trailing_months": 12}},
        provenance={"verdict.trailing_months": Provenance(diagnosis.as_of, "board of directors")},
    )
    trace = trace_subject(f"{seat}:win_rate", diagnosis, book, policy)
    assert trace.formula == MEASURES["win_rate"].formula
    steps = dict(trace.steps)
    deals = trace.records["opportunities"]
    assert steps["deals won"] == f"{deals['is_won'].sum():,}"
    assert steps["÷ deals closed"] == f"{deals.height:,}"
    entry = next(entry for entry in trace.entries if entry.path == "verdict.trailing_months")
    assert (entry.value, entry.effective_on, entry.source) == (12, diagnosis.as_of, "board of directors")
    assert deals.join(book.opportunities, left_on="record_id", right_on="opportunity_id", how="anti").is_empty()
    assert trace.as_frame().height == deals.height
    assert trace.as_dict()["records"]["opportunities"] == deals.to_dicts()


def test_an_account_s_parts_add_up(traced):
    diagnosis, book, policy = traced
    computed = diagnosis.accounts.filter(pl.col("workload_source") == "computed").row(0, named=True)
    steps = dict(trace_subject(computed["account_id"], diagnosis, book, policy).steps)
    hours = [
        float(steps[name].split()[0]) for name in ("hours of calls", "hours of travel", "hours of open opportunities")
    ]
    assert sum(hours) == pytest.approx(float(steps["= hours a year"]), abs=0.2)
    assert steps["= hours a year"] == f"{computed['workload_hours']:,.1f}"


def test_every_trigger_and_verdict_can_be_traced(traced):
    diagnosis, book, policy = traced
    for trigger in diagnosis.triggers:
        trace = trace_subject(trigger.name, diagnosis, book, policy)
        assert trace.value == str(trigger.state)
        assert trigger.policy_entry in {entry.path for entry in trace.entries}
        assert {table: tuple(rows["record_id"]) for table, rows in trace.records.items()} == dict(trigger.record_ids)
    for verdict in diagnosis.verdicts:
        trace = trace_subject(f"{verdict.territory_id}:verdict", diagnosis, book, policy)
        assert trace.value == str(verdict.call)
        assert set(verdict.deciding) <= set(dict(trace.steps))


@pytest.mark.parametrize("figure", ["effects", "adjusted_win_rate", "history"])
def test_what_models_say_can_be_traced(traced, figure):
    diagnosis, book, policy = traced
    seat = next(verdict.territory_id for verdict in diagnosis.verdicts if verdict.is_seat)
    trace = trace_subject(f"{seat}:{figure}", diagnosis, book, policy)
    assert trace.value
    assert all(rows.height for rows in trace.records.values())


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("T99:potential", "no territory 'T99'"),
        ("T01:potental", "nearest: potential"),
        ("win_rat", "nearest: win_rate"),
        ("", "is no trigger"),
    ],
)
def test_what_there_isn_t_is_refused_with_the_nearest(traced, subject, words):
    diagnosis, book, policy = traced
    with pytest.raises(InputError, match=words):
        trace_subject(subject, diagnosis, book, policy)


def test_a_churned_account_is_said_to_be_one(traced):
    diagnosis, book, policy = traced
    gone = book.accounts.join(book.active_accounts.select("account_id"), on="account_id", how="anti")["account_id"]
    assert gone.len()
    with pytest.raises(InputError, match="has churned"):
        trace_subject(gone[0], diagnosis, book, policy)
