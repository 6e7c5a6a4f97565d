"""Whether figures rise or fall steadily, or as chance would have it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 5
"""With fewer figures even a steady rise comes by chance more often than one time in twenty."""


def find_trend(values: Sequence[float | None], chance: float) -> int:
    """Return 1 for a steady rise, −1 for a steady fall, else 0.

    Parameters
    ----------
    values
        In order of time; null where unknown.
    chance
        That figures in random order may have of being called a trend.

    References
    ----------
    M. G. Kendall: A new measure of rank correlation. Biometrika 30 (1938) 81–93.
    """
    known = [value for value in values if value is not None]
    if len(known) < LEAST or len(set(known)) == 1:
        return 0
    numbers = np.array(known, dtype=np.float64)
    later, earlier = np.tril_indices(len(numbers), -1)
    score = int(np.sign(numbers[later] - numbers[earlier]).sum())
    if chance_of_score(len(numbers), abs(score)) >= chance:
        return 0
    return 1 if score > 0 else -1


@cache
def chance_of_score(n: int, score: int) -> float:
    """Return how often n different values in random order have Kendall's score as far from 0, or further."""
    counts = np.ones(1)
    for size in range(2, n + 1):
        counts = np.convolve(counts, np.ones(size) / size)
    # counts[k] is the chance of k pairs in the wrong order; the score is all pairs less twice those.
    scores = n * (n - 1) // 2 - 2 * np.arange(len(counts))
    return float(counts[np.abs(scores) >= score].sum())
