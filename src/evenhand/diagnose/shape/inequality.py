"""How unequal amounts are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gini(amounts: NDArray[np.float64]) -> float:
    """Return Gini's coefficient of amounts ≥ 0: half the mean difference of two of them ÷ their mean.

    0 where all are equal (or all are 0), near 1 where one has everything.

    References
    ----------
    C. Gini: Variabilità e mutabilità. Bologna, 1912.
    """
    n, total = len(amounts), float(np.sum(amounts))
    if total <= 0:
        return 0.0
    ranks = np.arange(1, n + 1)
    return float((2 * ranks - n - 1) @ np.sort(amounts) / (n * total))


def variation(amounts: NDArray[np.float64]) -> float:
    """Return the coefficient of variation: standard deviation (n − 1) ÷ mean; 0 for a single amount or a mean of 0."""
    mean = float(np.mean(amounts))
    return float(np.std(amounts, ddof=1)) / mean if len(amounts) > 1 and mean > 0 else 0.0


def split_in_two(values: NDArray[np.float64]) -> tuple[float, float, int]:
    """Split values in two groups so that they vary least within; return both means and the size of the lower group.

    Parameters
    ----------
    values
        (n,), n ≥ 2.

    References
    ----------
    W. D. Fisher: On grouping for maximum homogeneity. JASA 53 (1958) 789–798.
    """
    ordered = np.sort(values)
    n = len(ordered)
    sizes = np.arange(1, n)
    sums = np.cumsum(ordered)
    low_sums, high_sums = sums[:-1], sums[-1] - sums[:-1]
    between = low_sums**2 / sizes + high_sums**2 / (n - sizes)
    at = int(np.argmax(between))
    return float(low_sums[at] / sizes[at]), float(high_sums[at] / (n - sizes[at])), int(sizes[at])
