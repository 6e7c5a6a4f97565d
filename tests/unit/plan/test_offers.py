"""Who is offered what has to be spread."""

from __future__ import annotations

import numpy as np

from evenhand.plan.offers import discount_receivers, rank_offers


def draw_units(n_units: int, n_territories: int, seed: int = 0) -> np.ndarray:
    """Misfits of units that all sit in one place: the same territories are near to all of them."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 8, n_territories) + rng.uniform(0, 0.3, (n_units, n_territories))


def test_everybody_who_is_to_take_some_is_offered_enough() -> None:
    n_units, n_territories, n_offers = 500, 60, 7
    misfit = draw_units(n_units, n_territories)
    open_to = np.ones_like(misfit, bool)
    wanted = np.random.default_rng(1).uniform(0.5, 1.5, n_territories)
    discounts = discount_receivers(misfit, open_to, wanted)
    rank = rank_offers(misfit, open_to, discounts, n_best=2, draw=0)
    offers = np.argsort(rank, axis=1)[:, :n_offers]
    n_offered = np.bincount(offers.ravel(), minlength=n_territories)
    assert (n_offered >= 2 * n_units * wanted / wanted.sum()).all()
    nearest = np.argsort(misfit, axis=1)[:, :2]
    assert (np.sort(offers, axis=1)[:, :, None] == nearest[:, None, :]).any(axis=1).all()


def test_what_may_not_go_is_offered_to_nobody() -> None:
    misfit = draw_units(20, 5)
    open_to = np.ones_like(misfit, bool)
    open_to[:, 3] = False
    open_to[0] = False
    discounts = discount_receivers(misfit, open_to, np.ones(5))
    rank = rank_offers(misfit, open_to, discounts, n_best=1, draw=0)
    assert np.array_equal(np.isfinite(rank), open_to)
    assert discounts.amount[3] == -np.inf


def test_who_is_to_take_nothing_comes_last() -> None:
    misfit = draw_units(50, 6)
    open_to = np.ones_like(misfit, bool)
    wanted = np.array([1.0, 2.0, 0.0, 1.0, 0.0, 3.0])
    rank = rank_offers(misfit, open_to, discount_receivers(misfit, open_to, wanted), n_best=0, draw=0)
    order = np.argsort(rank, axis=1)
    assert np.isin(order[:, -2:], [2, 4]).all()


def test_the_same_draw_comes_out_the_same_and_nothing_to_spread_is_no_trouble() -> None:
    misfit = draw_units(30, 4)
    open_to = np.ones_like(misfit, bool)
    discounts = discount_receivers(misfit, open_to, np.ones(4))
    first, again = (rank_offers(misfit, open_to, discounts, n_best=1, draw=5) for _ in range(2))
    assert np.array_equal(first, again)
    none = discount_receivers(np.zeros((0, 4)), np.zeros((0, 4), bool), np.ones(4))
    assert (none.amount == -np.inf).all()
