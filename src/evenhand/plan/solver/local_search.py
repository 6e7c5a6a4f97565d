"""Make a plan from the core: shifts, swaps and ejection chains on the true objective.

A *shift* puts one unit on another of its open choices; a *chain* is a shift with a second one that refills the territory
left (a swap, where the second unit comes from the first one's new territory). Both are tried at random and
accepted by simulated annealing; what is outside the bands costs a penalty per row, a little above the row's price, so
that the search walks along the edge of the bands, where the best plans are.

References
----------
.. [1] S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi (1983), Optimization by simulated annealing, Science 220,
   doi:10.1126/science.220.4598.671.
.. [2] M. Yagiura, T. Ibaraki, F. Glover (2004), An ejection chain approach for the generalized assignment problem,
   INFORMS Journal on Computing 16, doi:10.1287/ijoc.1030.0036.
.. [3] G. Marsaglia (2003), Xorshift RNGs, Journal of Statistical Software 8, doi:10.18637/jss.v008.i14.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.fixing import Core

_STEPS_PER_COOLING = 1000
_PAIR_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class Schedule:
    """How long and how hot to search."""

    n_steps: int
    hottest: float
    coldest: float
    seed: int


@dataclass(frozen=True, eq=False)
class Penalties:
    """What being outside the rows costs the search."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    per_unit: NDArray[np.float64]
    """(R,)"""
    is_band: NDArray[np.bool_]
    allowance: float
    """Penalty of bands that is free: the violation that the level may have."""


def anneal(core: Core, positions: NDArray[np.int32], penalties: Penalties, schedule: Schedule) -> NDArray[np.int32]:
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
        Number of tries, temperatures and seed.

    Returns
    -------
    NDArray
        (C,) the new positions.
    """
    positions = positions.astype(np.int32).copy()
    if not len(positions):
        return positions
    starts, entries = list_incoming(core)
    load = core_load(core, positions)
    _anneal(
        core.territories,
        core.costs,
        core.amounts,
        core.counts,
        core.n_open,
        positions,
        load,
        penalties.lower,
        penalties.upper,
        penalties.per_unit,
        penalties.is_band,
        penalties.allowance,
        starts,
        entries,
        schedule.n_steps,
        schedule.hottest,
        schedule.coldest,
        schedule.seed,
    )
    return positions


def core_load(core: Core, positions: NDArray[np.int32]) -> NDArray[np.float64]:
    """(R,) load of every row, for the chosen positions."""
    load = core.fixed_load.copy()
    _add_loads(core.territories, core.amounts, core.counts, positions, load)
    return load


def list_incoming(core: Core) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By territory, the open choices that lead to it, as unit · k + position: offsets and entries."""
    n_core, k = core.territories.shape
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


@njit(inline="always")
def _draw(state):  # type: ignore[no-untyped-def] # compiled
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@njit(inline="always")
def _draw_below(state, n):  # type: ignore[no-untyped-def] # compiled
    return np.int64(((_draw(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@njit(inline="always")
def _draw_share(state):  # type: ignore[no-untyped-def] # compiled
    return np.float64(_draw(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(nogil=True)
def _outside(x, lower, upper):  # type: ignore[no-untyped-def] # compiled
    if x > upper:
        return x - upper
    if x < lower:
        return lower - x
    return 0.0


@njit(cache=True, nogil=True)
def _shift(  # type: ignore[no-untyped-def] # compiled
    i, q, territories, costs, amounts, counts, positions, load, lower, upper, per_unit, violation
):
    """Put unit i on its choice q: the change of cost and counting penalties; that of bands goes to violation[0]."""
    p = positions[i]
    n_measures = amounts.shape[1]
    change = costs[i, q] - costs[i, p]
    a, b = np.intp(territories[i, p]) * n_measures, np.intp(territories[i, q]) * n_measures
    banded = 0.0
    if a != b:
        for m in range(n_measures):
            w = amounts[i, m]
            r = a + m
            x = load[r]
            y = x - w
            banded += per_unit[r] * (_outside(y, lower[r], upper[r]) - _outside(x, lower[r], upper[r]))
            load[r] = y
            r = b + m
            x = load[r]
            y = x + w
            banded += per_unit[r] * (_outside(y, lower[r], upper[r]) - _outside(x, lower[r], upper[r]))
            load[r] = y
    for f in range(counts.shape[2]):
        r, s = np.intp(counts[i, p, f]), np.intp(counts[i, q, f])
        if r == s:
            continue
        if r >= 0:
            change += per_unit[r] * (max(0.0, load[r] - 1.0 - upper[r]) - max(0.0, load[r] - upper[r]))
            load[r] -= 1.0
        if s >= 0:
            change += per_unit[s] * (max(0.0, load[s] + 1.0 - upper[s]) - max(0.0, load[s] - upper[s]))
            load[s] += 1.0
    violation[0] += banded
    positions[i] = q
    return change


@njit(nogil=True)
def _widen(x, change, lower, upper):  # type: ignore[no-untyped-def] # compiled
    """How much further outside the band the load x is after the change."""
    return _outside(x + change, lower, upper) - _outside(x, lower, upper)


@njit(cache=True, nogil=True)
def _anneal(  # type: ignore[no-untyped-def] # compiled  # noqa: C901, PLR0912 # one loop, kept whole for speed
    territories,
    costs,
    amounts,
    counts,
    n_open,
    positions,
    load,
    lower,
    upper,
    per_unit,
    is_band,
    allowance,
    starts,
    entries,
    n_steps,
    hottest,
    coldest,
    seed,
):
    n_core, k = territories.shape
    n_measures = amounts.shape[1]
    has_counts = counts.shape[2] > 0
    state = np.empty(1, np.uint64)
    state[0] = np.uint64(seed) * np.uint64(2654435761) + np.uint64(88172645463325252)
    violation = np.zeros(1)
    for r in range(len(load)):
        if is_band[r]:
            violation[0] += per_unit[r] * _outside(load[r], lower[r], upper[r])
    temperature = hottest
    cooling = (coldest / hottest) ** (1.0 / max(1, n_steps // _STEPS_PER_COOLING))
    for step in range(n_steps):
        if step % _STEPS_PER_COOLING == 0 and step > 0:
            temperature *= cooling
        i = _draw_below(state, n_core)
        if n_open[i] < 2:
            continue
        q = _draw_below(state, n_open[i] - 1)
        p = np.int64(positions[i])
        if q >= p:
            q += 1
        left = np.intp(territories[i, p])
        other, to, other_from = np.int64(-1), np.int64(0), np.int64(0)
        if _draw_share(state) < _PAIR_SHARE:
            n_incoming = starts[left + 1] - starts[left]
            entry = entries[starts[left] + _draw_below(state, n_incoming)]
            other, to = entry // k, entry % k
            other_from = np.int64(positions[other])
            if other == i or other_from == to or territories[other, other_from] == left:
                continue
        # What is worth more than this is refused, so the draw comes first and the sums can end early.
        limit = -temperature * np.log(_draw_share(state) + 1e-300)
        change = costs[i, q] - costs[i, p]
        if other >= 0:
            change += costs[other, to] - costs[other, other_from]
        a, b = left * n_measures, np.intp(territories[i, q]) * n_measures
        banded = 0.0
        if other < 0:
            if a != b:
                for m in range(n_measures):
                    w = amounts[i, m]
                    r = a + m
                    banded += per_unit[r] * _widen(load[r], -w, lower[r], upper[r])
                    r = b + m
                    banded += per_unit[r] * _widen(load[r], w, lower[r], upper[r])
        else:
            c = np.intp(territories[other, other_from]) * n_measures
            for m in range(n_measures):
                w, v = amounts[i, m], amounts[other, m]
                if a == b:
                    r = a + m
                    banded += per_unit[r] * _widen(load[r], v, lower[r], upper[r])
                    r = c + m
                    banded += per_unit[r] * _widen(load[r], -v, lower[r], upper[r])
                    continue
                r = a + m
                banded += per_unit[r] * _widen(load[r], v - w, lower[r], upper[r])
                if c == b:
                    r = b + m
                    banded += per_unit[r] * _widen(load[r], w - v, lower[r], upper[r])
                else:
                    r = b + m
                    banded += per_unit[r] * _widen(load[r], w, lower[r], upper[r])
                    r = c + m
                    banded += per_unit[r] * _widen(load[r], -v, lower[r], upper[r])
        reached = max(0.0, violation[0] + banded - allowance) - max(0.0, violation[0] - allowance)
        if not has_counts and change + reached > limit:
            continue
        before = violation[0]
        change = _shift(i, q, territories, costs, amounts, counts, positions, load, lower, upper, per_unit, violation)
        if other >= 0:
            change += _shift(
                other, to, territories, costs, amounts, counts, positions, load, lower, upper, per_unit, violation
            )
        if has_counts:
            change += max(0.0, violation[0] - allowance) - max(0.0, before - allowance)
            if change > limit:
                if other >= 0:
                    _shift(
                        other,
                        other_from,
                        territories,
                        costs,
                        amounts,
                        counts,
                        positions,
                        load,
                        lower,
                        upper,
                        per_unit,
                        violation,
                    )
                _shift(i, p, territories, costs, amounts, counts, positions, load, lower, upper, per_unit, violation)
                violation[0] = before
