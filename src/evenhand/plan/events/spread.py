"""Sharing the accounts of emptied territories out by spare capacity: who has room takes more, who is full little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SWEEPS = 60
_HALVINGS = 100
_CLOSE = 1e-9
_LEAST_HOURS = 1e-6
"""So that accounts which need no hours are shared out all the same."""


def find_spare_hours(
    workload: NDArray[np.float64], capacity_hours: NDArray[np.float64], ceiling: float
) -> NDArray[np.float64]:
    """(T,) hours a year that each seat could still take: ceiling × its hours − its workload, at least 0."""
    return np.maximum(ceiling * capacity_hours - workload, 0.0)


def share_by_spare(
    hours: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    spare: NDArray[np.float64],
    capacity: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Share hours out so that every receiver fills the same share of its spare hours.

    Parameters
    ----------
    hours
        (K,) of each kind of account that has to be taken over.
    allowed
        (K, T) which seats may take which kind.
    spare
        (T,) spare hours.
    capacity
        (T,) hours of a full year; what no spare hours are left for is shared out by these.

    Returns
    -------
    NDArray[np.float64]
        (K, T), each row adds up to the hours of its kind; a kind that nobody may take has a row of 0.

    Notes
    -----
    With one kind that everybody may take: hours × spare ÷ Σ spare, as long as the spare hours are enough; the rest by
    hours × capacity ÷ Σ capacity. With several kinds, the most filled receiver is filled as little as can be, then
    the next (fill levels are equalised kind by kind until nothing changes).
    """
    rows, group = np.unique(allowed, axis=0, return_inverse=True)
    group = group.ravel()
    wanted = np.maximum(hours, _LEAST_HOURS)
    by_group = np.bincount(group, weights=wanted, minlength=len(rows))
    filled = np.zeros((len(rows), allowed.shape[1]))
    able = [g for g in range(len(rows)) if rows[g].any()]
    for _ in range(_SWEEPS):
        before = filled.copy()
        for g in able:
            others = filled.sum(axis=0) - filled[g]
            filled[g] = _pour(by_group[g], rows[g], others, spare, capacity)
        if np.abs(filled - before).max(initial=0.0) <= _CLOSE * max(float(by_group.sum()), 1.0):
            break
    part = np.divide(wanted, by_group[group], out=np.zeros(len(hours)), where=by_group[group] > 0)
    shared: NDArray[np.float64] = filled[group] * part[:, None]
    return shared


def _pour(
    amount: float,
    allowed: NDArray[np.bool_],
    others: NDArray[np.float64],
    spare: NDArray[np.float64],
    capacity: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(T,) pour one kind of hours on top of the others' until the levels are equal."""
    room, size = np.where(allowed, spare, 0.0), np.where(allowed, capacity, 0.0)
    if size.sum() <= 0:
        size = allowed.astype(np.float64)

    def pour_to(level: float) -> NDArray[np.float64]:
        surface = room * min(level, 1.0) + size * max(level - 1.0, 0.0)
        return np.where(allowed, np.maximum(surface - others, 0.0), 0.0)

    low, high = 0.0, 1.0
    while pour_to(high).sum() < amount:
        high *= 2.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if pour_to(middle).sum() < amount else (low, middle)
    poured = pour_to(high)
    total = poured.sum()
    return poured * (amount / total) if total > 0 else poured
