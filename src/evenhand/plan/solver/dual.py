"""Prices that prove how much any plan must cost: the smoothed dual, climbed by Newton steps.

For any prices y of the coupling rows, L(y) = Σᵢ minⱼ (cᵢⱼ + Σᵣ yᵣ aᵢⱼᵣ) − Σᵣ max(yᵣ·upper, yᵣ·lower) is a lower bound.
It is concave but has kinks, so the minimum over a unit's candidates is replaced by −τ log Σ exp(−·/τ), the kink of a
band by its softplus, and τ is lowered in stages. Each stage is a few Newton steps; a price at a limit that
pushes further outward stays there.

References
----------
.. [1] Y. Nesterov (2005), Smooth minimization of non-smooth functions, Mathematical Programming 103,
   doi:10.1007/s10107-004-0552-5.
.. [2] D. P. Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints, SIAM
   Journal on Control and Optimization 20, doi:10.1137/0320018.
.. [3] A. M. Geoffrion (1974), Lagrangean relaxation for integer programming, Mathematical Programming Study 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.coupling import UNBOUNDED_PRICE, Coupling
from evenhand.plan.solver.definite import solve_definite
from evenhand.plan.solver.parallel import Partitions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_SOFTENING = 0.1
"""Softness of a band's kink, in temperatures per unit of its width."""
_MAX_STEPS = 40
_MOST_DAMPING = 1e7
_COARSEST, _FINEST, _COOLING = 0.2, 1e-3, 0.45
_SAMPLE_PER_ROW = 25
_BOX = 10.0
"""The most that a mean unit may cost on a row while only a sample is looked at, in mean costs of a move."""
_GRID_BITS = 40


@dataclass(frozen=True, eq=False)
class Dual:
    """Prices and the bound they prove."""

    prices: NDArray[np.float64]
    """(R,) of the coupling rows."""
    bound: float
    violation_multiplier: float
    n_passes: int
    """Passes over all units, for counting work."""
    is_ray: bool = False
    """The bound is above the cost of any plan at all: the bands and rows can't be met."""


def price_rows(
    coupling: Coupling,
    partitions: Partitions,
    *,
    start: NDArray[np.float64] | None = None,
    is_over: Callable[[], bool] | None = None,
) -> Dual:
    """Find the prices of the best bound, nearly.

    Parameters
    ----------
    coupling
        The level.
    partitions
        Where passes over its units are made.
    start
        (R,) prices to start from, say those of a neighbouring problem.
    is_over
        Asked between steps; True ends with the prices so far.
    """
    climb = _Climb(coupling, is_over or (lambda: False))
    multiplier = climb.find_multiplier(partitions, start)
    prices = climb.start(partitions, start, multiplier)
    limits = climb.limits(multiplier)
    best, bound = prices, -np.inf
    temperatures = _cool(climb.cost_unit, warm=start is not None)
    for number, temperature in enumerate(temperatures):
        prices = climb.stage(partitions, prices, temperature, limits, is_last=number == len(temperatures) - 1)
        rounded = _round(prices)
        value, _ = bound_at(coupling, partitions, rounded)
        climb.n_passes += 1
        if value > bound:
            best, bound = rounded, value
        if climb.is_ray(value) or climb.is_over():
            break
    zero, _ = bound_at(coupling, partitions, np.zeros_like(prices))
    if zero >= bound:
        best, bound = np.zeros_like(prices), zero
    return Dual(best, bound, least_multiplier(coupling, best), climb.n_passes, is_ray=climb.is_ray(bound))


def bound_at(
    coupling: Coupling, partitions: Partitions, prices: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """L(prices), and the load of every row where each unit is on its cheapest candidate at these prices."""
    total, load = partitions.cheapest(prices)
    return total - _price_limits(coupling, prices) - 1e-12 * abs(total), load


def least_multiplier(coupling: Coupling, prices: NDArray[np.float64]) -> float:
    """Find what one unit of violation must cost at least, for these prices to be allowed."""
    if coupling.violation_cap is None:
        return coupling.violation_price
    if coupling.has_hard_bands:
        return np.inf
    banded = coupling.weight > 0
    return float(np.max(np.abs(prices[banded]) / coupling.weight[banded], initial=0.0))


def _price_limits(coupling: Coupling, prices: NDArray[np.float64]) -> float:
    at_upper, at_lower = _times(prices, coupling.upper), _times(prices, coupling.lower)
    total = float(np.maximum(at_upper, at_lower).sum())
    if coupling.violation_cap:
        total += least_multiplier(coupling, prices) * coupling.violation_cap
    return total


def _times(prices: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices × limit, where no price is paid for a limit that isn't there."""
    return np.where(
        np.isfinite(limit), prices * np.where(np.isfinite(limit), limit, 0.0), np.where(prices == 0, 0, -np.inf)
    )


def _round(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to a grid, so that prices are the same however the sums behind them were partitioned."""
    largest = float(np.abs(prices).max(initial=0.0))
    if largest == 0.0:
        return prices
    grid = 2.0 ** (np.ceil(np.log2(largest)) - _GRID_BITS)
    return np.asarray(np.round(prices / grid) * grid)


def _cool(cost_unit: float, *, warm: bool) -> list[float]:
    n_stages = int(np.ceil(np.log(_FINEST / _COARSEST) / np.log(_COOLING)))
    temperatures = [cost_unit * _COARSEST * _COOLING**i for i in range(n_stages + 1)]
    return temperatures[n_stages // 2 :] if warm else temperatures


class _Climb:
    """The steps of one climb, and how many passes they took."""

    def __init__(self, coupling: Coupling, is_over: Callable[[], bool]) -> None:
        self.coupling = coupling
        self.is_over = is_over
        self.n_passes = 0
        valid = coupling.candidates >= 0
        costs = coupling.costs[valid]
        positive = costs[costs > 0]
        self.cost_unit = float(positive.mean()) if len(positive) else 0.01 * self._violation_unit()
        self.most = float(np.where(valid, coupling.costs, 0.0).max(axis=1, initial=0.0).sum())
        self.lowest, self.highest = _limit_prices(coupling)

    def _violation_unit(self) -> float:
        price = self.coupling.violation_price if self.coupling.violation_cap is None else 1.0
        banded = self.coupling.weight > 0
        return price * float(np.median(self.coupling.weight[banded])) if banded.any() else 1.0

    def is_ray(self, bound: float) -> bool:
        return self.coupling.violation_cap is not None and bound > self.most * (1 + 1e-9) + 1e-9

    def start(
        self, partitions: Partitions, start: NDArray[np.float64] | None, multiplier: float
    ) -> NDArray[np.float64]:
        """Prices to start from: those given, or those of a sample of the units."""
        lowest, highest = self.limits(multiplier)
        if start is not None:
            return np.clip(start, lowest, highest)
        nothing = np.clip(np.zeros(len(lowest)), lowest, highest)
        stride = self.coupling.n_units // (_SAMPLE_PER_ROW * max(1, len(lowest)))
        if stride < 4:
            return nothing
        # A sample may be out of balance where all the units are not, so its prices must not run away.
        sample = Partitions.of_sample(self.coupling, stride)
        box = (np.maximum(lowest, -_BOX * self.cost_unit), np.minimum(highest, _BOX * self.cost_unit))
        prices = nothing
        for temperature in _cool(self.cost_unit, warm=False)[:3]:
            prices = self.stage(sample, prices, temperature, box)
        self.n_passes //= stride
        at_prices, _ = bound_at(self.coupling, partitions, prices)
        at_nothing, _ = bound_at(self.coupling, partitions, nothing)
        return prices if at_prices > at_nothing else nothing

    def find_multiplier(self, partitions: Partitions, start: NDArray[np.float64] | None) -> float:
        """Find what one unit of violation costs at the best bound, where violation has a cap above 0."""
        coupling = self.coupling
        if coupling.violation_cap is None:
            return coupling.violation_price
        if coupling.violation_cap <= 0:
            return np.inf
        temperatures = [0.2 * self.cost_unit, 0.06 * self.cost_unit, 0.02 * self.cost_unit]
        banded = coupling.weight > 0
        low, high = 0.0, float("inf")
        multiplier = self.cost_unit / max(float(np.median(coupling.weight[banded])), 1e-300)
        prices = np.zeros(len(coupling.lower)) if start is None else start
        for attempt in range(12):
            limits = self.limits(multiplier)
            prices = np.clip(prices, *limits)
            for temperature in temperatures[attempt > 0 :]:
                prices = self.stage(partitions, prices, temperature, limits)
            _, load, _, _ = partitions.smoothed(prices, temperatures[-1], want_curvature=False)
            if measure_outside(coupling, load) > coupling.violation_cap:
                low = multiplier
            else:
                high = multiplier
            multiplier = 4 * low if high == float("inf") else 0.5 * (low + high)
            if multiplier > 1e6 * self.cost_unit / float(coupling.weight[banded].min()):
                break
        return multiplier

    def limits(self, multiplier: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not np.isfinite(multiplier):
            return self.lowest, self.highest
        box = np.where(self.coupling.weight > 0, multiplier * self.coupling.weight, UNBOUNDED_PRICE)
        return np.maximum(self.lowest, -box), np.minimum(self.highest, box)

    def stage(
        self,
        partitions: Partitions,
        prices: NDArray[np.float64],
        temperature: float,
        limits: tuple[NDArray[np.float64], NDArray[np.float64]],
        *,
        is_last: bool = False,
    ) -> NDArray[np.float64]:
        """Climb at one temperature until a step gains little."""
        lowest, highest = limits
        damping = 1e-9
        for _ in range(_MAX_STEPS):
            value, load, curvature, _ = partitions.smoothed(prices, temperature, want_curvature=True)
            at_limits, inside, bend = _soften_limits(self.coupling, prices, temperature)
            value -= at_limits
            slope = load - inside
            self.n_passes += 1
            held = ((prices <= lowest) & (slope < 0)) | ((prices >= highest) & (slope > 0))
            free = np.flatnonzero(~held)
            if not len(free):
                break
            step = np.zeros_like(prices)
            step[free] = _newton_step(curvature, bend, slope, free, damping)
            gain = float(slope @ step)
            prices, length = self._search(partitions, prices, step, value, gain, temperature, limits)
            enough = (1e-5 if is_last else 3e-4) * max(abs(value), self.cost_unit)
            if length == 0.0:
                # Where hardly a unit is undecided the model knows no curvature and the step is far too long.
                damping = max(damping, 1e-2) * 100.0
            elif gain < enough:
                break
            else:
                damping = min(damping * 30, 1.0) if length < 0.2 else max(damping / 30, 1e-9)
            if damping > _MOST_DAMPING or self.is_ray(value) or self.is_over():
                break
        return prices

    def _search(
        self,
        partitions: Partitions,
        prices: NDArray[np.float64],
        step: NDArray[np.float64],
        value: float,
        gain: float,
        temperature: float,
        limits: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], float]:
        """Shorten the step until it gains (Armijo)."""
        length = 1.0
        while length > 1e-4:
            tried = np.clip(prices + length * step, *limits)
            reached, _, _, _ = partitions.smoothed(tried, temperature, want_curvature=False)
            reached -= _soften_limits(self.coupling, tried, temperature)[0]
            self.n_passes += 1
            if reached >= value + 1e-4 * length * gain:
                return tried, length
            length *= 0.4
        return prices, 0.0


def measure_outside(coupling: Coupling, load: NDArray[np.float64]) -> float:
    """Violation of a load, fractional or not."""
    outside = np.maximum(np.maximum(load - coupling.upper, coupling.lower - load), 0.0)
    return float((outside * coupling.weight).sum())


def _limit_prices(coupling: Coupling) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """No price below zero where there is no lower limit, none above where there is no upper one."""
    lowest = np.where(np.isfinite(coupling.lower), -UNBOUNDED_PRICE, 0.0)
    highest = np.where(np.isfinite(coupling.upper), UNBOUNDED_PRICE, 0.0)
    return lowest, highest


def _soften_limits(
    coupling: Coupling, prices: NDArray[np.float64], temperature: float
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Softplus of max(y·upper, y·lower): its sum, its slope (a point inside the band) and its curvature."""
    lower, upper = coupling.lower, coupling.upper
    two_sided = np.isfinite(lower) & np.isfinite(upper)
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper, 0.0))
    high = np.where(np.isfinite(upper), upper, low)
    width = high - low
    softness = _SOFTENING * temperature * np.maximum(width, 1e-12)
    at_low, at_high = prices * low, prices * high
    ratio = np.exp(-np.minimum(np.abs(at_high - at_low) / softness, 700.0))
    share = np.where(at_high >= at_low, 1.0, ratio) / (1.0 + ratio)
    total = np.maximum(at_high, at_low) + np.where(two_sided, softness * np.log1p(ratio), 0.0)
    return float(total.sum()), low + share * width, width**2 / softness * share * (1.0 - share)


def _newton_step(
    curvature: NDArray[np.float64],
    bend: NDArray[np.float64],
    slope: NDArray[np.float64],
    free: NDArray[np.intp],
    damping: float,
) -> NDArray[np.float64]:
    """Solve (H + D) step = slope on the free prices, H made definite by a little of its own diagonal."""
    matrix = curvature if len(free) == len(slope) else curvature[np.ix_(free, free)]
    diagonal = matrix.diagonal() + bend[free]
    floor = 1e-10 * max(float(diagonal.max(initial=0.0)), 1e-300)
    for _ in range(8):
        tried = matrix.copy()
        np.fill_diagonal(tried, diagonal * (1.0 + damping) + floor)
        step = solve_definite(tried, slope[free])
        if step is not None:
            return step
        damping, floor = max(damping, 1e-9) * 100.0, floor * 100.0
    return slope[free] / np.maximum(diagonal, 1e-300)
