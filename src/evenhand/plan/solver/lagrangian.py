"""What every choice costs at given prices, and the bound that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.tree import LevelPrices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.rounding import Row

_HAIR = 1e-12
"""By so much less than violation costs, so that rounding leaves the check no fault to find."""


def price_choices(level: Level, prices: LevelPrices, cuts: Sequence[Row] = ()) -> NDArray[np.float64]:
    """(n, k) cost of every choice with everything it uses paid for; inf where there is no candidate."""
    values = level.costs.astype(np.float64, copy=True)
    place = np.maximum(level.candidates, 0)
    for m in range(level.amounts.shape[1]):
        values += prices.bands[place, m] * level.amounts[:, m : m + 1]
    for family, of_row in zip(level.rows, prices.rows, strict=True):
        if of_row.any():
            values += np.where(family.index >= 0, of_row[np.maximum(family.index, 0)], 0.0)
    for row, price in zip(cuts, prices.cuts, strict=False):
        if price > 0:
            values -= price * row.coefficients
    values[level.candidates < 0] = np.inf
    return values


def usable_prices(level: Level, prices: LevelPrices, cuts: Sequence[Row] = ()) -> LevelPrices:
    """Take away from prices what can't be: a price where nothing limits, or of more than violation costs."""
    bands = np.nan_to_num(prices.bands, nan=0.0)
    bands = np.where(((bands > 0) & (level.upper == np.inf)) | ((bands < 0) & (level.lower == -np.inf)), 0.0, bands)
    of_cuts = tuple(max(0.0, price) for price in prices.cuts)
    if level.violation_cap is None:
        saved = _price_violation(level, prices.cuts, cuts)
        is_two_sided = np.isfinite(level.lower) & np.isfinite(level.upper)
        of_both = np.where(is_two_sided, saved.sum(axis=0) / 2, saved.max(axis=0))
        if (most := float(of_both.max(initial=0.0)) * (1 + _HAIR)) > level.violation_price:
            share = level.violation_price / most
            saved, of_cuts = saved * share, tuple(price * share for price in of_cuts)
        most_lower, most_upper = (level.violation_price - saved) / level.scale
        bands = np.clip(bands, -most_lower, most_upper)
    rows = tuple(
        np.where(np.isfinite(family.cap), np.maximum(of_row, 0.0), 0.0)
        for family, of_row in zip(level.rows, prices.rows, strict=True)
    )
    return LevelPrices(bands, rows, prices.cases, of_cuts)


def _price_violation(level: Level, prices: Sequence[float], cuts: Sequence[Row]) -> NDArray[np.float64]:
    """(2, T, M) what violation is worth to the cuts, below the bands and above them."""
    saved = np.zeros((2, *level.scale.shape))
    for row, price in zip(cuts, prices, strict=False):
        if price > 0:
            saved += price * row.violation
    return saved


def subtract_limits(level: Level, prices: LevelPrices, cuts: Sequence[Row] = ()) -> float:
    """Add up what the bands, rows and violation allowed are worth at these prices: Σ min − this is the bound."""
    side = np.where(prices.bands > 0, level.upper, np.where(prices.bands < 0, level.lower, 0.0))
    worth = float((prices.bands * side).sum())
    if level.violation_cap is not None and level.violation_cap > 0:
        worth += violation_multiplier(level, prices.bands, prices.cuts, cuts) * level.violation_cap
    for family, of_row in zip(level.rows, prices.rows, strict=True):
        worth += float((of_row[of_row > 0] * family.cap[of_row > 0]).sum())
    return worth - sum(price * row.limit for row, price in zip(cuts, prices.cuts, strict=False) if price > 0)


def violation_multiplier(
    level: Level, bands: NDArray[np.float64], of_cuts: Sequence[float] = (), cuts: Sequence[Row] = ()
) -> float:
    """Find the least price of violation that these prices of bands and cuts need."""
    needed = np.stack([-bands, bands]) * level.scale
    return float(np.max(needed + _price_violation(level, of_cuts, cuts), initial=0.0))


def bound_level(level: Level, prices: LevelPrices) -> float:
    """L(π, ν): no choice inside the bands and rows costs less."""
    if not len(level.candidates):
        return -subtract_limits(level, prices)
    return float(price_choices(level, prices).min(axis=1).sum()) - subtract_limits(level, prices)


def forbid_capped(level: Level, prices: LevelPrices) -> LevelPrices:
    """Price choices that a cap of nothing rules out so high that no unit prefers them: that costs the bound nothing."""
    rows = [of_row.copy() for of_row in prices.rows]
    ruled_out = np.zeros(level.candidates.shape, np.bool_)
    members = []
    for family in level.rows:
        capped = np.append(family.cap <= 0, False)[family.index]
        members.append(capped)
        ruled_out |= capped
    if not ruled_out.any():
        return prices
    values = price_choices(level, prices)
    lacking = np.where(ruled_out, np.inf, values).min(axis=1, keepdims=True) - values
    for family, capped, of_row in zip(level.rows, members, rows, strict=True):
        wanting = capped & np.isfinite(lacking) & (lacking > 0)
        np.maximum.at(of_row, family.index[wanting], of_row[family.index[wanting]] + lacking[wanting])
    return LevelPrices(prices.bands, tuple(rows))
