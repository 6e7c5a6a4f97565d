"""A made firm over two years and six cycles, from exports to what moves cost: what is measured against what is true."""

import datetime as dt
import json

import polars as pl
from benchmarks.bench_cost_of_moves import BOOKS, find_truths, judge

from evenhand.app.admit import admit_source
from evenhand.app.handoff import hand_over
from evenhand.app.measure import measure_plan, pool_with_earlier, write_outcome
from evenhand.app.plan import plan_book
from evenhand.app.sample.years import found_firm
from evenhand.diagnose import diagnose
from evenhand.measure.windows import ACTIVITIES
from evenhand.policy import Policy, parse_policy
from evenhand.wiring.container import connect_outside

QUIET = dt.date(2025, 12, 31)
"""In the quarter before this book no territory drifted."""
POLICY = (
    "[triggers]\nqualified_spread = 9.0\naccounts_lost_share = 1.0\nmarket_expansion = false\n"
    "[scenario.room.bands]\npotential = 0.1\n"
    "[bands]\npotential = 0.2\n"
    "[ranges.potential]\ntolerance = 0.2\n[measure]\nmin_pooled = 5\nmin_moved = 15\nconfidence = 0.95\n"
)


def test_intervals_cover_the_truth_and_the_placebo_finds_nothing():
    """A few firms and cycles here; benchmarks/bench_cost_of_moves.py judges twenty."""
    rows = pl.DataFrame(list(judge(range(3), Policy(), n_cycles=4)))
    assert rows.height >= 15
    assert rows["covered"].mean() >= 0.85
    assert rows["placebo_quiet"].mean() >= 0.85
    # Moves of grade low helped, the others hurt, and both are found.
    by_grade = rows.filter(pl.col("outcome") == ACTIVITIES).group_by("grade").agg(pl.col("found", "truth").mean())
    found = {row["grade"]: row["found"] for row in by_grade.iter_rows(named=True)}
    assert found["low"] > 0.4
    assert found["medium"] < -0.2


def admit(outside, firm, folder):
    export = folder / f"export-{firm.today}"
    export.mkdir()
    for name, table in firm.export().items():
        table.write_csv(export / f"{name}.csv")
    book = folder / f"book-{firm.today}"
    admission = admit_source(outside, export, to=book, as_of=firm.today, currency="USD")
    assert admission.book is not None
    assert admission.n_rejected == 0
    return book


def test_two_years_and_six_cycles_end_to_end(tmp_path):
    outside, policy_file = connect_outside(), tmp_path / "policy.toml"
    policy_file.write_text(POLICY)
    policy = parse_policy(POLICY)
    firm = found_firm(seed=5, n_accounts=320, n_territories=8)
    firm.live_until(dt.date(2024, 12, 31))
    firm.live_until(BOOKS[0])
    before, plans, outcomes, decisions = admit(outside, firm, tmp_path), [], [], []
    for day in BOOKS[1:]:
        started = firm.today
        shock = 0.0 if day == QUIET else 0.3
        if not diagnose(outside.read_book(before), policy).needs_change:
            decisions.append("no change")
            firm.live_until(day, shock=shock)
            before = admit(outside, firm, tmp_path)
            continue
        decisions.append("plan")
        plan, handoff = tmp_path / f"plan-{started}", tmp_path / f"handoff-{started}"
        made = plan_book(outside, before, to=plan, policy=policy_file, scenario="room", earlier_plans=plans, gap=0.5)
        plans.append(plan)
        hand_over(outside, plan, before, to=handoff, starts_on=started, with_pdf=False)
        moved_on = started + dt.timedelta(days=28)
        firm.live_until(day, made.moves.to_dicts(), moved_on, carried_out_share=1.0 if shock == 0 else 0.9, shock=shock)
        after = admit(outside, firm, tmp_path)
        outcome, stored = measure_plan(outside, plan, before, after, moved_on, handoff=handoff)
        costs = pool_with_earlier(outside, outcome, outcomes, stored)
        to = tmp_path / f"outcome-{started}"
        write_outcome(outside, outcome, costs, stored, after, to, with_pdf=False)
        outcomes.append(to)
        carried_out = {row["account_id"] for row in firm.truth if row["moved_on"] == moved_on and row["is_carried_out"]}
        told = outcome.kept.accounts.filter("is_move")
        there = told.filter(pl.col("state") == "kept")
        gone = set(told.filter(pl.col("state") == "gone")["account_id"])
        off_plan = set(told.filter(pl.col("now_since") > moved_on)["account_id"])
        assert set(there["account_id"]) | gone | off_plan >= carried_out - off_plan
        assert set(there["account_id"]) <= carried_out
        assert there["now_since"].unique().to_list() == [moved_on]
        before = after
    assert decisions.count("plan") >= 4
    assert "no change" in decisions
    summary = json.loads((outcomes[-1] / "outcome.json").read_text())
    truths = find_truths(pl.DataFrame(firm.truth))
    low = next(one for one in summary["costs"] if (one["grade"], one["outcome"]) == ("low", ACTIVITIES))
    assert low["n_cycles"] >= 2
    assert low["low"] <= truths["low", ACTIVITIES] <= low["high"]
    proposal = parse_policy((outcomes[-1] / "proposal.toml").read_text())
    assert proposal.content_hash == Policy().content_hash
    for name in ("report.html", "kept.csv", "balance.csv", "quotas.csv", "grades.csv"):
        assert (outcomes[-1] / name).stat().st_size > 100
