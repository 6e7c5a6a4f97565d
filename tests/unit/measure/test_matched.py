import numpy as np
import pytest

from evenhand.measure.balancing import balance_weights, effective_number
from evenhand.measure.matched import describe_balance, estimate_effect


def make_accounts(seed, effect, n_territories=30, per_territory=60, drift=0.5):
    """Territories differ, the ones that are moved are the better ones, and good ones grow anyway."""
    rng = np.random.default_rng(seed)
    n = n_territories * per_territory
    territory = np.repeat(np.arange(n_territories), per_territory)
    quality = rng.normal(size=n)
    other = rng.normal(size=n)
    is_moved = rng.random(n) < 1 / (1 + np.exp(2.2 - 1.2 * quality))
    common = rng.normal(scale=0.3, size=n_territories)[territory]
    change = drift * quality + common + effect * is_moved + rng.normal(size=n)
    return change, np.column_stack([quality, other]), is_moved, territory


def test_weights_meet_the_means_and_are_as_even_as_they_can_be():
    rng = np.random.default_rng(0)
    controls = rng.normal(size=(500, 3))
    target = np.array([0.4, -0.2, 0.1])
    weights, _ = balance_weights(controls, target)
    assert weights.sum() == pytest.approx(1)
    assert weights @ controls == pytest.approx(target, abs=2e-3)
    assert effective_number(weights) > 300
    even, _ = balance_weights(controls, controls.mean(axis=0))
    assert even == pytest.approx(np.full(500, 1 / 500), rel=1e-6)


def test_means_that_no_weights_reach_are_come_near_without_breaking():
    weights, _ = balance_weights(np.array([[0.0], [1.0]]), np.array([5.0]))
    assert np.isfinite(weights).all()
    assert weights[1] > 0.999


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    held = [
        effect.low <= 0.8 <= effect.high
        for effect in (estimate_effect(*make_accounts(seed, 0.8), 0.9) for seed in range(60))
    ]
    assert 0.8 <= np.mean(held) <= 0.98


def test_without_weighting_the_better_accounts_would_seem_to_gain_by_moving():
    change, known, is_moved, territory = make_accounts(1, 0.0, per_territory=200)
    naive = change[is_moved].mean() - change[~is_moved].mean()
    effect = estimate_effect(change, known, is_moved, territory, 0.95)
    assert naive > 0.3
    assert not effect.is_clear
    assert abs(effect.value) < naive / 3
    quality, _ = describe_balance(known, ("quality", "other"), is_moved)
    assert quality.before > 0.5
    assert abs(quality.after) < 0.01


def test_a_clear_effect_is_found():
    effect = estimate_effect(*make_accounts(2, -0.8), 0.95)
    assert effect.is_clear
    assert effect.high < 0


def test_a_single_territory_gives_no_interval():
    change, known, is_moved, _ = make_accounts(3, 0.5)
    effect = estimate_effect(change, known, is_moved, np.zeros(len(change), dtype=np.intp), 0.95)
    assert (effect.low, effect.high) == (-np.inf, np.inf)


def test_the_order_of_accounts_is_irrelevant():
    case = make_accounts(4, 0.3)
    order = np.random.default_rng(9).permutation(len(case[0]))
    one = estimate_effect(*case, 0.95)
    two = estimate_effect(*(part[order] for part in case), 0.95)
    assert (two.value, two.low, two.high) == pytest.approx((one.value, one.low, one.high), rel=1e-9)
