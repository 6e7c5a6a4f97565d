"""How the accounts were shared out among seats, by geography, and how the shares have drifted since.

The seats of a pool (the enterprise seats, or the others) stand in a row along the walk through the cities. The last
design cut the row into stretches of equal potential; since then accounts appeared where the market grew and were
handed to neighbours, so that today's stretches are unequal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.customers import ENTERPRISE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.customers import Customers
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SEATS_PER_AREA = 8
FEWEST_SEATS_WITH_ENTERPRISE = 12
SPREAD_RATIO = 2.3
"""Potential of the largest book ÷ the smallest one's that handing accounts over aims at; growth adds to it."""
EFFECT_CORRELATION = 0.7
"""Of a territory's effect on attainment with the size its book has drifted to: success attracts accounts."""
RAMPING_SHARE_OF_BOOK = 0.55
JITTER_SEATS = 0.1


@dataclass(frozen=True)
class Layout:
    """The seats before anyone or anything is in them.

    Attributes
    ----------
    n_seats, n_enterprise
        The last ``n_enterprise`` seats take enterprise accounts only, the others all else; 0 where the firm is too
        small to specialise.
    area
        Index of the area of each seat, a manager's; areas number from 0 along the row.
    """

    n_seats: int
    n_enterprise: int
    area: Ints

    @property
    def n_areas(self) -> int:
        """Number of areas."""
        return int(self.area[-1]) + 1

    @property
    def pool(self) -> Ints:
        """1 for the enterprise seats, 0 for the others."""
        return (np.arange(self.n_seats) >= self.n_seats - self.n_enterprise).astype(np.int64)


def lay_out_seats(customers: Customers, n_seats: int) -> Layout:
    """Share the seats between the pools by potential, and group them into areas of about eight."""
    n_enterprise = 0
    if n_seats >= FEWEST_SEATS_WITH_ENTERPRISE:
        counted = customers.potential * customers.is_active
        share = counted[customers.segment == ENTERPRISE].sum() / counted.sum()
        n_heads = int(np.sum((customers.segment == ENTERPRISE) & (customers.head == np.arange(customers.n))))
        n_enterprise = min(max(round(n_seats * float(share)), 1), n_heads // 3)
    areas = [np.zeros(0, dtype=np.int64)]
    n_areas = 0
    for n_pool in (n_seats - n_enterprise, n_enterprise):
        if n_pool:
            n_pool_areas = max(1, round(n_pool / SEATS_PER_AREA))
            areas.append(n_areas + np.arange(n_pool) * n_pool_areas // n_pool)
            n_areas += n_pool_areas
    return Layout(n_seats, n_enterprise, np.concatenate(areas))


def level_pools(customers: Customers, layout: Layout, capacity_share: Floats) -> Floats:
    """Return potentials scaled so that a full seat of either pool has the same on average.

    The firm gave each pool as many seats as its potential is worth; only whole seats can be given, and the rest of
    the division is put into the enterprise accounts' potential.
    """
    potential = customers.potential.copy()
    if layout.n_enterprise:
        is_enterprise = customers.segment == ENTERPRISE
        counted = potential * customers.is_active
        per_seat = [
            counted[mask].sum() / capacity_share[seats].sum()
            for mask, seats in ((is_enterprise, layout.pool == 1), (~is_enterprise, layout.pool == 0))
        ]
        potential[is_enterprise] *= per_seat[1] / per_seat[0]
    return np.rint(potential / 100) * 100


@dataclass(frozen=True)
class Placement:
    """Which seat each account was in at the start of the history, and is in now."""

    home: Ints
    now: Ints


def place_customers(
    customers: Customers,
    layout: Layout,
    capacity_share: Floats,
    territory_effect: Floats,
    first_day: int,
    streams: Streams,
) -> Placement:
    """Cut the row of each pool into seats twice: level as designed, and as it has drifted."""
    home, now = np.zeros(customers.n, dtype=np.int64), np.zeros(customers.n, dtype=np.int64)
    is_head = customers.head == np.arange(customers.n)
    counted = _totals(customers.head, customers.potential * customers.is_active, customers.n)
    existed = _totals(customers.head, customers.potential * (customers.created_on < first_day), customers.n)
    weight = _drifted_weights(layout, capacity_share, territory_effect, streams)
    jitter = JITTER_SEATS * streams.normal("handover", customers.n)
    in_enterprise = (customers.segment == ENTERPRISE) & (layout.n_enterprise > 0)
    for pool, mask in ((0, ~in_enterprise), (1, in_enterprise)):
        seats = np.flatnonzero(layout.pool == pool)
        if not len(seats):
            continue
        members = np.flatnonzero(mask & is_head)
        row = members[np.argsort(customers.position[members], kind="stable")]
        along = _midpoints(existed[row]) * len(seats)
        cut = _fill_all(along.astype(np.int64), len(seats))
        home[row] = cut + seats[0]

        area = layout.area[home[row]]
        order = np.lexsort((along + jitter[row], area))
        again = row[order]
        bounds = _bounds(counted[again], area[order], layout.area[seats], weight[seats])
        cut = np.searchsorted(bounds, np.cumsum(counted[again]) - counted[again] / 2, side="right")
        now[again] = _fill_all(cut, len(seats)) + seats[0]
    return Placement(home[customers.head], now[customers.head])


def _totals(place: Ints, amount: Floats, n: int) -> Floats:
    return np.bincount(place, amount, n).astype(np.float64, copy=False)


def _drifted_weights(layout: Layout, capacity_share: Floats, territory_effect: Floats, streams: Streams) -> Floats:
    spread = territory_effect / max(float(np.std(territory_effect)), 1e-9)
    spread = EFFECT_CORRELATION * spread + np.sqrt(1 - EFFECT_CORRELATION**2) * streams.normal("drift", layout.n_seats)
    # Without the two ends one lucky seat in a large firm would set the scale for all others.
    low, high = np.quantile(spread, [0.01, 0.99])
    spread = np.clip(spread, low, high)
    exponent = np.log(SPREAD_RATIO) * (spread - spread.mean()) / max(high - low, 1e-9)
    weights: Floats = np.exp(exponent) * np.where(capacity_share < 1, RAMPING_SHARE_OF_BOOK, 1.0)
    return weights


def _midpoints(weights: Floats) -> Floats:
    """Return where the middle of each entry falls when all are laid end to end over [0, 1)."""
    middle: Floats = (np.cumsum(weights) - weights / 2) / weights.sum()
    return np.minimum(middle, np.nextafter(1, 0))


def _bounds(weights: Floats, area_of_entry: Ints, area_of_seat: Ints, seat_weight: Floats) -> Floats:
    """Return the inner bounds between seats, in units of cumulative weight: each area keeps its total."""
    areas, seat_area = np.unique(area_of_seat, return_inverse=True)
    totals = np.bincount(np.searchsorted(areas, area_of_entry), weights, len(areas))
    shares = seat_weight / np.bincount(seat_area, seat_weight)[seat_area]
    bounds: Floats = np.cumsum(shares * totals[seat_area])[:-1]
    return bounds


def _fill_all(cut: Ints, n_seats: int) -> Ints:
    """Leave no seat out: ascending seat numbers that start at 0, rise by at most one and end at the last."""
    index = np.arange(len(cut))
    gentle = np.minimum.accumulate(np.minimum(cut, index) - index) + index
    return np.maximum(gentle, n_seats - len(cut) + index)
