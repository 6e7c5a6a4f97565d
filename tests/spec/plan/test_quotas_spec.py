"""Quotas move with the accounts: the worked cases of the bridge."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from evenhand.plan.make import state
from evenhand.plan.quotas import LINES, bridge_quotas
from evenhand.policy import Policy

PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}
NEXT_PERIOD = {"period_start": dt.date(2026, 10, 1), "period_end": dt.date(2026, 12, 31)}
FIRST_PERIOD = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 3, 31)}


def firm(make_book, *, n=100, quota_cents=100_000_000, opportunities=()):
    accounts = [{"account_id": f"A{i:03}", "territory_id": "T1", "potential": 10.0} for i in range(n)]
    accounts += [{"account_id": f"B{i:03}", "territory_id": "T2", "potential": 10.0} for i in range(n)]
    return make_book(
        accounts=accounts,
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        quotas=[{"territory_id": t, "amount_cents": quota_cents, **PERIOD} for t in ("T1", "T2")],
        opportunities=list(opportunities),
    )


def bridge(book, moving, **values):
    policy = Policy().with_values({"quotas.ramp_relief_share": 0.0, **values})
    statement = state(book, policy)
    assigned = statement.present.copy()
    rows = statement.accounts["account_id"].is_in(moving).to_numpy()
    assigned[rows] = 1 - assigned[rows]
    result = bridge_quotas(book, statement, assigned, policy)
    lines = {(row["territory_id"], row["line"]): row["amount_cents"] for row in result.lines.iter_rows(named=True)}
    return lines, {row["territory_id"]: row for row in result.summary.iter_rows(named=True)}


def test_leaving_the_quota_after_a_fifth_of_the_accounts_left_is_a_quarter_more(make_book):
    _, summary = bridge(firm(make_book), [f"A{i:03}" for i in range(20)])
    assert summary["T1"]["new_cents"] == 80_000_000
    assert summary["T1"]["unchanged_raise_share"] == pytest.approx(0.25)
    assert summary["T1"]["change_share"] == pytest.approx(-0.20)
    assert summary["T2"]["new_cents"] == 120_000_000


def test_every_line_is_there_and_they_add_up(make_book):
    lines, summary = bridge(firm(make_book), ["A000"])
    assert {line for territory, line in lines if territory == "T1"} == set(LINES)
    assert sum(amount for (territory, _), amount in lines.items() if territory == "T1") == summary["T1"]["new_cents"]
    assert lines["T1", "accounts_leaving"] == -1_000_000
    assert lines["T2", "accounts_arriving"] == 1_000_000


def test_a_third_of_a_cent_is_not_lost(make_book):
    _, summary = bridge(firm(make_book, n=3, quota_cents=100), ["A000", "A001"])
    assert summary["T1"]["new_cents"] + summary["T2"]["new_cents"] == 200
    assert summary["T1"]["new_cents"] == 33


def test_ramp_relief_is_carried_by_the_others(make_book):
    lines, summary = bridge(firm(make_book), ["A000", "A001"], **{"quotas.ramp_relief_share": 0.25})
    assert lines["T2", "ramp_relief"] == -500_000
    assert lines["T1", "relief_carried"] == 500_000
    assert summary["T1"]["new_cents"] + summary["T2"]["new_cents"] == 200_000_000


def test_relief_lowers_the_total_where_the_policy_says_so(make_book):
    values = {"quotas.ramp_relief_share": 0.25, "quotas.conserve_total": False}
    _, summary = bridge(firm(make_book), ["A000", "A001"], **values)
    assert summary["T1"]["new_cents"] + summary["T2"]["new_cents"] == 199_500_000


def test_pipeline_kept_through_close_stays_in_the_quota_of_the_rep_who_keeps_it(make_book):
    late = {
        "opportunity_id": "O1",
        "account_id": "A000",
        "stage_number": 4,
        "amount_cents": 400_000,
        "is_closed": False,
    }
    lines, summary = bridge(firm(make_book, opportunities=[late]), ["A000"])
    assert lines["T1", "pipeline_kept"] == 400_000
    assert lines["T2", "pipeline_kept"] == -400_000
    assert summary["T1"]["new_cents"] == 100_000_000 - 1_000_000 + 400_000
    # Never more than the account's part of the quota.
    lines, _ = bridge(firm(make_book, opportunities=[{**late, "amount_cents": 10**9}]), ["A000"])
    assert lines["T1", "pipeline_kept"] == 1_000_000


def test_rounding_keeps_the_total(make_book):
    lines, summary = bridge(firm(make_book, n=3), ["A000"], **{"quotas.round_to_cents": 100_000})
    assert summary["T1"]["new_cents"] % 100_000 == 0
    assert sum(row["new_cents"] for row in summary.values()) == 200_000_000
    assert lines["T1", "rounding"] + lines["T2", "rounding"] == 0


def test_the_opening_quota_is_that_of_the_period_in_which_the_plan_takes_effect(make_book):
    book = make_book(
        as_of=dt.date(2026, 8, 15),
        accounts=[{"account_id": "A", "territory_id": "T1", "potential": 1.0}],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        quotas=[
            {"territory_id": "T1", "amount_cents": 1, **PERIOD},
            {"territory_id": "T1", "amount_cents": 2, **NEXT_PERIOD},
            {"territory_id": "T2", "amount_cents": 3, **FIRST_PERIOD},
        ],
    )  # fmt: skip
    statement = state(book, Policy())
    result = bridge_quotas(book, statement, statement.present, Policy())
    assert result.summary["opening_cents"].to_list() == [2, 3]
    assert result.summary["period_start"].to_list() == [NEXT_PERIOD["period_start"]] * 2
    (finding,) = result.findings
    assert finding.code == "PL134"
    assert finding.evidence["territory_ids"] == ["T2"]
    at_once = Policy().with_values({"quotas.effective_on": "at once"})
    result = bridge_quotas(book, statement, statement.present, at_once)
    assert result.summary["opening_cents"].to_list() == [1, 3]
    assert result.summary["takes_effect_on"].to_list() == [dt.date(2026, 8, 16)] * 2


@pytest.mark.parametrize("seed", range(20))
def test_any_moves_conserve_the_total_and_every_bridge_adds_up(make_book, seed):
    rng = np.random.default_rng(seed)
    n, seats = 60, [f"T{t}" for t in range(5)]
    book = make_book(
        accounts=[
            {"account_id": f"A{i:02}", "territory_id": seats[rng.integers(5)], "potential": float(rng.lognormal(3, 2))}
            for i in range(n)
        ],
        territories=[{"territory_id": t} for t in seats],
        quotas=[{"territory_id": t, "amount_cents": int(rng.integers(0, 10**9)), **PERIOD} for t in seats[:4]],
    )
    policy = Policy().with_values({"quotas.round_to_cents": int(rng.choice([1, 100, 12_345]))})
    statement = state(book, policy)
    result = bridge_quotas(book, statement, rng.integers(0, 5, n).astype(np.intp), policy)
    assert result.summary["new_cents"].sum() == result.summary["opening_cents"].sum()
    per_seat = result.lines.group_by("territory_id").agg(pl.col("amount_cents").sum()).sort("territory_id")
    shown = result.summary.sort("territory_id")
    assert per_seat["amount_cents"].to_list() == shown["new_cents"].to_list()
