"""The figures of a cycle, each on a firm small enough to work them out by hand."""

import datetime as dt
import math

import polars as pl
import pytest

from evenhand.diagnose import diagnose
from evenhand.measure.decay import BALANCE_SCHEMA, find_decay, trace_balance
from evenhand.measure.effect import compare_teams
from evenhand.measure.fairness import compare_quotas
from evenhand.measure.fates import sum_fates
from evenhand.measure.follow_up import follow_up
from evenhand.measure.shapes import compare_shapes, list_distributions
from evenhand.measure.waiting import list_waits
from evenhand.policy import Policy

DAY = dt.date(2026, 9, 30)
LATER = dt.date(2026, 12, 31)


def firm(make_book, as_of, potentials, **more):
    """A territory for each potential, with one account that has it."""
    territories = [{"territory_id": f"T{n}"} for n in range(len(potentials))]
    accounts = [
        {"account_id": f"A{n}", "territory_id": f"T{n}", "potential": float(p)} for n, p in enumerate(potentials)
    ]
    return make_book(as_of, accounts=accounts, territories=territories, **more)


def test_a_new_hire_with_a_territory_within_14_days_is_on_time(make_book):
    reps = [
        {"rep_id": "R1", "hired_on": dt.date(2026, 5, 1)},
        {"rep_id": "R2", "hired_on": dt.date(2026, 5, 1), "manager_id": "M"},
        {"rep_id": "R3", "hired_on": dt.date(2026, 9, 10)},
        {"rep_id": "R4", "hired_on": dt.date(2025, 1, 1)},
        {"rep_id": "M", "hired_on": dt.date(2026, 5, 1)},
    ]
    coverage = [
        {"rep_id": "R1", "territory_id": "T0", "starts_on": dt.date(2026, 5, 15)},
        {"rep_id": "R2", "territory_id": "T1", "starts_on": dt.date(2026, 5, 16)},
    ]
    waits = list_waits(firm(make_book, DAY, [1, 1], reps=reps, coverage=coverage), Policy())
    # R3 still waits: 20 days by now. R4 was hired too long ago, M is a manager.
    assert waits.select("rep_id", "n_days", "is_late").rows() == [("R3", 20, True), ("R2", 15, True), ("R1", 14, False)]
    assert list_waits(firm(make_book, DAY, [1]), Policy()) is None


def test_transfer_requests_are_counted_a_year_and_100_reps_with_their_chance(make_book):
    reps = [{"rep_id": f"R{n}", "hired_on": dt.date(2020, 1, 1)} for n in range(50)]
    requests = [{"rep_id": "R1", "requested_on": dt.date(2026, 3, 1)}, {"rep_id": "R2", "requested_on": DAY}]
    requests += [{"rep_id": "R3", "requested_on": dt.date(2025, 9, 1)}]
    book = firm(make_book, DAY, [1, 1], reps=reps, transfer_requests=requests)
    told = diagnose(book, Policy())
    rows = {row["figure"]: row for row in compare_teams(told, told, (book, book), Policy()).iter_rows(named=True)}
    row = rows["transfer requests a year and 100 reps"]
    assert row["before"] == row["after"] == 4.0
    # The exact 95 % interval of a count of 2 is 0.242 to 7.225.
    assert (row["after_low"], row["after_high"]) == pytest.approx((0.4844, 14.449), abs=0.001)


def quota(territory, amount, attained, start=dt.date(2026, 10, 1), end=dt.date(2026, 12, 31)):
    return {
        "territory_id": territory, "period_start": start, "period_end": end,
        "amount_cents": amount, "attained_cents": attained,
    }  # fmt: skip


def test_quotas_that_follow_potential_predict_the_same_for_all(make_book):
    quotas = [quota("T0", 100, 90), quota("T1", 200, 180), quota("T2", 300, 270), quota("T3", 400, 360)]
    book = firm(make_book, LATER, [1, 2, 3, 4], quotas=quotas)
    fairness = compare_quotas(book, diagnose(book, Policy()).territories, DAY)
    assert fairness.basis == "potential"
    assert fairness.seats["predicted"].to_list() == pytest.approx([0.9] * 4)
    assert (fairness.gap, fairness.rank_correlation) == (pytest.approx(0.0), None)


def test_a_quota_that_did_not_follow_the_accounts_is_found_out(make_book):
    # Equal quotas on unequal potential: the seat with half of the potential was asked for twice as much.
    quotas = [quota("T0", 100, 50), quota("T1", 100, 110), quota("T2", 100, 140), quota("T3", 100, 100)]
    book = firm(make_book, LATER, [1, 2, 3, 2], quotas=quotas)
    fairness = compare_quotas(book, diagnose(book, Policy()).territories, DAY)
    assert fairness.seats["predicted"].to_list() == pytest.approx([0.5, 1.0, 1.5, 1.0])
    assert fairness.gap == pytest.approx(0.05)
    assert fairness.rank_correlation == pytest.approx(0.9487, abs=1e-3)
    assert "from 50 % (T0) to 150 % (T2); attainment followed" in fairness.sentence


def test_the_plans_own_prediction_is_held_against_what_came(make_book):
    quotas = [quota("T0", 100, 80), quota("T1", 100, 130)]
    quotas += [quota("T0", 100, 5, dt.date(2026, 7, 1), dt.date(2026, 9, 30))]  # from before the move
    book = firm(make_book, LATER, [1, 1], quotas=quotas)
    promised = pl.DataFrame(
        {
            "territory_id": ["T0", "T1"],
            "attainment_after": [0.9, 1.0],
            "attainment_after_low": [0.7, 0.8],
            "attainment_after_high": [1.1, 1.2],
        }
    )
    fairness = compare_quotas(book, diagnose(book, Policy()).territories, DAY, promised)
    assert (fairness.basis, fairness.n_periods, fairness.held_share) == ("plan", 1, 0.5)
    assert fairness.gap == pytest.approx(0.2)


def test_balance_is_followed_and_its_decay_said(make_book):
    books = [firm(make_book, day, potentials) for day, potentials in ((DAY, [2, 6, 4]), (LATER, [3, 5, 4]))]
    balance = trace_balance([(book, diagnose(book, Policy())) for book in reversed(books)])
    rows = balance.filter(pl.col("measure") == "potential")
    assert rows["as_of"].to_list() == [DAY, LATER]
    assert rows["variation"].to_list() == pytest.approx([math.sqrt(8 / 3) / 4, math.sqrt(2 / 3) / 4])
    assert rows["widest"].abs().to_list() == pytest.approx([0.5, 0.25])
    planned = pl.DataFrame({"territory_id": ["T0", "T1", "T2"], "measure": "potential", "after": [4.0, 4.0, 4.0]})
    seats = pl.DataFrame({"territory_id": ["T0", "T1", "T2"], "layer": rows["layer"][0], "capacity_share": 1.0})
    (decay,) = find_decay(balance, planned, seats, DAY)
    assert decay.gone_share == pytest.approx(0.5)
    assert "41 % of the mean before, by 0 % in the plan, and varies by 20 % 92 days later: 50 %" in decay.sentence
    assert find_decay(pl.DataFrame(schema=BALANCE_SCHEMA), planned, seats, DAY) == ()


def test_the_shape_of_attainment_is_compared_in_words(make_book):
    before = firm(make_book, DAY, [1] * 6, quotas=[
        quota(f"T{n}", 100, 40 + 30 * n, dt.date(2026, 7, 1), DAY) for n in range(6)
    ])  # fmt: skip
    after = firm(make_book, LATER, [1] * 6, quotas=[quota(f"T{n}", 100, 90 + 2 * n) for n in range(6)])
    changes = compare_shapes(diagnose(before, Policy()), diagnose(after, Policy()))
    attainment = next(change for change in changes if change.measure == "attainment")
    assert "closer together" in attainment.sentence
    assert "within range before, now 100 %" in attainment.sentence
    values = list_distributions((attainment,))
    assert values.filter(pl.col("side") == "after")["value"].to_list() == pytest.approx(
        [0.9 + 0.02 * n for n in range(6)]
    )


def test_moves_are_summed_by_grade_with_what_became_of_them(make_book):
    before = firm(make_book, DAY, [1, 1, 1])
    deals = [
        {"opportunity_id": "O1", "account_id": "A0", "amount_cents": 700, "created_on": DAY, "closed_on": LATER,
         "is_closed": True, "is_won": True},
        {"opportunity_id": "O2", "account_id": "A1", "amount_cents": 500, "created_on": DAY, "closed_on": LATER,
         "is_closed": True, "is_won": False},
    ]  # fmt: skip
    after = make_book(
        LATER,
        accounts=[{"account_id": f"A{n}", "territory_id": "T0"} for n in range(3)],
        territories=[{"territory_id": "T0"}],
        opportunities=deals,
    )
    moves = pl.DataFrame(
        {"account_id": ["A0", "A1", "A2"], "name": None, "to_territory_id": "T0", "grade": ["high", "low", "low"]},
        schema_overrides={"name": pl.String},
    )
    fates = sum_fates(follow_up(moves, before, after, DAY, Policy()), after, DAY)
    assert fates.select("grade", "n_moved", "n_worked", "won_since_cents", "n_lost_since").rows() == [
        ("low", 2, 1, 0, 1), ("high", 1, 1, 700, 0),
    ]  # fmt: skip
