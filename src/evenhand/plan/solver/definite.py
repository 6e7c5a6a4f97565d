"""Solve the definite system of a Newton step, the same way on every machine and however busy it is.

In the order of the pattern all entries of a row lie close to the diagonal, so each row is factorised from its first
entry on. A system that is large and dense all the same is left to LAPACK, whose blocks are faster there.

References
----------
.. [1] A. George, J. W. Liu (1981), Computer Solution of Large Sparse Positive Definite Systems, chapter 4 (the
   envelope method).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
from numba import njit
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no type hints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.pattern import Curvature, Pattern

_MOST_OWN = 4_000_000_000
"""Multiplications from which LAPACK is faster."""


def read_diagonal(pattern: Pattern, curvature: Curvature) -> NDArray[np.float64]:
    """(R,) the diagonal of the curvature."""
    blocks, strip = curvature
    own = blocks[pattern.block_of.diagonal()]
    bands = np.einsum("tmm->tm", own).ravel()
    counting = np.arange(len(strip))
    return np.concatenate([bands, strip[counting, pattern.n_band_rows + counting]])


def multiply(
    pattern: Pattern, curvature: Curvature, diagonal: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Multiply by the matrix with this diagonal."""
    result = diagonal * x
    _add_products(*curvature, pattern.pairs, pattern.n_band_rows, x, result)
    return result


def solve_definite(
    pattern: Pattern,
    curvature: Curvature,
    diagonal: NDArray[np.float64],
    right: NDArray[np.float64],
    is_free: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    """Solve matrix · x = right on some of the rows; None where the matrix isn't definite.

    Parameters
    ----------
    pattern
        Where the matrix has entries.
    curvature
        The matrix but for its diagonal.
    diagonal, right
        (R,)
    is_free
        (R,) rows that count; x is 0 on the others.
    """
    blocks, strip = curvature
    rows = pattern.rows
    rows = rows[is_free[rows]]
    where = pattern.block_of, pattern.order, pattern.n_measures
    first = _find_first(blocks, *where, rows)
    widths = np.arange(len(rows)) - first
    starts = np.concatenate([[0], np.cumsum(widths + 1)])
    packed = _pack(blocks, strip, *where, diagonal, rows, first, starts)
    x = np.zeros(len(right))
    if int((widths**2).sum()) > _MOST_OWN:
        dense = np.zeros((len(rows), len(rows)))
        for i, start in enumerate(starts[:-1]):
            dense[i, first[i] : i + 1] = packed[start : starts[i + 1]]
        # One thread: those of LAPACK wait for one another by spinning, which is slow where there is other work.
        with threadpool_limits(limits=1, user_api="blas"):
            try:
                factor = scipy.linalg.cho_factor(dense, lower=True, overwrite_a=True, check_finite=False)
            except np.linalg.LinAlgError:
                return None
            x[rows] = scipy.linalg.cho_solve(factor, right[rows], check_finite=False)
        return x
    solution = right[rows]
    if not _factorise_and_solve(packed, first, starts, solution):
        return None
    x[rows] = solution
    return x


@njit(cache=True, nogil=True)
def _add_products(  # type: ignore[no-untyped-def] # compiled
    blocks, strip, pairs, n_band_rows, x, result
):
    n_measures = blocks.shape[1]
    for b in range(len(pairs)):
        t, u = np.intp(pairs[b, 0]) * n_measures, np.intp(pairs[b, 1]) * n_measures
        for m in range(n_measures):
            for g in range(n_measures if t != u else m):
                result[t + m] += blocks[b, m, g] * x[u + g]
                result[u + g] += blocks[b, m, g] * x[t + m]
    for f in range(len(strip)):
        row = n_band_rows + f
        for r in range(row):
            result[row] += strip[f, r] * x[r]
            result[r] += strip[f, r] * x[row]


@njit(cache=True, nogil=True)
def _find_first(  # type: ignore[no-untyped-def] # compiled
    blocks, block_of, order, n_measures, rows
):
    """Where each row begins, as an index into the rows."""
    n_territories = len(order)
    first = np.zeros(len(rows), np.int64)
    at = np.full(n_territories + 1, len(rows), np.int64)
    place = np.empty(n_territories, np.int64)
    for p in range(n_territories):
        place[order[p]] = p
    for i in range(len(rows) - 1, -1, -1):
        if rows[i] < n_territories * n_measures:
            at[place[rows[i] // n_measures]] = i
    for p in range(n_territories - 1, -1, -1):
        at[p] = min(at[p], at[p + 1])
    began = np.empty(n_territories, np.int64)
    for p in range(n_territories):
        t = order[p]
        began[p] = p
        for q in range(p):
            u = order[q]
            block = block_of[max(t, u), min(t, u)]
            if block >= 0 and np.any(blocks[block] != 0.0):
                began[p] = q
                break
    for i in range(len(rows)):
        if rows[i] < n_territories * n_measures:
            first[i] = at[began[place[rows[i] // n_measures]]]
    return first


@njit(cache=True, nogil=True)
def _pack(  # type: ignore[no-untyped-def]  # noqa: PLR0917 # compiled
    blocks, strip, block_of, order, n_measures, diagonal, rows, first, starts
):
    """Write the rows, each from its first entry to the diagonal, one after the other."""
    n_band_rows = len(order) * n_measures
    packed = np.zeros(starts[-1])
    for i in range(len(rows)):
        for j in range(first[i], i):
            r, s = max(rows[i], rows[j]), min(rows[i], rows[j])
            at = starts[i] + j - first[i]
            if r >= n_band_rows:
                packed[at] = strip[r - n_band_rows, s]
                continue
            block = block_of[r // n_measures, s // n_measures]
            if block >= 0:
                packed[at] = blocks[block, r % n_measures, s % n_measures]
        packed[starts[i + 1] - 1] = diagonal[rows[i]]
    return packed


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _factorise_and_solve(
    packed: NDArray[np.float64], first: NDArray[np.int64], starts: NDArray[np.int64], x: NDArray[np.float64]
) -> bool:
    n = len(x)
    for i in range(n):
        row = packed[starts[i] : starts[i + 1]]
        for j in range(first[i], i):
            other = packed[starts[j] : starts[j + 1]]
            begin = max(first[i], first[j])
            mine, its = row[begin - first[i] : j - first[i]], other[begin - first[j] : j - first[j]]
            total = 0.0
            for at in range(len(mine)):
                total += mine[at] * its[at]
            row[j - first[i]] = (row[j - first[i]] - total) / other[j - first[j]]
        total = 0.0
        for at in range(i - first[i]):
            total += row[at] * row[at]
        pivot = row[i - first[i]] - total
        if not pivot > 0.0:
            return False
        row[i - first[i]] = np.sqrt(pivot)
    for i in range(n):
        row = packed[starts[i] : starts[i + 1]]
        total = 0.0
        for at in range(i - first[i]):
            total += row[at] * x[first[i] + at]
        x[i] = (x[i] - total) / row[i - first[i]]
    for i in range(n - 1, -1, -1):
        row = packed[starts[i] : starts[i + 1]]
        x[i] /= row[i - first[i]]
        for at in range(i - first[i]):
            x[first[i] + at] -= row[at] * x[i]
    return True
