"""How much of its normal pipeline an account brings in each month after a transfer, and how many days that loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import stdtrit

from evenhand.plan.ramp.counts import N_GROUPS, Counts, count_deals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.ramp.records import Records
    from evenhand.policy import Policy

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Productivity:
    """What accounts bring after a transfer, against what they would have.

    Attributes
    ----------
    ends
        (n_steps,) last day of each step after the transfer.
    share, low, high
        (n_steps,) opportunities ÷ those to be expected.
    lost_days, lost_low, lost_high
        Days of normal business lost until the horizon.
    normal_days, normal_low, normal_high
        The day by which accounts are back to ``ramp.normal_share`` of normal; None where not within the horizon.
    n_before, n_after
        Opportunities that it rests on.
    """

    ends: Floats
    share: Floats
    low: Floats
    high: Floats
    lost_days: float
    lost_low: float
    lost_high: float
    normal_days: float | None
    normal_low: float | None
    normal_high: float | None
    n_before: int
    n_after: int


def measure_productivity(records: Records, policy: Policy) -> Productivity | None:
    """Compare what accounts brought after a transfer with the year before it, and with accounts that stayed.

    Returns
    -------
    Productivity | None
        None where nothing was created in the year before, so that there is no normal to compare with.

    Notes
    -----
    With O(s) the opportunities created in step s after the transfers and E(s) those that accounts which never changed
    hands created in as many days of the same calendar months and segments: share(s) = (O(s) ÷ E(s)) ÷ (O(before) ÷
    E(before)). The calendar cancels out in E, and what the transferred accounts have of their own in O(before).
    Days lost = Σ over steps of their length × (1 − share). The variance is that of the delete-a-group jackknife, with
    families as the unit, so that neither what accounts of a family have in common nor the chance in E is left out.
    The day of normal business is where the shares, made never to fall (isotonic regression) and joined by lines
    between the middles of the steps, reach ``ramp.normal_share``; its limits are where those of the shares do.

    References
    ----------
    P. S. Kott: The delete-a-group jackknife. Journal of Official Statistics 17 (2001) 521–526. Policy entries
    ``ramp.horizon_days``, ``step_days``, ``before_days``, ``normal_share`` and ``confidence_share``.
    """
    step, horizon = policy.ramp.step_days, policy.ramp.horizon_days
    ends = np.append(np.arange(step, horizon, step), horizon).astype(np.float64)
    lengths = np.diff(ends, prepend=0.0)
    counts = count_deals(records, ends, policy.ramp.before_days)
    whole = _estimate(counts, np.ones(N_GROUPS, dtype=bool), lengths)
    if whole is None:
        return None
    replicates = []
    for group in range(N_GROUPS):
        without = np.arange(N_GROUPS) != group
        replicate = _estimate(counts, without, lengths)
        if replicate is not None:
            replicates.append(replicate)
    spread = np.array(replicates) - whole
    deviation = np.sqrt((N_GROUPS - 1) / N_GROUPS * (spread**2).sum(axis=0))
    reach = float(stdtrit(N_GROUPS - 1, (1 + policy.ramp.confidence_share) / 2)) * deviation
    low, high = np.maximum(whole[1:] - reach[1:], 0.0), whole[1:] + reach[1:]
    normal = policy.ramp.normal_share
    return Productivity(
        ends=ends,
        share=whole[1:],
        low=low,
        high=high,
        normal_days=_find_normal(ends, whole[1:], normal),
        normal_low=_find_normal(ends, high, normal),
        normal_high=_find_normal(ends, low, normal),
        lost_days=float(whole[0]),
        lost_low=float(whole[0] - reach[0]),
        lost_high=float(whole[0] + reach[0]),
        n_before=int(counts.deals[:, 0].sum()),
        n_after=int(counts.deals[:, 1:].sum()),
    )


def _estimate(counts: Counts, groups: NDArray[np.bool_], lengths: Floats) -> Floats | None:
    """(1 + steps,) the days lost and the share of each step, from some of the groups."""
    stayed_deals, stayed_days = (table[groups].sum(axis=0) for table in (counts.stayed_deals, counts.stayed_days))
    n_blocks = int(counts.block.max(initial=0)) + 1
    by_block = _divide(
        np.bincount(counts.block, stayed_deals, n_blocks), np.bincount(counts.block, stayed_days, n_blocks)
    )
    rate = np.where(stayed_days > 0, _divide(stayed_deals, stayed_days), by_block[counts.block])
    expected = counts.days[groups].sum(axis=0) @ rate
    ratio = _divide(counts.deals[groups].sum(axis=0), expected)
    if ratio[0] <= 0:
        return None
    share = np.where(expected[1:] > 0, ratio[1:] / ratio[0], 1.0)
    return np.concatenate([[float(lengths @ (1 - share))], share])


def _find_normal(ends: Floats, share: Floats, normal: float) -> float | None:
    rising = isotonic_regression(share).x
    reached = np.flatnonzero(rising >= normal)
    if not len(reached):
        return None
    at = int(reached[0])
    if at == 0:
        return 0.0
    middle = (ends + np.append(0.0, ends[:-1])) / 2
    return float(np.interp(normal, rising[at - 1 : at + 1], middle[at - 1 : at + 1]))


def _divide(part: NDArray[np.number[Any]], whole: NDArray[np.number[Any]]) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole > 0)
    return ratio
