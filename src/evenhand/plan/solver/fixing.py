"""Fix what prices have decided: the few units that are still in play, and where they may go.

At prices y a choice has a *regret*: how much dearer it is than the unit's cheapest. A plan better than one of value U
can't contain a choice with a regret above U − L(y), so such choices are closed for good. In practice far fewer are
needed: some twelve units per coupling row, those of least regret, hold the best plan, since a vertex of the linear
relaxation splits at most one unit per row. They are taken territory by territory, so that none is left without any.

References
----------
.. [1] E. Balas, E. Zemel (1980), An algorithm for large zero-one knapsack problems, Operations Research 28,
   doi:10.1287/opre.28.5.1130 (the core).
.. [2] H. Crowder, E. L. Johnson, M. Padberg (1983), Solving large-scale zero-one linear programming problems,
   Operations Research 31, doi:10.1287/opre.31.5.803 (fixing by reduced costs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from evenhand.plan.solver.coupling import measure_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling


@dataclass(frozen=True, eq=False)
class Core:
    """The units in play, each with its open choices, cheapest at the prices first."""

    units: NDArray[np.intp]
    """(C,) ascending."""
    columns: NDArray[np.int32]
    """(C, k) columns of the level, by regret; those beyond `n_open` are closed."""
    n_open: NDArray[np.int32]
    """(C,)"""
    territories: NDArray[np.int32]
    """(C, k)"""
    costs: NDArray[np.float64]
    """(C, k)"""
    regrets: NDArray[np.float64]
    """(C, k), inf where closed."""
    amounts: NDArray[np.float64]
    """(C, M)"""
    counts: NDArray[np.int32]
    """(C, k, F)"""
    fixed_load: NDArray[np.float64]
    """(R,) of the units outside the core."""
    outside: NDArray[np.int32]
    """(n,) column of every unit; those of the core are to be replaced."""

    def place(self, positions: NDArray[np.int32]) -> NDArray[np.int32]:
        """Columns of the whole level, for the chosen position of every unit of the core."""
        columns = self.outside.copy()
        columns[self.units] = self.columns[np.arange(len(self.units)), positions]
        return columns

    def find(self, columns: NDArray[np.int32]) -> NDArray[np.int32]:
        """Positions of the core's units on these columns of the whole level."""
        return np.asarray((self.columns == columns[self.units][:, None]).argmax(axis=1), np.int32)


def cut_core(
    coupling: Coupling,
    prices: NDArray[np.float64],
    plan: NDArray[np.int32],
    *,
    n_choices: NDArray[np.int64],
    most_regret: float = np.inf,
) -> Core:
    """Take the choices of least regret into the core, and the units that have them.

    Parameters
    ----------
    coupling, prices
        The level and the prices of its rows.
    plan
        (n,) column of every unit: it stays open, and units outside the core keep it.
    n_choices
        (T,) how many choices that lead into each territory, and as many out of it, are open.
    most_regret
        Choices above it are closed.
    """
    n, k = coupling.candidates.shape
    is_open = np.zeros((n, k), np.bool_)
    _open_choices(
        coupling.candidates,
        coupling.costs,
        coupling.amounts,
        coupling.counts,
        prices,
        plan,
        n_choices,
        most_regret,
        is_open,
    )
    units = np.flatnonzero(is_open.any(axis=1))
    part = coupling.take(units)
    is_open = is_open[units]
    is_open[np.arange(len(units)), plan[units]] = True
    regrets = price_choices(part, prices)
    regrets -= regrets.min(axis=1, keepdims=True)
    regrets[~is_open] = np.inf
    order = np.argsort(regrets, axis=1, kind="stable").astype(np.int32)
    load = measure_rows(coupling, plan) - measure_rows(part, plan[units])
    return Core(
        units=units,
        columns=order,
        n_open=is_open.sum(axis=1).astype(np.int32),
        territories=np.take_along_axis(part.candidates, order, axis=1),
        costs=np.take_along_axis(part.costs, order, axis=1),
        regrets=np.take_along_axis(regrets, order, axis=1),
        amounts=part.amounts,
        counts=np.ascontiguousarray(np.take_along_axis(part.counts, order[:, :, None], axis=1)),
        fixed_load=load,
        outside=np.asarray(plan, np.int32),
    )


def price_choices(coupling: Coupling, prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) what each choice costs at these prices; inf where there is no candidate."""
    n_measures = len(coupling.unit)
    by_territory = prices[: coupling.n_band_rows].reshape(-1, n_measures)
    priced = coupling.costs + np.einsum("nkm,nm->nk", by_territory[coupling.candidates], coupling.amounts)
    for f in range(coupling.counts.shape[2]):
        row = coupling.counts[:, :, f]
        priced += np.where(row >= 0, prices[row], 0.0)
    priced[coupling.candidates < 0] = np.inf
    return np.asarray(priced)


@njit(inline="always")
def _mix(x):  # type: ignore[no-untyped-def] # compiled
    """Scatter ties (most regrets are equal where costs are 0 and 1) by a hash of the choice."""
    z = np.uint64(x) * np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(29)
    return np.float64((z * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(11))


@njit(cache=True, nogil=True)
def _keep_least(  # type: ignore[no-untyped-def] # compiled  # noqa: PLR0917 # kernels take arrays by position
    regret, tie, choice, heap_regret, heap_tie, heap_choice, first, size, t
):
    """Put a choice on the heap of territory t if it is among its least so far."""
    start = first[t]
    capacity = first[t + 1] - start
    if capacity == 0:
        return
    if size[t] < capacity:
        at = size[t]
        size[t] += 1
        while at > 0:
            up = (at - 1) // 2
            s, d = start + up, start + at
            if heap_regret[s] > regret or (heap_regret[s] == regret and heap_tie[s] >= tie):
                break
            heap_regret[d], heap_tie[d], heap_choice[d] = heap_regret[s], heap_tie[s], heap_choice[s]
            at = up
    else:
        if regret > heap_regret[start] or (regret == heap_regret[start] and tie >= heap_tie[start]):
            return
        at = 0
        while True:
            down = 2 * at + 1
            if down >= capacity:
                break
            s = start + down
            if down + 1 < capacity and (
                heap_regret[s + 1] > heap_regret[s]
                or (heap_regret[s + 1] == heap_regret[s] and heap_tie[s + 1] > heap_tie[s])
            ):
                down, s = down + 1, s + 1
            if regret > heap_regret[s] or (regret == heap_regret[s] and tie >= heap_tie[s]):
                break
            d = start + at
            heap_regret[d], heap_tie[d], heap_choice[d] = heap_regret[s], heap_tie[s], heap_choice[s]
            at = down
    d = start + at
    heap_regret[d], heap_tie[d], heap_choice[d] = regret, tie, choice


@njit(cache=True, nogil=True)
def _open_choices(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0917 # compiled: one hot loop
    candidates,
    costs,
    amounts,
    counts,
    prices,
    plan,
    n_choices,
    most_regret,
    is_open,
):
    n, k = candidates.shape
    n_measures, n_families = amounts.shape[1], counts.shape[2]
    n_territories = len(n_choices)
    # A heap into every territory and one out of it, in one array.
    first = np.zeros(2 * n_territories + 1, np.int64)
    for t in range(2 * n_territories):
        first[t + 1] = first[t] + n_choices[t % n_territories]
    heap_regret = np.empty(first[-1])
    heap_tie = np.empty(first[-1])
    heap_choice = np.empty(first[-1], np.int64)
    size = np.zeros(2 * n_territories, np.int64)
    priced = np.empty(k)
    for i in range(n):
        least, best = np.inf, 0
        for j in range(k):
            territory = np.intp(candidates[i, j])
            priced[j] = np.inf
            if territory >= 0:
                total = costs[i, j]
                for m in range(n_measures):
                    total += prices[territory * n_measures + m] * amounts[i, m]
                for f in range(n_families):
                    if counts[i, j, f] >= 0:
                        total += prices[counts[i, j, f]]
                priced[j] = total
                if total < least:
                    least, best = total, j
        origin = candidates[i, best]
        for j in range(k):
            if j == best or candidates[i, j] < 0 or priced[j] - least > most_regret:
                continue
            regret, choice = priced[j] - least, i * k + j
            tie = _mix(choice)
            into, out = candidates[i, j], n_territories + origin
            _keep_least(regret, tie, choice, heap_regret, heap_tie, heap_choice, first, size, into)
            _keep_least(regret, tie, choice, heap_regret, heap_tie, heap_choice, first, size, out)
        if best != plan[i]:
            is_open[i, best] = True
    for t in range(2 * n_territories):
        for at in range(size[t]):
            choice = heap_choice[first[t] + at]
            is_open[choice // k, choice % k] = True
    for i in range(n):
        n_open = 0
        for j in range(k):
            n_open += is_open[i, j]
        if n_open == 0:
            continue
        least, best = np.inf, 0
        for j in range(k):
            territory = np.intp(candidates[i, j])
            if territory >= 0:
                total = costs[i, j]
                for m in range(n_measures):
                    total += prices[territory * n_measures + m] * amounts[i, m]
                for f in range(n_families):
                    if counts[i, j, f] >= 0:
                        total += prices[counts[i, j, f]]
                if total < least:
                    least, best = total, j
        is_open[i, best] = True
