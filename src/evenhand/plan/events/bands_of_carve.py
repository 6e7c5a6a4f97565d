"""The bands of those who give to a new hire: from the most loaded, and none below its due."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.events.carve import find_level, keep_above_level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.events.asked import Asked, Ground


def fill_newcomers(asked: Asked, locked: NDArray[np.bool_], ground: Ground) -> Asked:
    """Let the most loaded give to the territories of new hires, and nobody else.

    Parameters
    ----------
    locked
        (n_units,) which may not be moved.

    References
    ----------
    Policy entry ``events.carve_tolerance``.
    """
    setting, policy, pool = ground.setting, ground.policy, ground.pool
    bands, allowed, kind = asked.bands, asked.eligibility.allowed, asked.eligibility.kind_of_unit
    if not setting.carved or "potential" not in bands.measures or policy.bands.potential is None:
        return asked
    m = bands.measures.index("potential")
    potential = ground.units.total(ground.amounts["potential"])
    counted = ~asked.leaves
    load = ground.held(potential, counted)
    target = bands.targets[:, m]
    lower = bands.lower.copy()
    levels = np.full(len(target), np.inf)
    newcomers = np.isin(np.array(setting.ids, dtype=object), setting.carved)
    too_busy = _is_too_busy(ground)
    for number in np.unique(pool[newcomers]):
        inside = (pool == number) & setting.is_seat & ~setting.is_emptied
        open_to = np.asarray(allowed[:, newcomers & inside].any(axis=1))[kind] & ~locked & counted
        givable = ground.held(potential, open_to)
        givers = inside & ~newcomers
        lacking = np.maximum(lower[:, m] - load, 0.0)[givers & np.isfinite(lower[:, m])].sum()
        needed = float((target - load)[newcomers & inside].sum() + lacking)
        level = find_level(load, np.where(givers, target, 0.0), givable, needed)
        levels[newcomers & inside] = level
        keeps = givers & ~too_busy
        lower[:, m] = keep_above_level(
            load,
            np.where(keeps, target, 0.0),
            lower[:, m],
            level,
            policy.events.carve_tolerance,
            upper=bands.upper[:, m] if lacking == 0 else None,
        )
    lower[lower <= 0] = -np.inf
    return replace(asked, bands=replace(bands, lower=lower), levels=levels)


def _is_too_busy(ground: Ground) -> NDArray[np.bool_]:
    """(T,) seats over the workload ceiling: they may go below the level, or they could never come under it."""
    most = ground.policy.bands.workload_ceiling
    if most is None or "workload" not in ground.amounts:
        return np.zeros(len(ground.setting.ids), dtype=bool)
    hours = ground.units.total(ground.hours)
    return ground.held(hours, np.ones(len(hours), dtype=bool)) > most * ground.capacity_hours
