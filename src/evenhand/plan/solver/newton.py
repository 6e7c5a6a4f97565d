"""One Newton step of the smoothed dual, with the kinks of the bands as they are.

The units' part of the dual is smooth and is replaced by its quadratic model. What the limits cost, max(y·upper,
y·lower) a row, has a kink at a price of 0, where most rows end up: those are kept exactly. What is left is a
concave program in the prices; its solution has every row in one of three states (price above, below or at 0) or at a
limit of its price, and is found by guessing the states, solving for the free prices, and correcting the guess.

References
----------
.. [1] J. D. Lee, Y. Sun, M. A. Saunders (2014), Proximal Newton-type methods for minimizing composite functions, SIAM
   Journal on Optimization 24, doi:10.1137/130921428.
.. [2] M. Hintermüller, K. Ito, K. Kunisch (2002), The primal-dual active set strategy as a semismooth Newton method,
   SIAM Journal on Optimization 13, doi:10.1137/S1052623401383558.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.definite import multiply, read_diagonal, solve_definite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.pattern import Curvature, Pattern

_MOST_GUESSES = 15
_DAMPING = 1e-6
"""Share of its own diagonal by which the curvature is raised, so that it is definite."""


@dataclass(frozen=True, eq=False)
class RowLimits:
    """Loads allowed and prices allowed, (R,) each."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]

    def cost(self, prices: NDArray[np.float64]) -> float:
        """Σ max(y·upper, y·lower)."""
        at = np.where(prices > 0, self.upper, self.lower)
        return float((prices[prices != 0] * at[prices != 0]).sum())


def find_step(
    pattern: Pattern,
    curvature: Curvature,
    load: NDArray[np.float64],
    prices: NDArray[np.float64],
    limits: RowLimits,
) -> tuple[NDArray[np.float64], float]:
    """Find the prices where the model is greatest, and how much it says is gained.

    Parameters
    ----------
    pattern, curvature
        Of the units' part at these prices.
    load
        (R,) its slope.
    prices
        (R,) within the limits.
    limits
        Of the rows.
    """
    damping = _DAMPING
    own = read_diagonal(pattern, curvature)
    floor = 1e-10 * max(float(own.max(initial=0.0)), 1e-300)
    for _ in range(8):
        diagonal = own * (1.0 + damping) + floor
        target = _guess_states(pattern, curvature, diagonal, load, prices, limits)
        if target is not None:
            change = target - prices
            gain = float(load @ change) - limits.cost(target) + limits.cost(prices)
            bent = float(change @ multiply(pattern, curvature, diagonal, change)) / 2
            return target, gain - bent
        damping, floor = damping * 100.0, floor * 100.0
    return prices, 0.0


def _guess_states(
    pattern: Pattern,
    curvature: Curvature,
    diagonal: NDArray[np.float64],
    load: NDArray[np.float64],
    prices: NDArray[np.float64],
    limits: RowLimits,
) -> NDArray[np.float64] | None:
    lower, upper, lowest, highest = limits.lower, limits.upper, limits.lowest, limits.highest
    is_kinked = lower < upper
    # Which limit of the load the price is for: +1 upper, −1 lower; and whether the price is free or at a bound.
    side = np.where((prices > 0) | ((prices == 0) & (load > upper)), 1, -1)
    is_free = (prices != 0) | (load > upper) | (load < lower)
    is_free &= ~((prices >= highest) & (load > upper)) & ~((prices <= lowest) & (load < lower))
    target = np.where(is_free, 0.0, prices)
    for _ in range(_MOST_GUESSES):
        change = np.where(is_free, 0.0, target - prices)
        pushed = load - np.where(side > 0, upper, lower) if is_free.any() else load
        right = np.where(is_free, pushed - multiply(pattern, curvature, diagonal, change), 0.0)
        step = solve_definite(pattern, curvature, diagonal, right, is_free)
        if step is None:
            return None
        target = np.where(is_free, prices + step, target)
        slope = load - multiply(pattern, curvature, diagonal, target - prices)
        # Free prices that crossed 0 or a bound are held there; held ones that pull away are freed.
        crossed = is_free & is_kinked & (target * side < 0)
        over, under = is_free & (target > highest), is_free & (target < lowest)
        held = ~is_free
        up = held & (slope > upper) & (target >= 0) & (target < highest)
        up |= held & (slope < upper) & (target > 0) & (target >= highest)
        down = held & (slope < lower) & (target <= 0) & (target > lowest)
        down |= held & (slope > lower) & (target < 0) & (target <= lowest)
        if not (crossed | over | under | up | down).any():
            break
        target = np.where(crossed, 0.0, np.where(over, highest, np.where(under, lowest, target)))
        is_free = (is_free & ~crossed & ~over & ~under) | up | down
        side = np.where(up, 1, np.where(down, -1, side))
    return np.clip(target, lowest, highest)
