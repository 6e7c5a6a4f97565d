"""Sharing out an amount of cents so that the parts add up exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def share_out(total_cents: int, weights: NDArray[np.float64] | Sequence[float]) -> NDArray[np.int64]:
    """Split an amount in proportion to weights, to the cent, with nothing lost.

    Parameters
    ----------
    total_cents
        The amount to split, of either sign, below 2**53 in size.
    weights
        (n,) ≥ 0, at least one above 0 unless the total is 0.

    Returns
    -------
    NDArray[np.int64]
        (n,) cents, which add up to `total_cents`; each within a cent of its exact share.

    Raises
    ------
    InputError
        If a weight is negative or not finite, or all are 0 and the total isn't.

    Notes
    -----
    Largest remainder (Hamilton's method); equal remainders go to the earlier one.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights < 0):
        raise InputError({"weights": "must be finite and not negative"})
    parts = np.zeros(len(weights), dtype=np.int64)
    if total_cents == 0:
        return parts
    weight_sum = float(weights.sum())
    if weight_sum <= 0:
        raise InputError({"weights": "at least one must be above 0 to share out an amount"})
    sign, size = (1, total_cents) if total_cents > 0 else (-1, -total_cents)
    exact = weights * (size / weight_sum)
    floor = np.floor(exact)
    parts = floor.astype(np.int64)
    missing = size - int(parts.sum())
    order = np.argsort(-(exact - floor), kind="stable")
    order = order[weights[order] > 0]
    step = 1 if missing >= 0 else -1
    receivers = order if step > 0 else order[::-1]
    for_each, rest = divmod(abs(missing), len(receivers))
    parts[receivers] += step * for_each
    parts[receivers[:rest]] += step
    return sign * parts
