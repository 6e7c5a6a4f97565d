"""The dip: how far a distribution is from having a single hump."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

import numpy as np

from evenhand.diagnose.shape.dip_table import CHANCES, QUANTILES, SIZES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def measure_dip(values: Vector) -> float:
    """Return the dip of some values: the least distance of their distribution from any with one hump.

    Parameters
    ----------
    values
        (n,), n ≥ 1, in any order.

    Returns
    -------
    float
        From 1 ÷ 2n (as even as can be) to 1/4 (two points far apart).

    Notes
    -----
    Between two points of a narrowing interval, the greatest convex curve below and the least concave curve above the
    empirical distribution are compared; where they are furthest apart is where the hump would have to be. Stops where
    they are no further apart than what has to be accepted outside.

    References
    ----------
    J. A. Hartigan, P. M. Hartigan: The dip test of unimodality. Annals of Statistics 13 (1985) 70–84.
    """
    points, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    n = int(counts.sum())
    upper = np.cumsum(counts) / n
    lower = upper - counts / n
    start, end = 0, len(points) - 1
    dip = 1.0 / n
    while start < end:
        below = _hull(points[start : end + 1], lower[start : end + 1], sign=1)
        above = _hull(points[start : end + 1], upper[start : end + 1], sign=-1)
        window = points[start : end + 1]
        convex = np.interp(window, window[below], lower[start : end + 1][below])
        concave = np.interp(window, window[above], upper[start : end + 1][above])
        apart = concave - convex
        at_below, at_above = float(apart[below].max()), float(apart[above].max())
        if max(at_below, at_above) <= dip:
            break
        if at_below > at_above:
            left = below[int(np.argmax(apart[below]))]
            right = next(knot for knot in above if knot >= left)
        else:
            # The last of equals, so that the interval narrows from both ends.
            right = above[len(above) - 1 - int(np.argmax(apart[above][::-1]))]
            left = below[bisect.bisect_right(below.tolist(), right) - 1]
        outside_left = (upper[start : end + 1] - convex)[:left].max(initial=0.0)
        outside_right = (concave - lower[start : end + 1])[right + 1 :].max(initial=0.0)
        dip = max(dip, float(outside_left), float(outside_right))
        if left == 0 and right == end - start:
            break
        start, end = start + int(left), start + int(right)
    return dip / 2


def _hull(points: Vector, heights: Vector, sign: int) -> NDArray[np.int64]:
    """Return the knots of the greatest convex curve below (sign 1), or least concave curve above (sign −1)."""
    knots: list[int] = []
    for i in range(len(points)):
        while len(knots) > 1:
            first, last = knots[-2], knots[-1]
            rise = (heights[last] - heights[first]) * (points[i] - points[first])
            if sign * (rise - (heights[i] - heights[first]) * (points[last] - points[first])) < 0:
                break
            knots.pop()
        knots.append(i)
    return np.array(knots, dtype=np.int64)


def chance_of_dip(dip: float, n: int) -> float:
    """Return how often n values of a distribution with one hump have a dip as large, at most.

    Notes
    -----
    Against the uniform distribution, the hardest to tell from two humps. Interpolated in √n × dip between the sizes and
    shares of the table, which was drawn (`benchmarks/tabulate_dip.py`); beyond the table its end.
    """
    scaled = dip * np.sqrt(n)
    position = float(np.interp(np.log(n), np.log(SIZES), np.arange(len(SIZES))))
    row = min(int(position), len(SIZES) - 2)
    part = position - row
    quantiles = (1 - part) * np.asarray(QUANTILES[row]) + part * np.asarray(QUANTILES[row + 1])
    return float(np.interp(scaled, quantiles, CHANCES))
