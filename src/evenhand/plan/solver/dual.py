"""Prices that prove how much any plan must cost: the smoothed dual, climbed by Newton steps.

For any prices y of the coupling rows, L(y) = Σᵢ minⱼ (cᵢⱼ + Σᵣ yᵣ aᵢⱼᵣ) − Σᵣ max(yᵣ·upper, yᵣ·lower) is a lower bound.
It is concave but has kinks, so the minimum over a unit's candidates is replaced by −τ log Σ exp(−·/τ), and τ is lowered
in stages of a few Newton steps each (`newton`). The shares exp(−·/τ) of each unit's candidates are a fractional plan;
where that is near the bound, for the gap asked for, the prices are good enough. Where no stage gets there, the
relaxation of a core tells the best prices to the last digit (`closing`). The curvature is estimated from some of the
units, which costs a step or two more and makes each as cheap as a look at the slope.

References
----------
.. [1] Y. Nesterov (2005), Smooth minimization of non-smooth functions, Mathematical Programming 103,
   doi:10.1007/s10107-004-0552-5.
.. [2] R. H. Byrd, G. M. Chin, W. Neveitt, J. Nocedal (2011), On the use of stochastic Hessian information in
   optimization methods for machine learning, SIAM Journal on Optimization 21, doi:10.1137/10079923X.
.. [3] A. M. Geoffrion (1974), Lagrangean relaxation for integer programming, Mathematical Programming Study 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.closing import CHOICES_PER_MEASURE, MOST_CHOICES, close_prices
from evenhand.plan.solver.coupling import UNBOUNDED_PRICE, Coupling
from evenhand.plan.solver.newton import RowLimits, find_step
from evenhand.plan.solver.passes import share_pass

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evenhand.plan.solver.parallel import Partitions
    from evenhand.plan.solver.pattern import Curvature
    from evenhand.plan.solver.stop import Watch

_MAX_STEPS = 40
_REACH, _LEAST_REACH = 2.0, 1e-3
"""How far a price may move in one step, to begin with and before giving up, in temperatures per mean unit."""
_COARSEST, _FINEST, _COOLING = 0.2, 1e-3, 0.4
_WARM_STAGES = 3
"""Stages that prices to start from save."""
_CLOSABLE = 0.02
"""From this temperature on, in mean costs of a move, the core is likely to hold the best fractional plan."""
_CLOSED, _PASSES_TO_CLOSE = 2e-4, 4
_MORE_CLOSINGS = 3
"""How often the core is opened further where its relaxation doesn't hold the best prices."""
_FEW_ROWS = 60
"""With more rows the relaxation of a core costs more than further stages do: it waits for the last."""
_ENOUGH_OF_GAP = 0.7
"""No stage follows where the fractional plan at hand is within this share of the gap asked for: about a third of that
is the bound's, which leaves the most of the gap to whole units."""
_LEAST_OUTSIDE = 0.02
"""But one does while a load is further outside its band, relative to the scale."""
_CLOSED_OF_GAP = 0.1
"""Prices are good enough where the best fractional plan costs but this share of the gap asked for more."""
_MIXES = (0.5, 0.25)
"""Shares of a vertex's prices that are tried where the vertex alone is no better than what it came from."""
_ENOUGH, _LAST_ENOUGH = 5e-4, 1e-5
"""A stage ends where a step would gain less than this share."""
_CURVED_PER_ROW = 40
"""The curvature is estimated from about so many undecided units per row."""
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
    columns: NDArray[np.int32] | None = None
    """(n,) the best fractional plan rounded, as far as it is known."""
    is_near: bool = False
    """The prices were good enough for the gap asked for; better ones may prove more."""
    is_ray: bool = False
    """The bound is above the cost of any plan at all: the bands and rows can't be met."""


def price_rows(
    coupling: Coupling,
    partitions: Partitions,
    *,
    start: NDArray[np.float64] | None = None,
    watch: Watch | None = None,
    is_fine: bool = False,
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
    watch
        Ends the climb with the prices so far; its gap says how good they have to be. None: to the end.
    is_fine
        To the end whatever the gap.
    """
    climb = _Climb(coupling, watch.is_over if watch is not None else lambda: False)
    gap = 0.0 if watch is None else min(watch.stop.gap, 0.01)
    closed = max(_CLOSED, _CLOSED_OF_GAP * gap)
    multiplier = climb.find_multiplier(partitions, start)
    limits = climb.limits(multiplier)
    prices = np.clip(np.zeros(len(coupling.lower)) if start is None else start, limits.lowest, limits.highest)
    best, bound = prices, -np.inf
    temperatures = _cool(climb.cost_unit)[0 if start is None else _WARM_STAGES :]
    is_small = len(prices) <= _FEW_ROWS
    closing, columns, n_choices, is_near = None, None, CHOICES_PER_MEASURE, False
    for temperature in [*temperatures, *[temperatures[-1]] * _MORE_CLOSINGS]:
        is_last = temperature == temperatures[-1]
        here = climb.stage(partitions, prices, temperature, limits, is_last=is_last)
        prices, rounded = here.prices, _round(here.prices)
        value, _ = bound_at(coupling, partitions, rounded)
        climb.n_passes += 1
        if value > bound:
            best, bound = rounded, value
        if climb.is_ray(value) or climb.is_over():
            break
        settled = climb.settle(partitions, here, temperature, limits, (bound, multiplier, 0.0 if is_fine else gap))
        if settled is not None:
            is_near = True
            columns = draw_columns(coupling, settled.prices, temperature)
            break
        is_closable = is_last or (is_small and temperature <= _CLOSABLE * climb.cost_unit)
        if is_last and len(prices) * n_choices > MOST_CHOICES:
            break
        if is_closable:
            # From the smoothed prices each time: those of a vertex leave too many choices undecided.
            found = close_prices(coupling, partitions, rounded, multiplier, n_choices, _seconds_left(watch))
            n_choices *= 2
            climb.n_passes += _PASSES_TO_CLOSE
            if found is not None:
                closing = found
                vertex = np.clip(found.prices, limits.lowest, limits.highest)
                best, bound = _mix_prices(coupling, partitions, prices, vertex, (best, bound))
                if found.value - bound <= closed * max(abs(bound), climb.cost_unit):
                    break
    if closing is not None:
        columns = closing.columns
    elif columns is None and is_last:
        columns = draw_columns(coupling, prices, temperature)
    zero, _ = bound_at(coupling, partitions, np.zeros_like(prices))
    if zero >= bound:
        best, bound = np.zeros_like(prices), zero
    multiplier = least_multiplier(coupling, best)
    return Dual(best, bound, multiplier, climb.n_passes, columns, is_near, climb.is_ray(bound))


def _mix_prices(
    coupling: Coupling,
    partitions: Partitions,
    prices: NDArray[np.float64],
    vertex: NDArray[np.float64],
    best: tuple[NDArray[np.float64], float],
) -> tuple[NDArray[np.float64], float]:
    """Go from prices towards those of a vertex as far as the bound gains."""
    for share in (1.0, *_MIXES):
        mixed = _round(share * vertex + (1.0 - share) * prices)
        value, _ = bound_at(coupling, partitions, mixed)
        if value > best[1]:
            best = mixed, value
        if share == 1.0 and best[0] is mixed:
            break
    return best


def draw_columns(coupling: Coupling, prices: NDArray[np.float64], temperature: float) -> NDArray[np.int32]:
    """Draw a column for every unit by its shares: loads as inside the limits as those of the smoothed dual are.

    Where many units are undecided alike, all of them on their cheapest column would overfill one territory.
    """
    columns = np.zeros(coupling.n_units, np.int32)
    units = coupling.candidates, coupling.costs, coupling.amounts, coupling.counts
    share_pass(*units, prices, temperature, columns)
    return columns


def _seconds_left(watch: Watch | None) -> float:
    return np.inf if watch is None else watch.seconds_left


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


def _cool(cost_unit: float) -> list[float]:
    n_stages = int(np.ceil(np.log(_FINEST / _COARSEST) / np.log(_COOLING)))
    return [cost_unit * _COARSEST * _COOLING**i for i in range(n_stages + 1)]


class _Climb:
    """The steps of one climb, and how many passes they took."""

    def __init__(self, coupling: Coupling, is_over: Callable[[], bool]) -> None:
        self.coupling = coupling
        self.is_over = is_over
        self.n_passes = 0
        self.n_undecided = coupling.n_units
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

    def settle(
        self,
        partitions: Partitions,
        here: Point,
        temperature: float,
        limits: RowLimits,
        given: tuple[float, float, float],
    ) -> Point | None:
        """Find where the fractional plan is near the bound and inside the bands; None where it isn't near here."""
        if not self.is_near(here, *given):
            return None
        if not self.is_inside(here):
            prices, inside = here.prices, self.is_inside
            here = self.stage(partitions, prices, temperature, limits, is_last=True, is_enough=inside)
        return here if self.is_near(here, *given) and self.is_inside(here) else None

    def is_near(self, point: Point, bound: float, multiplier: float, gap: float) -> bool:
        """Whether the fractional plan of the units' shares is near the bound, what is outside priced."""
        coupling = self.coupling
        outside = np.maximum(np.maximum(point.load - coupling.upper, coupling.lower - point.load), 0.0)
        is_soft = (coupling.weight > 0) & np.isfinite(multiplier)
        distance = point.cost + float((np.abs(point.prices) * outside)[~is_soft].sum()) - bound
        if is_soft.any():
            violation = float((outside * coupling.weight)[is_soft].sum()) - (coupling.violation_cap or 0.0)
            distance += multiplier * max(0.0, violation)
        return distance <= _ENOUGH_OF_GAP * gap * abs(bound)

    def is_inside(self, point: Point) -> bool:
        """Whether no load is so far outside a hard band that a search of few units couldn't mend it."""
        coupling = self.coupling
        if not coupling.has_hard_bands:
            return True
        outside = np.maximum(point.load - coupling.upper, coupling.lower - point.load) * coupling.weight
        return bool(outside.max(initial=0.0) <= _LEAST_OUTSIDE)

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
            if self.is_over():
                break
            limits = self.limits(multiplier)
            prices = np.clip(prices, limits.lowest, limits.highest)
            for temperature in temperatures[attempt > 0 :]:
                prices = self.stage(partitions, prices, temperature, limits).prices
            load = partitions.smoothed(prices, temperatures[-1]).load
            if measure_outside(coupling, load) > coupling.violation_cap:
                low = multiplier
            else:
                high = multiplier
            multiplier = 4 * low if high == float("inf") else 0.5 * (low + high)
            if multiplier > 1e6 * self.cost_unit / float(coupling.weight[banded].min()):
                break
        return multiplier

    def limits(self, multiplier: float) -> RowLimits:
        coupling = self.coupling
        if not np.isfinite(multiplier):
            return RowLimits(coupling.lower, coupling.upper, self.lowest, self.highest)
        box = np.where(coupling.weight > 0, multiplier * coupling.weight, UNBOUNDED_PRICE)
        lowest, highest = np.maximum(self.lowest, -box), np.minimum(self.highest, box)
        return RowLimits(coupling.lower, coupling.upper, lowest, highest)

    def stage(
        self,
        partitions: Partitions,
        prices: NDArray[np.float64],
        temperature: float,
        limits: RowLimits,
        *,
        is_last: bool = False,
        is_enough: Callable[[Point], bool] | None = None,
    ) -> Point:
        """Climb at one temperature until a step gains little, or to where it is enough."""
        here = self._look(partitions, prices, temperature)
        enough = _LAST_ENOUGH if is_last else _ENOUGH
        reach = _REACH * temperature
        for _ in range(_MAX_STEPS):
            near = replace(
                limits,
                lowest=np.maximum(limits.lowest, here.prices - reach),
                highest=np.minimum(limits.highest, here.prices + reach),
            )
            tried, gain = find_step(partitions.pattern, here.curvature, here.load, here.prices, near)
            longest = float(np.abs(tried - here.prices).max(initial=0.0))
            is_held = longest >= 0.99 * reach
            if gain < (0.1 if is_held else 1.0) * enough * max(abs(here.value), self.cost_unit):
                break
            there = self._look(partitions, tried, temperature)
            gained = there.value - here.value
            # The model holds near the prices it was made at, how near shows in what it promised.
            if gained < 0.25 * gain:
                reach = 0.3 * longest
            elif gained > 0.6 * gain:
                reach = max(reach, 2.0 * longest)
            if gained > 0:
                here = there
            if is_enough is not None and is_enough(here):
                break
            if reach <= _LEAST_REACH * temperature or self.is_ray(here.value) or self.is_over():
                break
        return here

    def _look(self, partitions: Partitions, prices: NDArray[np.float64], temperature: float) -> Point:
        stride = max(1, self.n_undecided // (_CURVED_PER_ROW * len(prices)))
        found = partitions.smoothed(prices, temperature, stride)
        self.n_undecided = found.n_undecided
        self.n_passes += 1
        value = found.total - _price_limits(self.coupling, prices)
        return Point(prices, value, found.load, found.cost, found.curvature)


@dataclass(frozen=True, eq=False)
class Point:
    """The smoothed dual at some prices."""

    prices: NDArray[np.float64]
    value: float
    load: NDArray[np.float64]
    """(R,) of the fractional plan that has every unit on its choices by their shares."""
    cost: float
    """What that plan costs."""
    curvature: Curvature
    """Of the units."""


def measure_outside(coupling: Coupling, load: NDArray[np.float64]) -> float:
    """Violation of a load, fractional or not."""
    outside = np.maximum(np.maximum(load - coupling.upper, coupling.lower - load), 0.0)
    return float((outside * coupling.weight).sum())


def _limit_prices(coupling: Coupling) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """No price below zero where there is no lower limit, none above where there is no upper one."""
    lowest = np.where(np.isfinite(coupling.lower), -UNBOUNDED_PRICE, 0.0)
    highest = np.where(np.isfinite(coupling.upper), UNBOUNDED_PRICE, 0.0)
    return lowest, highest
