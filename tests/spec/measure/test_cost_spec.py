"""The cost of a move over several cycles, and what it proposes for the policy."""

import datetime as dt

import numpy as np
import pytest

from evenhand.measure.comparison import GradeEffect, MatchedComparison
from evenhand.measure.cost import ANY, pool_costs
from evenhand.measure.matched import Effect
from evenhand.measure.proposal import propose
from evenhand.measure.windows import ACTIVITIES, PIPELINE, WON, Window
from evenhand.policy import Policy, parse_policy

DAY = dt.date(2026, 10, 1)


def cycle(*parts, n=0, days=91):
    start = DAY + dt.timedelta(days=91 * n)
    return MatchedComparison(Window(start, start + dt.timedelta(days=days)), (), (), parts)


def part(grade, outcome, value, half, n_moved=20, level=1000.0, placebo=0.0, n_groups=12):
    effect = Effect(value, value - half, value + half, n_moved, 100.0, n_groups)
    return GradeEffect(
        grade, outcome, effect, Effect(placebo, placebo - half, placebo + half, n_moved, 100.0, n_groups), (), level
    )


def find(costs, grade, outcome):
    return next(one for one in costs if (one.grade, one.outcome) == (grade, outcome))


def test_cycles_weigh_as_many_accounts_as_they_moved():
    cycles = [
        cycle(part("low", ACTIVITIES, -1.0, 0.5, n_moved=10), n=0),
        cycle(part("low", ACTIVITIES, -2.0, 0.5, n_moved=30), n=1),
    ]
    one = find(pool_costs(cycles, Policy()), "low", ACTIVITIES)
    assert one.value == pytest.approx(-1.75)
    assert (one.n_moved, one.n_cycles, one.holds) == (40, 2, True)
    # √(10² + 30²) ÷ 40 of the half interval of one, a little less for the degrees of freedom gained.
    assert 0.36 < one.high - one.value < 0.5 * np.sqrt(1000) / 40 + 1e-9


def test_effects_over_other_spans_are_told_for_a_quarter():
    one = find(
        pool_costs([cycle(part("low", ACTIVITIES, -2.0, 0.5, n_moved=40), days=182)], Policy()), "low", ACTIVITIES
    )
    assert (one.value, one.high - one.value) == (pytest.approx(-1.0), pytest.approx(0.25))


def test_too_few_in_all_cycles_have_no_figure():
    costs = pool_costs(
        [
            cycle(part("high", PIPELINE, -900.0, 10.0, n_moved=9)),
            cycle(part("high", PIPELINE, -900.0, 10.0, n_moved=9), n=1),
        ],
        Policy(),
    )
    one = find(costs, "high", PIPELINE)
    assert (one.value, one.low, one.n_moved) == (None, None, 18)
    assert "Too few moves of grade high" in one.sentence
    assert "18 moved accounts in 2 cycles, 30 are needed" in one.sentence
    assert propose(costs, Policy()).overlay == ()


def test_a_clear_cost_becomes_a_proposal_that_is_a_policy():
    parts = [
        part("low", PIPELINE, -250.0, 100.0, n_moved=50, level=750.0),
        part("medium", PIPELINE, -400.0, 500.0, n_moved=50),
    ]
    parts += [part("low", WON, -200.0, 50.0, n_moved=50, level=800.0)]
    proposal = propose(pool_costs([cycle(*parts)], Policy()), Policy())
    # Low lost 250 of the 1,000 it would have brought. Medium may be chance.
    assert dict(proposal.overlay) == {"measure.cost_low_cents": 250, "quotas.ramp_relief_share": 0.2}
    assert "which may be chance" in proposal.reasons[1]
    text = proposal.as_toml(DAY)
    policy = parse_policy(text)
    assert policy.content_hash == Policy().content_hash, "nothing is in force by itself"
    measured = policy.in_scenario("measured")
    assert (measured.measure.cost_low_cents, measured.quotas.ramp_relief_share) == (250, 0.2)
    assert "# - Moving an account of grade low costs 2 (−4 to −2, 95 %)" in text


def test_moves_that_bring_something_ask_for_no_relief():
    costs = pool_costs([cycle(part("low", WON, 200.0, 50.0, n_moved=50, level=1200.0))], Policy())
    proposal = propose(costs, Policy())
    assert dict(proposal.overlay) == {"quotas.ramp_relief_share": 0.0}
    assert find(costs, ANY, WON).share == pytest.approx(0.2)


def test_what_the_placebo_finds_is_not_proposed():
    costs = pool_costs([cycle(part("low", PIPELINE, -250.0, 100.0, n_moved=50, placebo=-300.0))], Policy())
    assert not find(costs, "low", PIPELINE).holds
    assert propose(costs, Policy()).overlay == ()
    assert "don't act on it" in costs[0].sentence


def test_without_any_measured_move_the_file_says_so():
    text = propose((), Policy()).as_toml(DAY)
    assert "Nothing is proposed" in text
    assert parse_policy(text).content_hash == Policy().content_hash
