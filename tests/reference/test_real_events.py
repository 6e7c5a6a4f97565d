"""Every event on AdventureWorks' 701 stores and 13 salespeople."""

import os
from pathlib import Path

import polars as pl
import pytest

import evenhand as eh
from evenhand.plan.solver import Stop

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.real_data

SEGMENTS = {
    "events.segments": [
        {"name": "BS"},
        {"name": "OS", "employees_from": 40},
        {"name": "BM", "employees_from": 80},
    ]
}


@pytest.fixture(scope="module")
def book():
    if not (SHARED / "adventureworks").is_dir():
        pytest.skip("the real data folder adventureworks is not beside the repository")
    made, _ = eh.admit(SHARED / "adventureworks", mapping=ROOT / "examples" / "adventureworks" / "mapping.toml")
    return made


EVENTS = [
    (eh.NewHire("NEW", capacity_share=0.5), "PL150", "NEW, which is new and takes any account"),
    (eh.RepLeft("279"), "PL151", "279 is given up: 80 accounts"),
    (eh.Layoff(("279", "288")), "PL151", "279 and 288 are given up"),
    (eh.Merge(("276", "278"), "276"), "PL153", "278 merges into 276"),
    (eh.Split("279", ("279", "NEW")), "PL154", "279 is split into 279 and NEW"),
    (eh.MarketExpansion(vertical="Touring", territory="NEW"), "PL155", "The vertical Touring has"),
    (eh.Graduation(), "PL156", "change their segment"),
    (
        eh.NewProduct("touring line", fit=("Touring:1.5", "Mountain:0.3"), seats=2),
        "PL158",
        "Advised: its own territories",
    ),
]


@pytest.mark.parametrize(("event", "code", "words"), EVENTS, ids=lambda value: getattr(value, "kind", ""))
def test_each_event_is_carried_out_and_told(book, event, code, words):
    policy = eh.Policy().with_values(SEGMENTS)
    plan = eh.plan(book, policy, events=[event], stop=Stop(gap=1e-3, seconds=15))
    assert words in " ".join(finding.message for finding in plan.findings if finding.code == code)
    assert plan.assignment["account_id"].is_unique().all()
    assert plan.quota_summary["new_cents"].sum() == plan.quota_summary["opening_cents"].sum()
    potential = plan.territories.filter(pl.col("measure") == "potential")
    assert potential["before"].sum() == pytest.approx(potential["after"].sum())
    if isinstance(event, eh.RepLeft | eh.Layoff):
        taken = plan.territories.filter(pl.col("measure") == "inherited_workload")
        assert (taken["after"] <= taken["upper"] + 1e-6).all()
        assert plan.violation == 0
