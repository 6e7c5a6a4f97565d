"""The bands of those who take over what emptied territories held: by spare capacity, and how much at most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.bands import Bands
from evenhand.plan.events.asked import INHERITED, Asked, Ground, may_go
from evenhand.plan.events.spread import find_spare_hours, share_by_spare

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAMILIES = 2.0
"""Families of average size that a seat may take more or less than its share."""


def spread_accounts(asked: Asked, ground: Ground) -> Asked:
    """Move the bands of those who take over what emptied territories held, and bound how much each takes.

    Notes
    -----
    See `evenhand.plan.events.carry_out.carry_out`.

    References
    ----------
    Policy entries ``events.spread_tolerance``, ``bands.workload_ceiling``.
    """
    setting, policy, units, home = ground.setting, ground.policy, ground.units, ground.home
    ids = np.array(setting.ids, dtype=object)
    allowed, kind = asked.eligibility.allowed, asked.eligibility.kind_of_unit
    spread = np.isin(ids, setting.spread)[home] & may_go(asked.eligibility)
    if not spread.any():
        return asked
    n_kinds = len(allowed)
    hours, capacity = units.total(ground.hours), ground.capacity_hours
    spare = find_spare_hours(ground.held(hours, ~asked.leaves), capacity, policy.bands.workload_ceiling or 1.0)
    spare = np.where(allowed.any(axis=0), spare, 0.0)
    by_kind = np.bincount(kind[spread], weights=hours[spread], minlength=n_kinds).astype(np.float64)
    has_any = np.bincount(kind[spread], minlength=n_kinds) > 0
    shared = share_by_spare(by_kind, allowed & has_any[:, None], spare, capacity)
    totals = shared.sum(axis=1, keepdims=True)
    part = np.divide(shared, totals, out=np.zeros_like(shared), where=totals > 0)
    receives = part.any(axis=0)
    bands = _around_spread(asked.bands, part, spread, kind, ground)
    arriving = np.where(by_kind[:, None] > 0, shared, 0.0).sum(axis=0)
    slack = _find_slack(arriving, hours[spread], policy.events.spread_tolerance)
    bands = _add_measure(
        bands,
        INHERITED,
        target=arriving,
        lower=np.where(receives, arriving - slack, -np.inf),
        upper=np.where(setting.is_emptied, 0.0, np.where(receives, arriving + slack, np.inf)),
        scale=np.where(capacity > 0, capacity, max(float(capacity.mean()), 1.0)),
    )
    per_account = np.where(spread[units.unit_of_account], ground.hours, 0.0)
    return replace(asked, bands=bands, amounts={INHERITED: per_account}, spare_hours=spare)


def _find_slack(arriving: NDArray[np.float64], sizes: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """(T,) how far from its share each seat may end: families can't be cut, and the largest has to go somewhere."""
    least = max(_FAMILIES * float(sizes.mean()), float(sizes.max()) - float(arriving.max()))
    return np.maximum(tolerance * arriving, least)


def _around_spread(
    bands: Bands, part: NDArray[np.float64], spread: NDArray[np.bool_], kind: NDArray[np.intp], ground: Ground
) -> Bands:
    """Move the targets of the pools that take over something to what is held plus what is taken over."""
    setting, policy, pool = ground.setting, ground.policy, ground.pool
    n_kinds, n_territories = part.shape
    receives = part.any(axis=0)
    targets, lower, upper = bands.targets.copy(), bands.lower.copy(), bands.upper.copy()
    affected = np.isin(pool, pool[receives]) & setting.is_seat & ~setting.is_emptied
    shares = setting.capacity_shares
    sums = np.bincount(pool, weights=shares)
    fraction = np.divide(shares, sums[pool], out=np.zeros(n_territories), where=sums[pool] > 0)
    for m, name in enumerate(bands.measures):
        per_unit = ground.units.total(ground.amounts[name])
        by_kind = np.bincount(kind[spread], weights=per_unit[spread], minlength=n_kinds)
        arriving = (part * by_kind[:, None]).sum(axis=0)
        staying = np.bincount(pool, weights=bands.targets[:, m] - arriving)[pool]
        fair = staying * fraction
        tolerance = getattr(policy.bands, name)
        held = ground.held(per_unit, ~spread)
        near = np.clip(held, fair * (1 - (tolerance or 0.0)), fair * (1 + (tolerance or 0.0)))
        near_sums = np.bincount(pool, weights=np.where(affected, near, 0.0))[pool]
        near = np.divide(near * staying, near_sums, out=fair.copy(), where=near_sums > 0)
        aimed = near + arriving
        targets[affected, m] = aimed[affected]
        if tolerance is not None:
            room = _find_slack(arriving, per_unit[spread], policy.events.spread_tolerance)
            low = np.minimum(bands.targets[:, m] * (1 - tolerance), aimed - room)
            high = np.maximum(bands.targets[:, m] * (1 + tolerance), aimed + room)
            ceiling = bands.upper[:, m] if name == "workload" else np.full(n_territories, np.inf)
            capped = ceiling < bands.targets[:, m] * (1 + tolerance)
            high = np.where(capped, ceiling, high)
            lower[affected, m] = np.minimum(low, high)[affected]
            upper[affected, m] = high[affected]
    lower[lower <= 0] = -np.inf
    return replace(bands, targets=targets, lower=lower, upper=upper)


def _add_measure(
    bands: Bands,
    name: str,
    *,
    target: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> Bands:
    lower = np.where(lower <= 0, -np.inf, lower)
    return Bands(
        (*bands.measures, name),
        np.column_stack([bands.targets, target]),
        np.column_stack([bands.lower, lower]),
        np.column_stack([bands.upper, upper]),
        np.column_stack([bands.scale, scale]),
    )
