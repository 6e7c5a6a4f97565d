"""What holds of every plan with events, whatever the firm and the events."""

import datetime as dt
import os

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evenhand.foundation.errors import InputError
from evenhand.plan.events import (
    Graduation,
    Layoff,
    MarketExpansion,
    Merge,
    NewHire,
    NewProduct,
    RepLeft,
    Split,
    parse_event,
)
from evenhand.plan.events.bisect import cut_into_cells
from evenhand.plan.events.carve import find_level
from evenhand.plan.events.spread import share_by_spare
from evenhand.plan.make import make_plan, state
from evenhand.plan.record import write_record
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy

MANY = int(os.environ.get("EVENHAND_EXAMPLES", "30"))
AS_OF = dt.date(2026, 9, 30)
PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}
SEATS = ("T0", "T1", "T2", "T3")

ACCOUNT = st.fixed_dictionaries(
    {
        "seat": st.sampled_from(SEATS),
        "potential": st.integers(0, 40),
        "hours": st.integers(0, 60),
        "employees": st.none() | st.integers(1, 3000),
        "segment": st.sampled_from(["small business", "mid-market", "enterprise"]),
        "vertical": st.sampled_from(["a", "b"]),
        "parent": st.none() | st.integers(0, 11),
        "locked": st.sampled_from([False, False, True]),
        "product": st.integers(0, 9),
        "owner": st.sampled_from([None, None, "P1", "P2"]),
    }
)
EVENT = st.one_of(
    st.sampled_from(SEATS).map(RepLeft),
    st.lists(st.sampled_from(SEATS), min_size=1, max_size=2, unique=True).map(lambda ids: Layoff(tuple(ids))),
    st.builds(NewHire, st.sampled_from(["N1", *SEATS]), st.sampled_from([0.25, 0.5, 1.0])),
    st.permutations(SEATS).map(lambda ids: Merge(tuple(ids[:2]), ids[0])),
    st.permutations(SEATS).map(lambda ids: Split(ids[0], (ids[0], "N2"))),
    st.permutations(SEATS).map(lambda ids: Split(ids[0], ("N3", "N4"))),
    st.sampled_from(["a", "b"]).map(lambda vertical: MarketExpansion(vertical=vertical, territory="N5")),
    st.sampled_from(SEATS).map(lambda seat: MarketExpansion(grown=seat)),
    st.sampled_from(["up", "down", "both"]).map(Graduation),
    st.sampled_from(["auto", "own", "layer"]).map(lambda model: NewProduct("add-on", model=model)),
)


def build(make_book, accounts, ruled):
    rows = [
        {
            "account_id": f"A{i:02}",
            "territory_id": facts["seat"],
            "potential": float(facts["potential"]),
            "workload_hours": float(facts["hours"]),
            "employees": facts["employees"],
            "segment": facts["segment"],
            "vertical": facts["vertical"],
            "parent_account_id": None if facts["parent"] is None or facts["parent"] >= i else f"A{facts['parent']:02}",
            "locked": facts["locked"],
            "latitude": 30.0 + facts["potential"] / 4,
            "longitude": -100.0 + facts["hours"] / 2,
        }
        for i, facts in enumerate(accounts)
    ]
    territories = [{"territory_id": seat, "capacity_hours": 200.0} for seat in SEATS]
    if ruled:
        territories[3]["segment"] = "enterprise"
        territories[2]["segment"] = "small business;mid-market"
    book = make_book(
        as_of=AS_OF,
        accounts=rows,
        territories=[*territories, *({"territory_id": seat, "layer": "add-on"} for seat in ("P1", "P2"))],
        quotas=[{"territory_id": seat, "amount_cents": 1_000_003, **PERIOD} for seat in SEATS],
        ownership=[
            {"account_id": f"A{i:02}", "territory_id": facts["owner"], "starts_on": dt.date(2026, 7, 1)}
            for i, facts in enumerate(accounts)
            if facts["owner"]
        ],
    )
    worth = pl.Series("product_potential", [facts["product"] for facts in accounts], dtype=pl.Int64)
    book.tables["accounts"].insert_column(-1, worth)
    return book


def state_or_none(book, policy, events):
    """None where the events name the same seat, or what isn't there."""
    try:
        return state(book, policy, events)
    except InputError:
        return None


@settings(
    max_examples=2 * MANY,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    accounts=st.lists(ACCOUNT, min_size=1, max_size=12),
    events=st.lists(EVENT, min_size=1, max_size=3),
    ruled=st.booleans(),
    shuffle=st.randoms(use_true_random=False),
)
def test_every_plan_with_events(make_book, accounts, events, ruled, shuffle):
    book, policy = build(make_book, accounts, ruled), Policy()
    statement = state_or_none(book, policy, events)
    assume(statement is not None)
    plan = make_plan(book, policy, events=events)

    assert plan.assignment["account_id"].to_list() == book.accounts["account_id"].to_list()
    stuck = {a for f in plan.findings if f.code == "PL108" for a in f.evidence["account_ids"]}
    emptied = set(statement.setting.territories.filter("is_emptied")["territory_id"])
    left = plan.assignment.filter(pl.col("territory_id").is_in(list(emptied)))
    assert set(left["account_id"]) <= stuck

    assert plan.quota_summary["new_cents"].sum() == plan.quota_summary["opening_cents"].sum()

    if plan.violation == 0:
        taken = plan.territories.filter(pl.col("measure") == "inherited_workload")
        over = taken.filter(pl.col("after") > pl.col("upper") + 1e-6)
        assert over.height == 0, over

    overlay = plan.facts.get("overlay")
    if overlay is not None:
        assert overlay.select("account_id", "layer").is_duplicated().sum() == 0
        assert overlay["territory_id"].null_count() == 0

    for event in events:
        assert parse_event(str(event)) == event
    verification = verify_plan(write_record(plan, render_policy(policy)), book)
    assert verification.holds, verification.findings

    mixed = list(events)
    shuffle.shuffle(mixed)
    again = make_plan(book, policy, events=mixed)
    assert again.events == plan.events
    assert again.assignment.equals(plan.assignment)
    assert [f.message for f in again.findings] == [f.message for f in plan.findings]


@settings(max_examples=500, deadline=None)
@given(data=st.data(), n_kinds=st.integers(1, 4), n_seats=st.integers(1, 5))
def test_what_is_shared_adds_up_and_room_comes_first(data, n_kinds, n_seats):
    amounts = st.floats(0, 500)
    hours = np.array(data.draw(st.lists(amounts, min_size=n_kinds, max_size=n_kinds)))
    spare = np.array(data.draw(st.lists(amounts, min_size=n_seats, max_size=n_seats)))
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=n_kinds * n_seats, max_size=n_kinds * n_seats)))
    allowed = allowed.reshape(n_kinds, n_seats)
    capacity = np.full(n_seats, 1000.0)
    shared = share_by_spare(hours, allowed, spare, capacity)
    able = allowed.any(axis=1)
    assert shared.sum(axis=1)[able] == pytest.approx(hours[able], abs=1e-4)
    assert shared[~able].sum() == 0
    assert (shared[~allowed] == 0).all()
    assert (shared >= 0).all()
    if n_kinds == 1 and able[0] and hours[0] <= spare[allowed[0]].sum():
        assert (shared[0] <= spare + 1e-3).all()
        order = np.argsort(spare[allowed[0]])
        assert (np.diff(shared[0][allowed[0]][order]) >= -1e-3).all()


@settings(max_examples=500, deadline=None)
@given(
    loads=st.lists(st.floats(0, 100), min_size=1, max_size=6),
    needed=st.floats(0.01, 100),
)
def test_the_level_gives_what_is_needed_and_no_more(loads, needed):
    load, target = np.array(loads), np.full(len(loads), 10.0)
    level = find_level(load, target, load, needed)
    given_away = np.maximum(load - level * target, 0.0).sum()
    if level == 0:
        assert load.sum() <= needed + 1e-6
    else:
        assert given_away == pytest.approx(needed, rel=1e-6, abs=1e-6)


@settings(max_examples=300, deadline=None)
@given(
    weights=st.lists(st.floats(0.1, 10), min_size=1, max_size=30),
    shares=st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=2, max_size=4),
    seed=st.integers(0, 99),
    known=st.booleans(),
)
def test_cells_hold_their_share_to_within_the_largest_unit(weights, shares, seed, known):
    weight, share = np.array(weights), np.array(shares)
    n = len(weight)
    points = np.random.default_rng(seed).uniform(-40, 40, (n, 2)) if known else np.full((n, 2), np.nan)
    cell = cut_into_cells(points, np.arange(n, dtype=float), weight, share)
    held = np.bincount(cell, weights=weight, minlength=len(share))
    assert np.abs(held - weight.sum() * share / share.sum()).max() <= 2 * weight.max() + 1e-9
