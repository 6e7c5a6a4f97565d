"""Win rates at equal tenure: the model agrees with an independent package, and the trigger with what was drawn."""

import datetime as dt

import numpy as np
import pytest
from scipy.special import expit, logit

from evenhand.diagnose import State, diagnose
from evenhand.diagnose.triggers.win_rate import has_diverged, has_diverged_by_reps
from evenhand.diagnose.win_rates import adjust_win_rates
from evenhand.diagnose.win_rates.crossed_logit import NONE, Counts, Likelihood, fit_crossed_logit
from evenhand.diagnose.win_rates.judged import find_together, judge_counts
from evenhand.diagnose.win_rates.win_rates import Divergence
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)


def team(rates, n_deals=200, n_reps=1, seed=0, skill=0.0):
    rng = np.random.default_rng(seed)
    territory = np.repeat(np.arange(len(rates)), n_reps)
    tenure = rng.uniform(0, 2, len(territory))
    log_odds = logit(np.asarray(rates))[territory] + 0.3 * (tenure - 1) + rng.normal(0, skill, len(territory))
    trials = np.full(len(territory), n_deals // n_reps, dtype=float)
    wins = rng.binomial(trials.astype(int), expit(log_odds)).astype(float)
    fixed = np.column_stack([np.ones(len(territory)), tenure - tenure.mean()])
    return Counts(wins, trials, fixed, territory, np.arange(len(territory)))


def test_without_effects_it_is_the_ordinary_logistic_regression():
    # Coefficients of statsmodels 0.15 (GLM, binomial) for these counts.
    counts = Counts(
        wins=np.array([12.0, 30, 18, 44, 9, 25]),
        trials=np.array([60.0, 90, 75, 110, 40, 61]),
        fixed=np.column_stack([np.ones(6), np.array([-1.0, 0.2, -0.5, 0.9, -0.8, 1.1])]),
        first=np.array([0, 0, 1, 1, 2, 2]),
        second=np.array([0, 1, 0, 1, 0, 1]),
    )
    mode = Likelihood(counts).find_mode(NONE, NONE)
    assert mode.kept[:2] == pytest.approx(STATSMODELS, abs=1e-4)


STATSMODELS = (-0.860183, 0.498371)


def test_the_tenure_effect_and_the_order_of_territories_are_found():
    model = fit_crossed_logit(
        team([0.2, 0.25, 0.3, 0.35, 0.4] * 4, n_deals=2000, seed=3), usual_size=0.5, second_varies=False
    )
    assert model.fixed[1] == pytest.approx(0.3, abs=0.06)
    assert np.corrcoef(model.first, np.tile([0.2, 0.25, 0.3, 0.35, 0.4], 4))[0, 1] > 0.97


def judge(counts):
    judged = judge_counts(counts, usual_size=0.5, confidence=0.95)
    return Divergence("", "", *judged.points, judged.chance.of_reps, judged.chance.of_deals, 0)


def fires(counts):
    return has_diverged(judge(counts), threshold=0.15, false_alarm_share=0.05)


def test_a_difference_of_15_points_fires_and_none_does_not():
    assert all(fires(team([0.25, 0.4] * 5, seed=seed)) for seed in range(5))
    assert not any(fires(team([0.3] * 10, seed=seed)) for seed in range(5))


def test_one_territory_far_from_the_others_fires():
    assert all(fires(team([0.4] + [0.25] * 14, seed=seed)) for seed in range(3))


def test_what_reps_bring_is_not_blamed_on_territories():
    assert sum(fires(team([0.3] * 10, n_deals=400, n_reps=4, skill=0.5, seed=seed)) for seed in range(4)) <= 1


def test_one_territory_with_two_reps_does_not_hide_what_the_others_show():
    counts = team([0.25, 0.4] * 6, seed=4)
    split = Counts(
        np.append(counts.wins, 20.0),
        np.append(counts.trials, 80.0),
        np.vstack([counts.fixed, [1.0, 0.0]]),
        np.append(counts.first, 0),
        np.append(counts.second, 12),
    )
    assert find_together(split).tolist() == [False] + [True] * 11
    assert fires(split)


def test_what_may_be_the_reps_is_told_from_the_luck_of_deals():
    # Two territories of two reps each: nobody can say whether 15 points are theirs or their reps'.
    found = judge(team([0.25, 0.42], n_deals=400, n_reps=2, seed=2))
    assert found.chance_of_deals < 0.01
    assert found.chance > 0.05
    assert has_diverged_by_reps(found, threshold=0.15, false_alarm_share=0.05)
    assert not has_diverged(found, threshold=0.15, false_alarm_share=0.05)


def test_the_chance_does_not_depend_on_the_order_of_rows():
    counts = team([0.25, 0.3, 0.4] * 3, n_reps=2, seed=1, skill=0.2)
    turned = Counts(
        *(column[::-1] for column in (counts.wins, counts.trials, counts.fixed, counts.first, counts.second))
    )
    assert judge(turned).chance == pytest.approx(judge(counts).chance, rel=0.02)


def rows(rates, n_deals=200):
    """Make deals with exactly these win rates, the rep's tenure the same everywhere."""
    return {
        "territories": [{"territory_id": f"T{i}"} for i in range(len(rates))],
        "accounts": [{"account_id": f"A{i}", "territory_id": f"T{i}"} for i in range(len(rates))],
        "reps": [{"rep_id": f"R{i}", "hired_on": dt.date(2020, 1, 1)} for i in range(len(rates))],
        "opportunities": [
            {
                "opportunity_id": f"O{i}-{j}",
                "account_id": f"A{i}",
                "rep_id": f"R{i}",
                "type": "new",
                "closed_on": dt.date(2026, 3, 1),
                "is_closed": True,
                "is_won": j < rate * n_deals,
            }
            for i, rate in enumerate(rates)
            for j in range(n_deals)
        ],
    }


def test_the_trigger_names_the_territories_and_says_what_it_can_not_split(make_book):
    book = make_book(AS_OF, **rows([0.2, 0.2, 0.4, 0.4, 0.3]))
    found = next(trigger for trigger in diagnose(book, Policy()).triggers if trigger.name == "win_rate")
    assert found.state is State.FIRED
    assert set(found.territory_ids) <= {"T0", "T1", "T2", "T3"}
    assert found.figures["raw_highest"] == pytest.approx(0.4)
    assert "theirs together" in found.message


def test_equal_rates_are_quiet(make_book):
    book = make_book(AS_OF, **rows([0.3] * 4))
    rates = adjust_win_rates(book, Policy())
    assert rates.divergence.points == pytest.approx(0, abs=0.01)
    found = next(trigger for trigger in diagnose(book, Policy()).triggers if trigger.name == "win_rate")
    assert found.state is State.QUIET


def test_small_territories_are_left_out(make_book):
    source = rows([0.3, 0.3, 1.0], n_deals=20)
    source["opportunities"] = [row for row in source["opportunities"] if row["account_id"] != "A2"] + [
        row for row in source["opportunities"] if row["account_id"] == "A2"
    ][:9]
    rates = adjust_win_rates(make_book(AS_OF, **source), Policy())
    assert rates.territories["territory_id"].to_list() == ["T0", "T1"]


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ("opportunities", "no closed opportunities"),
        ("reps", "no hired_on"),
    ],
)
def test_what_is_missing_is_said(make_book, drop, reason):
    source = rows([0.3, 0.4], n_deals=20)
    del source[drop]
    assert reason in adjust_win_rates(make_book(AS_OF, **source), Policy()).missing


def test_tenure_that_differs_just_as_the_territories_do_is_said(make_book):
    source = rows([0.25, 0.4])
    source["reps"] = [
        {"rep_id": "R0", "hired_on": dt.date(2020, 1, 1)},
        {"rep_id": "R1", "hired_on": dt.date(2025, 1, 1)},
    ]
    rates = adjust_win_rates(make_book(AS_OF, **source), Policy())
    assert "reps differ in tenure" in rates.missing
    same = adjust_win_rates(make_book(AS_OF, **rows([0.25, 0.4])), Policy())
    assert same.missing is None
    assert same.divergence.chance < 0.01


def test_too_few_deals_are_said(make_book):
    assert (
        "fewer than two territories"
        in adjust_win_rates(make_book(AS_OF, **rows([0.3, 0.4], n_deals=9)), Policy()).missing
    )
