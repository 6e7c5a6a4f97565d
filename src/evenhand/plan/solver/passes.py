"""Passes over units at given prices: the sums that the dual needs, compiled, one partition at a time.

All are plain loops in a fixed order that release the interpreter lock, so that partitions run beside one another and
give the same sums wherever they run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEGLIGIBLE = 18.0
"""A candidate this many temperatures above the best (share 1e-8) isn't looked at."""


@njit(inline="always")
def _price_choice(  # type: ignore[no-untyped-def]  # noqa: PLR0917 # compiled and inlined: a call costs three times the sum
    i, j, territory, n_measures, n_families, costs, amounts, counts, prices
):
    first = territory * n_measures
    total = costs[i, j]
    for m in range(n_measures):
        total += prices[first + m] * amounts[i, m]
    for f in range(n_families):
        row = counts[i, j, f]
        if row >= 0:
            total += prices[row]
    return total


@njit(inline="always")
def _add_counted(strip, row, other, n_band_rows, change):  # type: ignore[no-untyped-def] # compiled
    """Add to the entry of a counting row and another row, on and below the diagonal."""
    if row < 0 or other < 0:
        return
    twice = 2.0 if other == row else 1.0
    strip[max(row, other) - n_band_rows, min(row, other)] += twice * change


@njit(cache=True, nogil=True)
def smoothed_pass(  # noqa: C901, PLR0912, PLR0915, PLR0917 # compiled: one hot loop, arrays by position
    candidates: NDArray[np.int32],
    costs: NDArray[np.float64],
    amounts: NDArray[np.float64],
    counts: NDArray[np.int32],
    prices: NDArray[np.float64],
    temperature: float,
    stride: int,
    load: NDArray[np.float64],
    block_of: NDArray[np.int32],
    blocks: NDArray[np.float64],
    strip: NDArray[np.float64],
) -> tuple[float, float, int]:
    """Add −τ log Σ exp(−·/τ) over the units to the sum, and its slope to `load`.

    Minus its Hessian, the lower triangle, is added to `blocks` and `strip` (`pattern.Pattern`), estimated from every
    stride-th unit that has more than one candidate in play; a stride of 0 leaves them alone.

    Returns
    -------
    tuple[float, float, int]
        The sum, what the units cost by their shares, and how many have more than one candidate in play.
    """
    n, k = candidates.shape
    n_measures, n_families = amounts.shape[1], counts.shape[2]
    n_entries = n_measures + n_families
    n_band_rows = len(block_of) * n_measures
    priced = np.empty(k)
    share = np.empty(k)
    chosen = np.empty(k, np.int64)
    rows = np.empty((k, n_entries), np.int64)
    value = np.empty(n_entries)
    value[n_measures:] = 1.0
    total, cost, n_undecided = 0.0, 0.0, 0
    coldness = 1.0 / temperature
    for i in range(n):
        least = np.inf
        for j in range(k):
            priced[j] = np.inf
            territory = np.intp(candidates[i, j])
            if territory >= 0:
                priced[j] = _price_choice(i, j, territory, n_measures, n_families, costs, amounts, counts, prices)
                least = min(least, priced[j])
        weight, n_active = 0.0, 0
        reach = least + _NEGLIGIBLE * temperature
        for j in range(k):
            if priced[j] < reach:
                chosen[n_active] = j
                n_active += 1
        if n_active == 1:
            total += least
            cost += costs[i, chosen[0]]
            first = np.intp(candidates[i, chosen[0]]) * n_measures
            for m in range(n_measures):
                load[first + m] += amounts[i, m]
            for f in range(n_families):
                row = counts[i, chosen[0], f]
                if row >= 0:
                    load[row] += 1.0
            continue
        for a in range(n_active):
            share[a] = np.exp((least - priced[chosen[a]]) * coldness)
            weight += share[a]
        total += least - temperature * np.log(weight)
        per_weight = 1.0 / weight
        for m in range(n_measures):
            value[m] = amounts[i, m]
        for a in range(n_active):
            share[a] *= per_weight
            cost += share[a] * costs[i, chosen[a]]
            first = np.intp(candidates[i, chosen[a]]) * n_measures
            for m in range(n_measures):
                rows[a, m] = first + m
            for f in range(n_families):
                rows[a, n_measures + f] = counts[i, chosen[a], f]
            for e in range(n_entries):
                if rows[a, e] >= 0:
                    load[rows[a, e]] += share[a] * value[e]
        n_undecided += 1
        if stride == 0 or n_undecided % stride:
            continue
        for a in range(n_active):
            own = np.intp(candidates[i, chosen[a]])
            factor = stride * share[a] * (1.0 - share[a]) / temperature
            block = block_of[own, own]
            for m in range(n_measures):
                scaled = factor * value[m]
                for g in range(m + 1):
                    blocks[block, m, g] += scaled * value[g]
            for f in range(n_families):
                row = rows[a, n_measures + f]
                if row >= 0:
                    for e in range(n_measures + f + 1):
                        if rows[a, e] >= 0:
                            strip[row - n_band_rows, rows[a, e]] += factor * value[e]
            for b in range(a):
                factor = -stride * share[a] * share[b] / temperature
                other = np.intp(candidates[i, chosen[b]])
                block = block_of[max(own, other), min(own, other)]
                for m in range(n_measures):
                    scaled = factor * value[m]
                    # The product of the amounts is symmetric, whichever of the two is the greater.
                    for g in range(n_measures):
                        blocks[block, m, g] += scaled * value[g]
                for f in range(n_families):
                    for e in range(n_entries):
                        _add_counted(strip, rows[a, n_measures + f], rows[b, e], n_band_rows, factor * value[e])
                    for e in range(n_measures):
                        _add_counted(strip, rows[b, n_measures + f], rows[a, e], n_band_rows, factor * value[e])
    return total, cost, n_undecided


@njit(cache=True, nogil=True)
def cheapest_pass(
    candidates: NDArray[np.int32],
    costs: NDArray[np.float64],
    amounts: NDArray[np.float64],
    counts: NDArray[np.int32],
    prices: NDArray[np.float64],
    load: NDArray[np.float64],
) -> float:
    """Add up the cheapest candidate of every unit at these prices, and its amounts to `load`."""
    n, k = candidates.shape
    n_measures, n_families = amounts.shape[1], counts.shape[2]
    total = 0.0
    for i in range(n):
        least, best = np.inf, -1
        for j in range(k):
            territory = np.intp(candidates[i, j])
            if territory >= 0:
                priced = _price_choice(i, j, territory, n_measures, n_families, costs, amounts, counts, prices)
                if priced < least:
                    least, best = priced, j
        total += least
        first = np.intp(candidates[i, best]) * n_measures
        for m in range(n_measures):
            load[first + m] += amounts[i, m]
        for f in range(n_families):
            if counts[i, best, f] >= 0:
                load[counts[i, best, f]] += 1.0
    return total


@njit(cache=True, nogil=True)
def regret_pass(
    candidates: NDArray[np.int32],
    costs: NDArray[np.float64],
    amounts: NDArray[np.float64],
    counts: NDArray[np.int32],
    prices: NDArray[np.float64],
    best: NDArray[np.int32],
    margin: NDArray[np.float64],
) -> None:
    """Write each unit's cheapest column, and how much dearer its second cheapest is (inf where there is none)."""
    n, k = candidates.shape
    n_measures, n_families = amounts.shape[1], counts.shape[2]
    for i in range(n):
        least, second, column = np.inf, np.inf, -1
        for j in range(k):
            territory = np.intp(candidates[i, j])
            if territory >= 0:
                priced = _price_choice(i, j, territory, n_measures, n_families, costs, amounts, counts, prices)
                if priced < least:
                    least, second, column = priced, least, j
                elif priced < second:
                    second = priced
        best[i] = column
        margin[i] = second - least


@njit(cache=True, nogil=True)
def share_pass(
    candidates: NDArray[np.int32],
    costs: NDArray[np.float64],
    amounts: NDArray[np.float64],
    counts: NDArray[np.int32],
    prices: NDArray[np.float64],
    temperature: float,
    columns: NDArray[np.int32],
) -> None:
    """Write a column for each unit, drawn by its shares exp(−·/τ): units that are undecided alike are spread evenly.

    The draws are multiples of the golden ratio, which are even over any run of units.
    """
    n, k = candidates.shape
    n_measures, n_families = amounts.shape[1], counts.shape[2]
    priced = np.empty(k)
    for i in range(n):
        least = np.inf
        for j in range(k):
            priced[j] = np.inf
            territory = np.intp(candidates[i, j])
            if territory >= 0:
                priced[j] = _price_choice(i, j, territory, n_measures, n_families, costs, amounts, counts, prices)
                least = min(least, priced[j])
        total = 0.0
        for j in range(k):
            priced[j] = np.exp((least - priced[j]) / temperature) if priced[j] < np.inf else 0.0
            total += priced[j]
        left = total * ((i + 1) * 0.6180339887498949 % 1.0)
        for j in range(k):
            if priced[j] > 0.0:
                columns[i] = j
                if left < priced[j]:
                    break
                left -= priced[j]
