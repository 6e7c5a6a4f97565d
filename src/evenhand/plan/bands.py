"""What each territory should hold, and how far from it the plan may leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evenhand.plan.setting import Setting
    from evenhand.policy import Policy

BANDED = ("potential", "accounts", "qualified", "workload", "pipeline")
"""Measures that a policy can give a band, by the name of the entry in ``bands``."""


@dataclass(frozen=True, eq=False)
class Bands:
    """Targets and bands of all measures.

    Attributes
    ----------
    measures
        Names, in order.
    targets, lower, upper, scale
        (T, M); lower and upper are -inf and inf where there is no band.
    """

    measures: tuple[str, ...]
    targets: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: NDArray[np.float64]

    @property
    def binding(self) -> NDArray[np.intp]:
        """Measures with a band anywhere: those the solver needs."""
        has_band = np.isfinite(self.lower).any(axis=0) | np.isfinite(self.upper).any(axis=0)
        return np.flatnonzero(has_band)


def set_bands(
    loads: Mapping[str, NDArray[np.float64]], pool: NDArray[np.intp], setting: Setting, policy: Policy
) -> Bands:
    """Share each measure's total out by capacity, and put the policy's bands around the shares.

    Parameters
    ----------
    loads
        (T,) what each territory holds, for each measure that can be computed. Accounts that an event sends to
        another pool are counted there, so that its targets have room for them.
    pool
        (T,) territories with the same number share one total: accounts can pass between them.

    Notes
    -----
    target(t) = total of the pool × capacity share(t) ÷ Σ capacity shares of the pool. Band: target × (1 ± tolerance).
    Workload has in addition a ceiling of ``bands.workload_ceiling`` × the seat's hours. An emptied territory has the
    band 0 to 0. Groups of territories have none.

    References
    ----------
    Policy entries ``bands.*``.
    """
    measures = tuple(name for name in BANDED if name in loads)
    shape = (len(pool), len(measures))
    targets = np.zeros(shape)
    lower, upper = np.full(shape, -np.inf), np.full(shape, np.inf)
    shares = setting.capacity_shares
    n_pools = int(pool.max(initial=-1)) + 1
    counted = np.where(setting.is_seat, 1.0, 0.0)
    share_sums = np.bincount(pool, weights=shares, minlength=n_pools)
    fraction = np.divide(shares, share_sums[pool], out=np.zeros(len(pool)), where=share_sums[pool] > 0)
    has_band = setting.is_seat & ~setting.is_emptied & (share_sums[pool] > 0)
    for m, name in enumerate(measures):
        totals = np.bincount(pool, weights=loads[name] * counted, minlength=n_pools)
        targets[:, m] = totals[pool] * fraction
        tolerance = getattr(policy.bands, name)
        if tolerance is not None:
            lower[has_band, m] = targets[has_band, m] * (1 - tolerance)
            upper[has_band, m] = targets[has_band, m] * (1 + tolerance)
    if policy.bands.workload_ceiling is not None and "workload" in measures:
        m = measures.index("workload")
        ceiling = setting.territories["capacity_hours"].to_numpy() * policy.bands.workload_ceiling
        upper[has_band, m] = np.minimum(upper[has_band, m], ceiling[has_band])
        lower[:, m] = np.minimum(lower[:, m], upper[:, m])
    lower[lower <= 0] = -np.inf
    upper[setting.is_emptied] = 0.0
    n_positive = np.maximum((targets > 0).sum(axis=0), 1)
    typical = np.where(targets.sum(axis=0) > 0, targets.sum(axis=0) / n_positive, 1.0)
    scale = np.where(targets > 0, targets, typical)
    return Bands(measures, targets, lower, upper, scale)
