"""Quotas under any moves, periods, methods and limits: nothing is lost, and nobody ends worse than was promised."""

import datetime as dt
import itertools
import os

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evenhand.foundation.errors import InputError
from evenhand.plan.make import state
from evenhand.plan.quotas import LINES, bridge_quotas
from evenhand.plan.quotas.limits import NO_CAP, hold_limits, round_within
from evenhand.plan.quotas.proration import amount_through, prorate
from evenhand.policy import Policy

MANY = int(os.environ.get("EVENHAND_EXAMPLES", "30"))
"""How many whole firms are drawn for each property; thousands take minutes."""
START = dt.date(2026, 10, 1)
END = dt.date(2026, 12, 31)
SEATS = ("T1", "T2", "T3", "T4", "T5")

shares = st.one_of(st.none(), st.floats(0, 1))
money = st.integers(0, 10**9)


@st.composite
def limited(draw):
    n = draw(st.integers(1, 8))
    cents = draw(st.lists(st.integers(-(10**6), 10**12), min_size=n, max_size=n))
    lower = draw(st.lists(st.integers(0, 10**12), min_size=n, max_size=n))
    width = draw(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), min_size=n, max_size=n))
    upper = [int(NO_CAP) if w is None else low + w for low, w in zip(lower, width, strict=True)]
    return tuple(np.array(values, dtype=np.int64) for values in (cents, lower, upper))


@settings(max_examples=4 * MANY, deadline=None)
@given(limited())
def test_limits_hold_and_the_total_stays_where_it_can(drawn):
    cents, lower, upper = drawn
    held = hold_limits(cents, lower, upper)
    assert np.all((lower <= held) & (held <= upper))
    total, least, most = int(cents.sum()), int(lower.sum()), sum(int(u) for u in upper)
    assert int(held.sum()) == min(max(total, least), most)


@settings(max_examples=4 * MANY, deadline=None)
@given(limited(), st.integers(2, 10**6))
def test_rounding_within_limits_keeps_the_total(drawn, unit):
    cents, lower, upper = drawn
    held = hold_limits(cents, lower, upper)
    rounded = round_within(held, unit, lower, upper)
    assume(rounded is not None)
    assert int(rounded.sum()) == int(held.sum())
    assert np.all((lower <= rounded) & (rounded <= upper))
    off = rounded % unit != 0
    no_multiple = -(-lower // unit) > upper // unit
    # One takes what is left of the total below a unit.
    assert int((off & ~no_multiple).sum()) <= 1


@settings(max_examples=4 * MANY, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6), st.integers(1, 400), st.data())
def test_proration_adds_up_over_any_stretches_of_days(cents, n_days, data):
    amounts = np.array(cents, dtype=np.int64)
    cuts = sorted(data.draw(st.lists(st.integers(0, n_days), max_size=5)))
    days = [0, *cuts, n_days]
    stretches = [
        amount_through(amounts, b, n_days) - amount_through(amounts, a, n_days) for a, b in itertools.pairwise(days)
    ]
    assert np.array_equal(np.sum(stretches, axis=0), amounts)
    each = np.diff([amount_through(amounts, day, n_days) for day in range(n_days + 1)], axis=0)
    assert np.array_equal(each.sum(axis=0), amounts)
    # No day is more than a cent from its share.
    assert np.all(np.abs(each - amounts / n_days) <= 1 + 1e-6)
    elapsed, remaining = prorate(amounts, days[1], n_days)
    assert np.array_equal(elapsed + remaining, amounts)


def tables(rng):
    n, has_overlay = int(rng.integers(1, 30)), rng.random() < 0.3
    teams = [{"territory_id": team} for team in ("TEAM1", "TEAM2")]
    seats = [
        {
            "territory_id": seat,
            "parent_territory_id": f"TEAM{1 + int(rng.integers(2))}",
            "layer": "overlay" if seat in ("T4", "T5") and has_overlay else None,
            "capacity_share": float(rng.choice([0.5, 1.0])),
        }
        for seat in SEATS
    ]
    accounts = [
        {
            "account_id": f"A{i:02}",
            "territory_id": SEATS[rng.integers(5)],
            "potential": float(rng.choice([0.0, rng.lognormal(3, 2)])),
        }
        for i in range(n)
    ]
    deals = [
        {
            "opportunity_id": f"O{i}",
            "account_id": f"A{int(rng.integers(n)):02}",
            "stage_number": int(rng.integers(1, 6)),
            "type": str(rng.choice(["new", "renewal"])),
            "amount_cents": int(rng.integers(0, 10**8)),
            "is_closed": False,
        }
        for i in range(int(rng.integers(0, 8)))
    ]
    quotas = [
        {
            "territory_id": seat,
            "period_start": START,
            "period_end": END,
            "amount_cents": int(rng.choice([0, rng.integers(0, 10**9)])),
        }
        for seat in SEATS
        if rng.random() < 0.9
    ]
    if rng.random() < 0.3:
        quotas.append(
            {
                "territory_id": "T1",
                "period_start": dt.date(2027, 1, 1),
                "period_end": dt.date(2027, 3, 31),
                "amount_cents": int(rng.integers(0, 10**9)),
            }
        )
    return {"accounts": accounts, "territories": teams + seats, "opportunities": deals, "quotas": quotas}


@st.composite
def policies(draw):
    values = {
        "quotas.method": draw(st.sampled_from(["potential", "proportional", "team", "top-down"])),
        "quotas.company_target_cents": draw(money),
        "quotas.over_assignment_share": draw(st.floats(0, 0.5)),
        "quotas.ramp_relief_share": draw(st.floats(0, 0.5)),
        "quotas.ramp_relief_months": draw(st.integers(1, 6)),
        "quotas.conserve_total": draw(st.booleans()),
        "quotas.keep_pipeline": draw(st.booleans()),
        "quotas.never_below_kept": draw(st.booleans()),
        "quotas.floor_share": draw(shares) or "off",
        "quotas.cap_share": draw(st.one_of(st.just("off"), st.floats(1, 3))),
        "quotas.floor_cents": draw(st.one_of(st.just("off"), st.integers(0, 10**8))),
        "quotas.round_to_cents": draw(st.sampled_from([1, 100, 12_345])),
        "quotas.n_periods": draw(st.integers(1, 3)),
        "quotas.effective_on": draw(st.sampled_from(["next period", "at once", "2026-11-16", "2026-12-31"])),
    }
    return Policy().with_values(values)


def run(make_book, seed, policy, *, shuffled=False):
    rng = np.random.default_rng(seed)
    firm = tables(rng)
    ends = rng.integers(0, 5, len(firm["accounts"]))
    goes_to = {row["account_id"]: SEATS[t] for row, t in zip(firm["accounts"], ends, strict=True)}
    if shuffled:
        firm = {name: list(rng.permutation(rows)) for name, rows in firm.items()}
    book = make_book(dt.date(2026, 9, 30), **firm)
    statement = state(book, policy)
    layer_of = {row["territory_id"]: row["layer"] for row in statement.setting.territories.iter_rows(named=True)}
    index = {territory: t for t, territory in enumerate(statement.setting.ids)}
    present = statement.accounts.select("account_id", "territory_id").iter_rows()
    assigned = [
        index[goes_to[account] if layer_of[goes_to[account]] == layer_of[home] else home] for account, home in present
    ]
    return (
        book,
        statement,
        np.array(assigned, dtype=np.intp),
        bridge_quotas(book, statement, np.array(assigned, dtype=np.intp), policy),
    )


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), policies())
def test_every_bridge_adds_up_and_every_difference_is_named(make_book, seed, policy):
    _, statement, _, result = run(make_book, seed, policy)
    first, rules = result.first, policy.quotas
    sums = result.lines.group_by("territory_id").agg(pl.col("amount_cents").sum()).sort("territory_id")
    assert sums["amount_cents"].to_list() == result.summary.sort("territory_id")["new_cents"].to_list()
    assert result.lines["line"].to_list() == list(LINES) * result.summary.height

    # Accounts, kept pipeline and rounding never change the total; nothing passes between layers.
    layers = np.array([layer or "" for layer in statement.setting.territories["layer"]])
    for layer in np.unique(layers):
        here = layers == layer
        for names in (("accounts_leaving", "accounts_arriving"), ("pipeline_kept",), ("rounding",)):
            assert sum(int(first.line(name)[here].sum()) for name in names) == 0
        if rules.conserve_total:
            assert int((first.line("ramp_relief") + first.line("relief_carried"))[here].sum()) == 0
        if rules.method == "potential":
            assert int(first.line("method")[here].sum()) == 0
        of_limits = sum(int(first.line(name)[here].sum()) for name in ("floor", "cap", "limits_shared"))
        named = [finding.evidence["difference_cents"] for finding in result.findings if finding.code == "PL132"]
        assert of_limits == 0 or of_limits in named
    codes = {finding.code for finding in result.findings}
    difference = int(first.new.sum() - first.opening.sum())
    assert ("PL133" in codes) == (difference != 0)
    if difference:
        named = next(finding.evidence for finding in result.findings if finding.code == "PL133")
        assert named["method_cents"] + named["relief_cents"] + named["limits_cents"] == difference
    if policy.quotas.method in ("proportional", "team"):
        assert int(first.line("method").sum()) == 0 or "PL135" in codes


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), policies())
def test_nobody_ends_worse_than_was_promised(make_book, seed, policy):
    _, statement, assigned, result = run(make_book, seed, policy)
    first, rules = result.first, policy.quotas
    takes_part = statement.setting.is_seat
    n_held = np.bincount(assigned, minlength=len(first.opening))
    new, opening = first.new, first.opening
    assert np.all(new[takes_part] >= 0)
    capped = takes_part & (opening > 0)
    if rules.cap_share is not None:
        assert np.all(new[capped] <= np.floor(opening[capped] * rules.cap_share))
    unclashed = takes_part & ~first.clashes
    if rules.floor_share is not None:
        here = unclashed & (n_held > 0)
        assert np.all(new[here] >= opening[here] * rules.floor_share - 1e-6)
    if rules.never_below_kept:
        assert np.all(new[unclashed] >= first.kept[unclashed])
    assert bool(first.clashes.any()) == any(finding.code == "PL131" for finding in result.findings)
    # Relief is a share of what arrives, and ends.
    assert np.all(-first.line("ramp_relief") <= first.line("accounts_arriving") * rules.ramp_relief_share + 1)
    over = result.by_period.filter((pl.col("line") == "ramp_relief") & (pl.col("period_start") >= dt.date(2027, 7, 1)))
    assert over["amount_cents"].sum() == 0


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), policies())
def test_row_order_is_irrelevant(make_book, seed, policy):
    one, other = run(make_book, seed, policy)[3], run(make_book, seed, policy, shuffled=True)[3]
    assert one.lines.equals(other.lines)
    assert one.by_period.equals(other.by_period)
    assert one.summary.equals(other.summary)


def test_a_target_is_needed_for_top_down():
    with pytest.raises(InputError, match="company_target_cents"):
        Policy().with_values({"quotas.method": "top-down"})
