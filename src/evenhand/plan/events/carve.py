"""Filling a new hire's territory from the most loaded: how far down the givers go, and who gives nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALVINGS = 60


def find_level(
    load: NDArray[np.float64], target: NDArray[np.float64], givable: NDArray[np.float64], needed: float
) -> float:
    """Find the level to which the most loaded are taken down so that together they give what is needed.

    Parameters
    ----------
    load
        (T,) potential that each seat holds.
    target
        (T,) its fair share once the new hire is there; 0 for seats that take no part.
    givable
        (T,) the most it can give: what may go to the new hire and isn't locked.
    needed
        Potential.

    Returns
    -------
    float
        Load ÷ target: seats above it give what they have above it, the others nothing. 0 where all that can be given
        is not enough.

    Notes
    -----
    The level λ solves Σ min(givable, max(0, load − λ × target)) = needed.
    """

    def given(level: float) -> float:
        return float(np.minimum(givable, np.maximum(load - level * target, 0.0))[target > 0].sum())

    if needed <= 0 or not (target > 0).any():
        return np.inf
    if given(0.0) <= needed:
        return 0.0
    low, high = 0.0, float((load[target > 0] / target[target > 0]).max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if given(middle) >= needed else (low, middle)
    return low


def keep_above_level(
    load: NDArray[np.float64],
    target: NDArray[np.float64],
    lower: NDArray[np.float64],
    level: float,
    tolerance: float,
    *,
    upper: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """(T,) least that each seat keeps: down to the level less the tolerance, and who is below it keeps what it has.

    Parameters
    ----------
    upper
        (T,) where given, seats between their fair share and the level keep all they have as well, up to this. Not
        given where others lack something that perhaps only they can give.
    """
    if not np.isfinite(level):
        return lower
    kept = np.minimum(load, min(level - tolerance, 1.0 - tolerance) * target)
    if upper is not None:
        kept = np.where(load <= level * target, np.minimum(load, upper), kept)
    return np.where(target > 0, np.maximum(lower, kept), lower)
