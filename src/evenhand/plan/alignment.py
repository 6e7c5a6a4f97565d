"""Which territories fit a unit, and how well: distance, vertical, segment, time zone, language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.globe import distance_km, to_sphere
from evenhand.plan.offers import Discounts, discount_receivers, rank_offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.setting import Setting
    from evenhand.policy import Policy

TRAITS = ("vertical", "segment", "time_zone", "language")
_CHUNK = 8192
_FARTHEST = 10.0
_ENOUGH = 2000
_BEST_OF = 3
"""One in so many of the territories that a unit to be spread is offered to are simply the best aligned."""
_PRECISION = 1e-6


@dataclass(frozen=True, eq=False)
class Candidates:
    """Where each unit may go and how badly it would fit there.

    Attributes
    ----------
    territories
        (n_units, k) territory index, the present one in column 0 unless the unit has to go (-1 then); -1 where there
        are fewer.
    costs
        (n_units, k) ≥ 0, 0 for staying, a multiple of a millionth.
    complete
        True where every eligible territory is there for every unit.
    """

    territories: NDArray[np.int32]
    costs: NDArray[np.float64]
    complete: bool


@dataclass(frozen=True, eq=False)
class Fit:
    """What decides how well units fit territories."""

    positions: NDArray[np.float64]
    """(n_units, 3) on the unit sphere; NaN where unknown."""
    bases: NDArray[np.float64]
    """(T, 3) on the unit sphere; NaN where unknown."""
    trait_kind: NDArray[np.intp]
    """(n_units,)"""
    trait_costs: NDArray[np.float64]
    """(n_trait_kinds, T)"""
    extra: NDArray[np.float64]
    """(n_units,) cost of any move: earlier changes of owner."""
    distance_weight: float
    full_distance_km: float
    unknown_share: NDArray[np.float64]
    """(T,) distance ÷ `full_distance_km` of a unit whose place is unknown."""

    def costs(self, rows: slice | NDArray[np.intp]) -> NDArray[np.float64]:
        """(rows, T) misfit of each unit with each territory.

        A unit whose place is unknown counts as far from a territory as others are on average: moving it is neither
        favoured nor avoided for that. A territory whose base is unknown is a complete misfit.
        """
        share = np.minimum(distance_km(self.positions[rows], self.bases) / self.full_distance_km, _FARTHEST)
        far = self.distance_weight * np.where(np.isnan(share), self.unknown_share, share)
        return self.trait_costs[self.trait_kind[rows]] + far + self.extra[rows, None]


def measure_fit(
    accounts: pl.DataFrame,
    *,
    present: NDArray[np.intp],
    representative: NDArray[np.intp],
    n_earlier_moves: NDArray[np.float64],
    setting: Setting,
    policy: Policy,
) -> Fit:
    """Prepare the misfit of units with territories.

    Parameters
    ----------
    accounts
        Sorted by account_id: latitude, longitude, vertical, segment, time_zone, language.
    present
        (n_accounts,) index of the territory each is in.
    representative
        (n_units,) the account that stands for each unit.
    n_earlier_moves
        (n_units,) changes of territory the customer has been through.

    Notes
    -----
    A trait's misfit is weight × (1 − min(1, share of the territory's accounts that have it ÷ the firm's share)).
    A territory's base is its own coordinates, else the middle of its accounts.

    References
    ----------
    Policy entries ``alignment.*``.
    """
    weights = policy.alignment
    n_territories = len(setting.ids)
    positions = to_sphere(
        accounts["latitude"].to_numpy().astype(np.float64), accounts["longitude"].to_numpy().astype(np.float64)
    )
    traits = accounts.select(TRAITS)
    distinct = traits.unique(maintain_order=True).with_row_index("kind")
    kind = traits.join(distinct, on=list(TRAITS), how="left", nulls_equal=True, maintain_order="left")["kind"]
    trait_costs = np.zeros((distinct.height, n_territories))
    for trait in TRAITS:
        weight = getattr(weights, trait)
        if weight > 0:
            trait_costs += weight * _trait_misfit(traits[trait], distinct[trait], present, n_territories)
    bases = _bases(positions, present, setting)
    return Fit(
        positions=positions[representative],
        bases=bases,
        trait_kind=kind.to_numpy().astype(np.intp)[representative],
        trait_costs=trait_costs,
        extra=weights.earlier_owners * n_earlier_moves,
        distance_weight=weights.distance,
        full_distance_km=weights.distance_km,
        unknown_share=_average_share(positions, bases, weights.distance_km),
    )


def choose_candidates(
    fit: Fit,
    *,
    present: NDArray[np.intp],
    stays: NDArray[np.bool_],
    leaves: NDArray[np.bool_],
    kind_of_unit: NDArray[np.intp],
    allowed: NDArray[np.bool_],
    fullness: NDArray[np.float64],
    most: int,
    receives: NDArray[np.float64] | None = None,
) -> Candidates:
    """Pick the territories considered for each unit: its own, the two emptiest and the best aligned.

    What has to leave is offered to everybody who is to take some of it, as much as they are to take.

    Parameters
    ----------
    present
        (n_units,) index of the territory each is in.
    stays, leaves
        (n_units,) has to stay; has to go.
    kind_of_unit, allowed
        Who may take what, see `evenhand.plan.eligibility`.
    fullness
        (T,) load ÷ target; the least full are always considered.
    most
        Most territories for a unit, its own included.
    receives
        (T,) how much of what has to leave each is to take; None where nobody has to take any.
    """
    n_units, n_territories = len(present), len(fullness)
    k = min(most, n_territories)
    territories = np.full((n_units, k), -1, dtype=np.int32)
    costs = np.zeros((n_units, k))
    territories[:, 0] = np.where(leaves, -1, present)
    complete = True
    needy = _neediest(allowed, fullness)
    discounts = _discount(fit, np.flatnonzero(leaves & ~stays), kind_of_unit, allowed, receives)
    for start in range(0, n_units, _CHUNK):
        rows = slice(start, min(start + _CHUNK, n_units))
        size = rows.stop - rows.start
        open_to = allowed[kind_of_unit[rows]] & ~stays[rows, None]
        open_to[np.arange(size), present[rows]] = False
        complete &= bool((open_to.sum(axis=1) < k).all())
        misfit = np.round(fit.costs(rows) / _PRECISION) * _PRECISION
        rank = np.where(open_to, misfit, np.inf)
        wanted = needy[kind_of_unit[rows]] & open_to
        rank = np.where(wanted, -1.0, rank)
        if discounts is not None and (going := leaves[rows]).any() and k - 1 < n_territories - 1:
            n_best = (k - 1) // _BEST_OF
            rank[going] = rank_offers(misfit[going], open_to[going], discounts, n_best=n_best, draw=start)
        if k - 1 < n_territories - 1:
            nearest = np.argpartition(rank, k - 2, axis=1)[:, : k - 1] if k > 1 else np.zeros((size, 0), np.intp)
        else:
            nearest = np.tile(np.arange(n_territories), (size, 1))
        order = np.lexsort(
            (
                nearest,
                np.where(
                    np.isfinite(np.take_along_axis(rank, nearest, 1)), np.take_along_axis(misfit, nearest, 1), np.inf
                ),
            ),
            axis=1,
        )
        nearest = np.take_along_axis(nearest, order, axis=1)[:, : k - 1]
        found = np.isfinite(np.take_along_axis(rank, nearest, axis=1))
        territories[rows, 1:] = np.where(found, nearest, -1)
        costs[rows, 1:] = np.where(found, np.take_along_axis(misfit, nearest, axis=1), 0.0)
    return Candidates(territories, costs, complete)


def _discount(
    fit: Fit,
    going: NDArray[np.intp],
    kind_of_unit: NDArray[np.intp],
    allowed: NDArray[np.bool_],
    receives: NDArray[np.float64] | None,
) -> Discounts | None:
    """Find the discounts that spread the offers, from a few thousand of the units; None where nothing is spread."""
    if receives is None or not len(going):
        return None
    some = going[:: max(1, len(going) // _ENOUGH)]
    return discount_receivers(fit.costs(some), allowed[kind_of_unit[some]], receives)


def _neediest(allowed: NDArray[np.bool_], fullness: NDArray[np.float64], n: int = 2) -> NDArray[np.bool_]:
    """(n_kinds, T) the n least full territories open to each kind of unit."""
    order = np.argsort(fullness, kind="stable")
    sorted_allowed = allowed[:, order]
    first = sorted_allowed & (np.cumsum(sorted_allowed, axis=1) <= n)
    result = np.zeros_like(allowed)
    result[:, order] = first
    return result


def _trait_misfit(
    of_accounts: pl.Series, of_kinds: pl.Series, present: NDArray[np.intp], n_territories: int
) -> NDArray[np.float64]:
    """(n_kinds, T) 0 where the territory has as large a share of the trait as the firm, 1 where it has none of it."""
    values = of_accounts.drop_nulls().unique().sort()
    if len(values) == 0:
        return np.zeros((len(of_kinds), n_territories))
    number = dict(zip(values.to_list(), range(len(values)), strict=True))
    code = of_accounts.replace_strict(number, default=None, return_dtype=pl.Int64)
    known = code.is_not_null().to_numpy()
    counts = np.zeros((n_territories, len(values)))
    np.add.at(counts, (present[known], code.drop_nulls().to_numpy()), 1.0)
    in_territory = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    in_firm = counts.sum(axis=0) / max(counts.sum(), 1.0)
    misfit = 1.0 - np.minimum(1.0, in_territory / np.maximum(in_firm, 1e-12))
    misfit[counts.sum(axis=1) == 0] = 0.0
    rows = of_kinds.replace_strict(number, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()
    return np.where(rows[:, None] >= 0, misfit.T[np.maximum(rows, 0)], 0.0)


def _average_share(
    positions: NDArray[np.float64], bases: NDArray[np.float64], full_distance_km: float
) -> NDArray[np.float64]:
    """(T,) mean distance of accounts of known place, of which a few thousand are enough; 1 for an unknown base."""
    known = positions[~np.isnan(positions).any(axis=1)]
    if not len(known):
        return np.zeros(len(bases))
    some = known[:: max(1, len(known) // _ENOUGH)]
    mean: NDArray[np.float64] = np.minimum(distance_km(some, bases) / full_distance_km, _FARTHEST).mean(axis=0)
    return np.where(np.isnan(mean), 1.0, mean)


def _bases(positions: NDArray[np.float64], present: NDArray[np.intp], setting: Setting) -> NDArray[np.float64]:
    frame = setting.territories
    own = to_sphere(frame["latitude"].to_numpy().astype(np.float64), frame["longitude"].to_numpy().astype(np.float64))
    known = ~np.isnan(positions).any(axis=1)
    sums = np.zeros((len(setting.ids), 3))
    np.add.at(sums, present[known], positions[known])
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    middle = np.divide(sums, length, out=np.full_like(sums, np.nan), where=length > 1e-9)
    return np.where(np.isnan(own), middle, own)
