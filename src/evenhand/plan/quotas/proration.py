"""Amounts of part of a period, by days, so that any stretches of it add up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def amount_through(cents: NDArray[np.int64], day: int, n_days: int) -> NDArray[np.int64]:
    """Return what of each amount falls on the first days of a period.

    Parameters
    ----------
    cents
        (n,) amounts of the whole period, of either sign, below 2**53 in size.
    day
        How many days have passed by then, 0 to `n_days`.

    Returns
    -------
    NDArray[np.int64]
        (n,) cents: ⌊cents × day ÷ n_days + ½⌋. What falls on a stretch of days is the difference of two of these, so
        that stretches that follow on one another add up exactly.
    """
    whole, rest = cents // n_days, cents % n_days
    return whole * day + (2 * rest * day + n_days) // (2 * n_days)


def prorate(cents: NDArray[np.int64], day: int, n_days: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split amounts into what falls on the first `day` days and what falls on the rest; the two add up to them."""
    elapsed = amount_through(cents, day, n_days)
    return elapsed, cents - elapsed
