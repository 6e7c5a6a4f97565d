"""Make a plan from the core: shifts, swaps and ejection chains on the true objective.

A *shift* puts one unit on another of its open choices; a *chain* is a shift with a second one that refills the
territory left (a swap, where the second unit comes from the first one's new territory; a ring, where a third one
closes it). All are tried at random and accepted by simulated annealing. What is outside the rows costs the row's own
price and a surcharge that grows, so that the search walks along the edge of the bands, where the best plans are, and
ends inside. The surcharge is the same for all territories: a surplus can then pass from one to the next, through
several that are full, until one can take it.

References
----------
.. [1] S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi (1983), Optimization by simulated annealing, Science 220,
   doi:10.1126/science.220.4598.671.
.. [2] M. Yagiura, T. Ibaraki, F. Glover (2004), An ejection chain approach for the generalized assignment problem,
   INFORMS Journal on Computing 16, doi:10.1287/ijoc.1030.0036.
.. [3] G. Marsaglia (2003), Xorshift RNGs, Journal of Statistical Software 8, doi:10.18637/jss.v008.i14.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.fixing import Core

_STEPS_PER_COOLING = 2000
_RING_TRIES = 8
_CHAINS_OF_1024 = 700
"""Of 1,024 tries, how many are chains."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """How long and how hot to search, and how tightly the rows are kept."""

    n_steps: int
    hottest: float
    coldest: float
    loosest: float
    tightest: float
    """Factors of the surcharge, first and last."""
    seed: int


@dataclass(frozen=True, eq=False)
class Penalties:
    """What being outside the rows costs the search."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    price: NDArray[np.float64]
    """(R,) of one unit outside."""
    surcharge: NDArray[np.float64]
    """(R,) comes on top, times a factor."""
    is_band: NDArray[np.bool_]
    free_price: float
    """What the violation that the level may have costs at the price: that much isn't charged."""
    free_surcharge: float


def anneal(
    core: Core,
    positions: NDArray[np.int32],
    penalties: Penalties,
    schedule: Schedule,
    seconds: float = np.inf,
) -> NDArray[np.int32]:
    """Improve the choice of the core's units.

    Parameters
    ----------
    core
        Units in play.
    positions
        (C,) the open choice each unit is on.
    penalties
        Of the rows.
    schedule
        Number of tries, temperatures, penalties and seed.
    seconds
        After which it ends where it is, wherever it runs; inf for no limit.

    Returns
    -------
    NDArray
        (C,) the new positions.
    """
    positions = positions.astype(np.int32)
    if not (core.n_open > 1).any():
        return positions
    starts, entries = _list_incoming(core)
    # The kernel has no clock: a timer tells it, through memory that both see.
    is_late = np.zeros(1, np.bool_)
    timer = threading.Timer(seconds, is_late.fill, [True]) if np.isfinite(seconds) else None
    if timer is not None:
        timer.daemon = True
        timer.start()
    _anneal(
        core.territories,
        core.costs,
        core.amounts,
        core.counts,
        core.n_open,
        positions,
        load_core(core, positions),
        penalties.lower,
        penalties.upper,
        penalties.price,
        penalties.surcharge,
        penalties.is_band,
        penalties.free_price,
        penalties.free_surcharge,
        starts,
        entries,
        schedule.n_steps,
        schedule.hottest,
        schedule.coldest,
        schedule.loosest,
        schedule.tightest,
        schedule.seed,
        is_late,
    )
    if timer is not None:
        timer.cancel()
    return positions


def load_core(core: Core, positions: NDArray[np.int32]) -> NDArray[np.float64]:
    """(R,) load of every row, units outside the core included."""
    load = core.fixed_load.copy()
    _add_loads(core.territories, core.amounts, core.counts, positions, load)
    return load


def _list_incoming(core: Core) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By territory, the open choices that lead to it, as unit · k + position: offsets and entries."""
    _, k = core.territories.shape
    unit, position = np.nonzero(np.arange(k)[None, :] < core.n_open[:, None])
    territory = core.territories[unit, position]
    order = np.argsort(territory, kind="stable")
    n_territories = int(territory.max(initial=-1)) + 1
    starts = np.searchsorted(territory[order], np.arange(n_territories + 1)).astype(np.int64)
    return starts, (unit * k + position)[order].astype(np.int64)


@njit(cache=True, nogil=True)
def _add_loads(
    territories: NDArray[np.int32],
    amounts: NDArray[np.float64],
    counts: NDArray[np.int32],
    positions: NDArray[np.int32],
    load: NDArray[np.float64],
) -> None:
    n_measures = amounts.shape[1]
    for i in range(len(positions)):
        p = positions[i]
        first = np.intp(territories[i, p]) * n_measures
        for m in range(n_measures):
            load[first + m] += amounts[i, m]
        for f in range(counts.shape[2]):
            if counts[i, p, f] >= 0:
                load[counts[i, p, f]] += 1.0


@njit(nogil=True)
def _draw(x):  # type: ignore[no-untyped-def] # compiled
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    return x


@njit(nogil=True)
def _outside(x, lower, upper):  # type: ignore[no-untyped-def] # compiled
    if x > upper:
        return x - upper
    if x < lower:
        return lower - x
    return 0.0


@njit(nogil=True)
def _widen(x, change, lower, upper):  # type: ignore[no-untyped-def] # compiled
    """Tell how much further outside the band the load x is after the change."""
    return _outside(x + change, lower, upper) - _outside(x, lower, upper)


@njit(cache=True, nogil=True)
def _shift_counted(  # type: ignore[no-untyped-def]  # noqa: PLR0917 # compiled
    i, q, territories, amounts, counts, positions, load, lower, upper, per_unit
):
    """Put unit i on its choice q; return how the penalties of bands and of counting rows change."""
    p = positions[i]
    n_measures = amounts.shape[1]
    a, b = np.intp(territories[i, p]) * n_measures, np.intp(territories[i, q]) * n_measures
    banded, counted = 0.0, 0.0
    if a != b:
        for m in range(n_measures):
            w = amounts[i, m]
            banded += per_unit[a + m] * _widen(load[a + m], -w, lower[a + m], upper[a + m])
            banded += per_unit[b + m] * _widen(load[b + m], w, lower[b + m], upper[b + m])
            load[a + m] -= w
            load[b + m] += w
    for f in range(counts.shape[2]):
        r, s = np.intp(counts[i, p, f]), np.intp(counts[i, q, f])
        if r == s:
            continue
        if r >= 0:
            counted += per_unit[r] * _widen(load[r], -1.0, -np.inf, upper[r])
            load[r] -= 1.0
        if s >= 0:
            counted += per_unit[s] * _widen(load[s], 1.0, -np.inf, upper[s])
            load[s] += 1.0
    positions[i] = q
    return banded, counted


@njit(cache=True, nogil=True)
def _anneal(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915, PLR0917 # compiled: one hot loop
    territories,
    costs,
    amounts,
    counts,
    n_open,
    positions,
    load,
    lower,
    upper,
    price,
    surcharge,
    is_band,
    free_price,
    free_surcharge,
    starts,
    entries,
    n_steps,
    hottest,
    coldest,
    loosest,
    tightest,
    seed,
    is_late,
):
    n_core, k = territories.shape
    n_measures = amounts.shape[1]
    has_counts = counts.shape[2] > 0
    low, ten = np.uint64(0xFFFFFFFF), np.uint64(1023)
    state = np.uint64(seed) * np.uint64(2654435761) + np.uint64(88172645463325252)
    for _ in range(8):
        state = _draw(state)
    # Metropolis' rule with the draw taken first: what is worth more than −T log u is refused.
    tolerated = np.empty(1024)
    for u in range(1024):
        tolerated[u] = -np.log((u + 0.5) / 1024)
    per_unit = np.empty(len(load))
    violation, excess, allowance = 0.0, 0.0, 0.0
    n_coolings = max(1, n_steps // _STEPS_PER_COOLING)
    cooling, tightening = (coldest / hottest) ** (1.0 / n_coolings), (tightest / loosest) ** (1.0 / n_coolings)
    temperature, factor = hottest / cooling, loosest / tightening
    for step in range(n_steps):
        if step % _STEPS_PER_COOLING == 0:
            if is_late[0]:
                break
            temperature *= cooling
            factor *= tightening
            violation, excess, allowance = 0.0, 0.0, free_price + factor * free_surcharge
            for r in range(len(load)):
                per_unit[r] = price[r] + factor * surcharge[r]
                outside = per_unit[r] * _outside(load[r], lower[r], upper[r])
                if is_band[r]:
                    violation += outside
                else:
                    excess += outside
        state = _draw(state)
        i = np.int64(((state >> np.uint64(32)) * np.uint64(n_core)) >> np.uint64(32))
        if n_open[i] < 2:
            continue
        q = np.int64(((state & low) * np.uint64(n_open[i] - 1)) >> np.uint64(32))
        p = np.int64(positions[i])
        if q >= p:
            q += 1
        left, entered = np.intp(territories[i, p]), np.intp(territories[i, q])
        state = _draw(state)
        limit = temperature * tolerated[state & ten]
        change = costs[i, q] - costs[i, p]
        a, b = left * n_measures, entered * n_measures
        banded = 0.0
        other, to, other_from = np.int64(-1), np.int64(0), np.int64(0)
        third, third_to, third_from = np.int64(-1), np.int64(0), np.int64(0)
        if ((state >> np.uint64(10)) & ten) < np.uint64(_CHAINS_OF_1024):
            n_incoming = starts[left + 1] - starts[left]
            entry = entries[
                starts[left] + np.int64(((state >> np.uint64(32)) * np.uint64(n_incoming)) >> np.uint64(32))
            ]
            other, to = entry // k, entry % k
            other_from = np.int64(positions[other])
            emptied = np.intp(territories[other, other_from])
            if other == i or other_from == to:
                continue
            if left in (emptied, entered):
                continue
            change += costs[other, to] - costs[other, other_from]
            c = emptied * n_measures
            if emptied != entered and state & np.uint64(1 << 20):
                # Close the ring: a third unit, from where the first one goes to where the second one came from.
                n_incoming = starts[emptied + 1] - starts[emptied]
                state = _draw(state)
                at = np.int64(((state >> np.uint64(32)) * np.uint64(n_incoming)) >> np.uint64(32))
                for tried in range(min(_RING_TRIES, n_incoming)):
                    entry = entries[starts[emptied] + (at + tried) % n_incoming]
                    if territories[entry // k, positions[entry // k]] == entered and entry // k != i:
                        third, third_to = entry // k, entry % k
                        break
                if third >= 0:
                    third_from = np.int64(positions[third])
                    change += costs[third, third_to] - costs[third, third_from]
            for m in range(n_measures):
                w, v = amounts[i, m], amounts[other, m]
                r = a + m
                banded += per_unit[r] * _widen(load[r], v - w, lower[r], upper[r])
                r = b + m
                if c == b:
                    banded += per_unit[r] * _widen(load[r], w - v, lower[r], upper[r])
                else:
                    x = amounts[third, m] if third >= 0 else 0.0
                    banded += per_unit[r] * _widen(load[r], w - x, lower[r], upper[r])
                    r = c + m
                    banded += per_unit[r] * _widen(load[r], x - v, lower[r], upper[r])
        elif a != b:
            for m in range(n_measures):
                w = amounts[i, m]
                r = a + m
                banded += per_unit[r] * _widen(load[r], -w, lower[r], upper[r])
                r = b + m
                banded += per_unit[r] * _widen(load[r], w, lower[r], upper[r])
        change += max(0.0, violation + banded - allowance) - max(0.0, violation - allowance)
        if not has_counts:
            if change > limit:
                continue
            for m in range(n_measures):
                w = amounts[i, m]
                load[a + m] -= w
                load[b + m] += w
            positions[i] = q
            if other >= 0:
                for m in range(n_measures):
                    v = amounts[other, m]
                    load[c + m] -= v
                    load[a + m] += v
                positions[other] = to
            if third >= 0:
                for m in range(n_measures):
                    x = amounts[third, m]
                    load[b + m] -= x
                    load[c + m] += x
                positions[third] = third_to
            violation += banded
            continue
        # Counting rows may be shared by both shifts, so they are made, and taken back where refused. They can gain
        # no more than what is over them now, so most tries end here.
        if change - excess > limit:
            continue
        banded, counted = _shift_counted(i, q, territories, amounts, counts, positions, load, lower, upper, per_unit)
        if other >= 0:
            more_banded, more_counted = _shift_counted(
                other, to, territories, amounts, counts, positions, load, lower, upper, per_unit
            )
            banded += more_banded
            counted += more_counted
        if third >= 0:
            more_banded, more_counted = _shift_counted(
                third, third_to, territories, amounts, counts, positions, load, lower, upper, per_unit
            )
            banded += more_banded
            counted += more_counted
        if change + counted <= limit:
            violation += banded
            excess += counted
            continue
        if third >= 0:
            _shift_counted(third, third_from, territories, amounts, counts, positions, load, lower, upper, per_unit)
        if other >= 0:
            _shift_counted(other, other_from, territories, amounts, counts, positions, load, lower, upper, per_unit)
        _shift_counted(i, p, territories, amounts, counts, positions, load, lower, upper, per_unit)
