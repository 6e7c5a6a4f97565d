"""What is told of a plan whose effect is known, because it was put there."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.measure.comparison import compare_moved
from evenhand.measure.follow_up import State, follow_up
from evenhand.measure.outcome import measure_outcome
from evenhand.policy import Policy

MOVED_ON = dt.date(2026, 10, 1)
N_DAYS = 90
AFTER = MOVED_ON + dt.timedelta(days=N_DAYS)
POLICY = Policy.of({"measure": {"confidence": 0.9}})


def make_firm(make_book, seed, effect, drift=0.0):
    """24 territories of 40 accounts; good accounts are likelier to move and busier; moving adds `effect` activities.

    `drift` is what the accounts that are to move gain from window to window anyway, known to nobody.
    """
    rng = np.random.default_rng(seed)
    n_territories, per = 24, 40
    n = n_territories * per
    home = np.repeat(np.arange(n_territories), per)
    quality = rng.normal(size=n)
    is_moved = rng.random(n) < 1 / (1 + np.exp(1.8 - 0.8 * quality))
    ids = [f"A{i:04}" for i in range(n)]
    common = rng.normal(scale=0.3, size=n_territories)[home]
    activities = []
    for window in (-2, -1, 0):
        rate = 5 + quality + drift * (window + 2) * is_moved + (window == 0) * (effect * is_moved + common)
        for account, count in zip(ids, rng.poisson(np.clip(rate, 0.1, None)), strict=True):
            offsets = rng.integers(0, N_DAYS, size=count)
            start = MOVED_ON + dt.timedelta(days=window * N_DAYS)
            activities += [{"account_id": account, "happened_on": start + dt.timedelta(days=int(d))} for d in offsets]
    territories = [{"territory_id": f"T{t:02}"} for t in range(n_territories)]
    accounts = [
        {"account_id": a, "territory_id": f"T{t:02}", "potential": float(np.exp(q))}
        for a, t, q in zip(ids, home, quality, strict=True)
    ]
    before = make_book(MOVED_ON, accounts=accounts, territories=territories)
    after = make_book(AFTER, accounts=accounts, territories=territories, activities=activities)
    moves = pl.DataFrame({"account_id": np.array(ids)[is_moved]})
    return moves, pl.DataFrame({"account_id": ids, "grade": ["low"] * n}), before, after


def effect_on_activities(make_book, seed, effect, drift=0.0):
    comparison = compare_moved(*make_firm(make_book, seed, effect, drift), MOVED_ON, POLICY)
    return comparison, next(one for one in comparison.effects if one.outcome == "activities")


def test_intervals_hold_the_truth_and_the_placebo_finds_nothing_over_20_seeds(make_book):
    found = [effect_on_activities(make_book, seed, effect=-0.6)[1] for seed in range(20)]
    assert sum(one.effect.low <= -0.6 <= one.effect.high for one in found) >= 16
    assert sum(one.holds for one in found) >= 16
    assert np.mean([one.effect.value for one in found]) == pytest.approx(-0.6, abs=0.1)


def test_a_difference_from_before_the_move_is_not_taken_for_its_effect(make_book):
    comparison, one = effect_on_activities(make_book, 0, effect=0.0, drift=1.0)
    assert not one.holds
    assert "ME102" in {finding.code for finding in comparison.findings}


def test_moved_and_unmoved_accounts_are_alike_after_weighting(make_book):
    _, one = effect_on_activities(make_book, 1, effect=0.0)
    worst = {row.name: row for row in one.balance}
    assert worst["potential"].before > 0.4
    assert all(abs(row.after) < 0.02 for row in one.balance)


def test_too_few_moved_accounts_say_so(make_book):
    moves, grades, before, after = make_firm(make_book, 2, effect=1.0)
    comparison = compare_moved(moves.head(10), grades, before, after, MOVED_ON, POLICY)
    assert comparison.effects == ()
    assert [finding.code for finding in comparison.findings] == ["ME101"]


def activity(account, on):
    return {"account_id": account, "happened_on": on}


@pytest.mark.parametrize(
    ("days", "activities", "now", "state"),
    [
        (45, [activity("A1", dt.date(2026, 10, 20))], "T2", State.WORKED),
        (20, [], "T2", State.WAITING),
        (45, [], "T2", State.LATE),
        (45, [activity("A1", dt.date(2026, 9, 20))], "T2", State.DROPPED),
        (20, [activity("A1", dt.date(2026, 9, 20))], "T2", State.WAITING),
        (45, [activity("A1", dt.date(2026, 8, 1))], "T2", State.LATE),
        (45, [activity("A1", dt.date(2026, 10, 20))], "T1", State.NOT_MOVED),
    ],
)
def test_what_became_of_a_moved_account(make_book, days, activities, now, state):
    territories = [{"territory_id": "T1"}, {"territory_id": "T2"}]
    before = make_book(MOVED_ON, accounts=[{"account_id": "A1", "territory_id": "T1"}], territories=territories)
    after = make_book(
        MOVED_ON + dt.timedelta(days=days),
        accounts=[{"account_id": "A1", "territory_id": now}],
        territories=territories,
        activities=activities,
    )
    moves = pl.DataFrame({"account_id": ["A1"], "name": ["Ann"], "to_territory_id": ["T2"], "grade": ["low"]})
    assert follow_up(moves, before, after, MOVED_ON, Policy())["state"].to_list() == [state]


def test_a_new_opportunity_counts_as_work_and_a_lost_account_is_gone(make_book):
    territories = [{"territory_id": "T2"}]
    rows = [{"account_id": a, "territory_id": "T2"} for a in ("A1", "A2")]
    before = make_book(MOVED_ON, accounts=rows, territories=territories)
    after = make_book(
        AFTER,
        accounts=[rows[0], {**rows[1], "churned_on": dt.date(2026, 11, 1)}],
        territories=territories,
        opportunities=[
            {"opportunity_id": "O1", "account_id": "A1", "amount_cents": 700, "created_on": dt.date(2026, 11, 1)}
        ],
    )
    moves = pl.DataFrame(
        {"account_id": ["A1", "A2"], "name": ["Ann", "Bob"], "to_territory_id": ["T2"] * 2, "grade": ["low"] * 2}
    )
    followed = follow_up(moves, before, after, MOVED_ON, Policy())
    assert followed["state"].to_list() == [State.WORKED, State.GONE]
    assert followed["open_now_cents"].to_list() == [700, 0]


def test_a_book_of_the_same_day_is_refused(make_book):
    moves, grades, before, _ = make_firm(make_book, 3, effect=0.0)
    with pytest.raises(InputError, match="later book"):
        measure_outcome(moves, grades, before, before, MOVED_ON, Policy())
