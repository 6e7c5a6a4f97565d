"""Floors and caps that hold while the total stays, and rounding within them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Cents = NDArray[np.int64]

NO_CAP = np.int64(2**62)
_HALVINGS = 200


def hold_limits(cents: Cents, lower: Cents, upper: Cents) -> Cents:
    """Bring amounts within their limits so that they still add up to the same total, to the cent.

    Parameters
    ----------
    cents, lower, upper
        (n,), lower ≤ upper; `NO_CAP` for an amount without a cap.

    Returns
    -------
    NDArray[np.int64]
        (n,). Where the limits can't hold with that total, they hold all the same: all are at their floors, or at
        their caps, and the total is as near to the old one as it can be.

    Notes
    -----
    Amounts within their limits are scaled by one factor λ, the one for which Σ min(max(λ · amount, lower), upper) is
    the total: those without a floor or cap in the way share what it costs in proportion. What is below a cent goes by
    largest remainders, earlier ones first.
    """
    if bool(np.all((lower <= cents) & (cents <= upper))):
        return cents
    total = int(cents.sum())
    least, most = int(lower.sum()), sum(int(cap) for cap in upper)
    if total <= least:
        return lower.copy()
    if total >= most:
        return upper.copy()
    weight = np.maximum(cents, 1).astype(np.float64)
    low, high = lower.astype(np.float64), upper.astype(np.float64)
    small, large = 0.0, 1.0
    while np.clip(large * weight, low, high).sum() < total:
        large *= 2
    for _ in range(_HALVINGS):
        middle = (small + large) / 2
        if middle in (small, large):
            break
        small, large = (middle, large) if np.clip(middle * weight, low, high).sum() < total else (small, middle)
    exact = np.clip(small * weight, low, high)
    floor = np.clip(np.floor(exact).astype(np.int64), lower, upper)
    return _top_up(floor, total - int(floor.sum()), np.argsort(-(exact - np.floor(exact)), kind="stable"), lower, upper)


def round_within(cents: Cents, unit: int, lower: Cents, upper: Cents) -> Cents | None:
    """Round to multiples of a unit within limits; the total stays.

    Returns
    -------
    NDArray[np.int64] | None
        (n,). An amount whose limits have no multiple between them keeps its cents, and what is left of the total
        below one unit goes to the largest that has room for it. None where there is no such rounding.
    """
    if unit == 1 or not len(cents):
        return cents
    least, most = -(-lower // unit), upper // unit
    rounds = least <= most
    if not rounds.any():
        return cents
    here = np.flatnonzero(rounds)
    total = int(cents[here].sum())
    floor = np.clip(cents[here] // unit, least[here], most[here])
    by_remainder = np.argsort(-(cents[here] - cents[here] // unit * unit), kind="stable")
    try:
        units = _top_up(floor, total // unit - int(floor.sum()), by_remainder, least[here], most[here])
    except OverflowError:
        return None
    rounded = cents.copy()
    rounded[here] = units * unit
    rest = total - int(rounded[here].sum())
    if rest:
        room = here[rounded[here] + rest <= upper[here]]
        if not len(room):
            return None
        rounded[room[np.argmax(rounded[room])]] += rest
    return rounded


def _top_up(amounts: Cents, missing: int, order: NDArray[np.intp], lower: Cents, upper: Cents) -> Cents:
    """Add what is missing (or take what is too much) one by one in that order, as far as the limits leave room.

    Raises
    ------
    OverflowError
        If there isn't room for all of it.
    """
    result = amounts.copy()
    step = 1 if missing > 0 else -1
    room = (upper - result if step > 0 else result - lower)[order]
    order = order if step > 0 else order[::-1]
    room = room if step > 0 else room[::-1]
    left = abs(missing)
    while left:
        open_ = np.flatnonzero(room > 0)
        if not len(open_):
            raise OverflowError(left)
        each = max(1, min(left // len(open_), int(room[open_].min())))
        chosen = open_[: left // each]
        result[order[chosen]] += step * each
        room[chosen] -= each
        left -= each * len(chosen)
    return result
