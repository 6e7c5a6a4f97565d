"""Moved accounts against similar unmoved ones: what a move of each grade did to business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from evenhand.measure.balancing import balance_weights, effective_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_GROUPS = 40
"""Territories are left out in so many groups at most: enough for an interval, and cheap."""


@dataclass(frozen=True)
class Effect:
    """What moving did, an account on average over the window.

    Attributes
    ----------
    value, low, high
        Change of the moved accounts less that of similar unmoved ones, with its interval.
    n_moved, n_controls
        Accounts compared; the second is how many evenly weighted unmoved ones say as much.
    n_groups
        Groups of territories that the interval rests on.
    """

    value: float
    low: float
    high: float
    n_moved: int
    n_controls: float
    n_groups: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes no effect."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Balance:
    """How alike moved and unmoved accounts are in one thing known before, in standard deviations."""

    name: str
    before: float
    after: float


def estimate_effect(
    change: Floats, known: Floats, is_moved: NDArray[np.bool_], territory: NDArray[np.intp], confidence: float
) -> Effect:
    """Estimate the effect of moving on accounts like those moved.

    Parameters
    ----------
    change
        (n,) the outcome after less before.
    known
        (n, p) what was known of each account before.
    is_moved
        (n,) whether it was.
    territory
        (n,) the territory it was in before: accounts of one territory have their rep and market in common.
    confidence
        Of the interval.

    Notes
    -----
    Difference in differences between the moved and the unmoved, weighted by entropy balancing on `known`. The
    interval is that of the jackknife that leaves out groups of whole territories, weights worked out anew each time,
    with Student's t on one degree of freedom less than there are groups.

    References
    ----------
    Heckman, Ichimura & Todd (1997), doi:10.2307/2971733; Cameron & Miller (2015), doi:10.3368/jhr.50.2.317 (few
    clusters); Efron (1982), The Jackknife, ch. 3.
    """
    scaled = _scale(known)
    groups = _group(territory, is_moved)
    value, multipliers, weights = _difference(change, scaled, is_moved, None)
    left_out = []
    for group in range(groups.max() + 1):
        kept = groups != group
        if is_moved[kept].any() and not is_moved[kept].all():
            left_out.append(_difference(change[kept], scaled[kept], is_moved[kept], multipliers)[0])
    n = len(left_out)
    if n < 2:
        return Effect(value, -np.inf, np.inf, int(is_moved.sum()), effective_number(weights), n)
    replicates = np.array(left_out)
    error = np.sqrt((n - 1) / n * ((replicates - replicates.mean()) ** 2).sum())
    half = float(stdtrit(n - 1, 0.5 + confidence / 2) * error)
    return Effect(value, value - half, value + half, int(is_moved.sum()), effective_number(weights), n)


def describe_balance(known: Floats, names: tuple[str, ...], is_moved: NDArray[np.bool_]) -> tuple[Balance, ...]:
    """Say how alike the two sides are before and after weighting, for each thing known before."""
    scaled = _scale(known)
    target = scaled[is_moved].mean(axis=0)
    weights, _ = balance_weights(scaled[~is_moved], target)
    before = target - scaled[~is_moved].mean(axis=0)
    after = target - weights @ scaled[~is_moved]
    return tuple(Balance(name, float(b), float(a)) for name, b, a in zip(names, before, after, strict=True))


def _difference(
    change: Floats, scaled: Floats, is_moved: NDArray[np.bool_], start: Floats | None
) -> tuple[float, Floats, Floats]:
    weights, multipliers = balance_weights(scaled[~is_moved], scaled[is_moved].mean(axis=0), start)
    return float(change[is_moved].mean() - weights @ change[~is_moved]), multipliers, weights


def _scale(known: Floats) -> Floats:
    spread = known.std(axis=0)
    scaled: Floats = (known - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scaled


def _group(territory: NDArray[np.intp], is_moved: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Put whole territories into groups that have about as many moved accounts each."""
    _, number = np.unique(territory, return_inverse=True)
    moved = np.bincount(number, weights=is_moved)
    order = np.argsort(-moved, kind="stable")
    n_groups = min(len(order), _MOST_GROUPS)
    place = np.empty(len(order), dtype=np.intp)
    # Back and forth, so that each group has large and small ones.
    turns = np.arange(len(order)) % (2 * n_groups)
    place[order] = np.where(turns < n_groups, turns, 2 * n_groups - 1 - turns)
    groups: NDArray[np.intp] = place[number]
    return groups
