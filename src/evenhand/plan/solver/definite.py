"""Solve a definite system of a few hundred unknowns, the same way on every machine and however busy it is.

LAPACK would do, but its threads wait for one another by spinning: on a machine with other work a factorisation of 600
rows then takes a hundred times as long. So small systems are factorised here, and large ones by LAPACK.

References
----------
.. [1] G. H. Golub, C. F. Van Loan (2013), Matrix Computations, 4th edition, section 4.2 (Cholesky by rows).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_OWN = 1000


def solve_definite(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Solve matrix · x = right; None where the matrix isn't definite. The matrix is overwritten."""
    if len(right) > _MOST_OWN:
        try:
            factor = scipy.linalg.cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:
            return None
        return np.asarray(scipy.linalg.cho_solve(factor, right, check_finite=False))
    solution = right.copy()
    return solution if _factorise_and_solve(np.ascontiguousarray(matrix), solution) else None


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _factorise_and_solve(matrix: NDArray[np.float64], x: NDArray[np.float64]) -> bool:
    n = len(x)
    for i in range(n):
        row = matrix[i]
        for j in range(i):
            other = matrix[j]
            total = 0.0
            for at in range(j):
                total += row[at] * other[at]
            row[j] = (row[j] - total) / other[j]
        total = 0.0
        for at in range(i):
            total += row[at] * row[at]
        pivot = row[i] - total
        if not pivot > 0.0:
            return False
        row[i] = np.sqrt(pivot)
    for i in range(n):
        total = 0.0
        for at in range(i):
            total += matrix[i, at] * x[at]
        x[i] = (x[i] - total) / matrix[i, i]
    for i in range(n - 1, -1, -1):
        x[i] /= matrix[i, i]
        for at in range(i):
            x[at] -= matrix[i, at] * x[i]
    return True
