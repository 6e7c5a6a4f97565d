"""Made sales forces to measure the optimiser on: any size, any seed, the same arrays every time.

A country is a set of cities; accounts live round them, a little more often in the large ones. Territory centres are
drawn from the accounts, so that busy country has more of them. Every account has a *fair* territory (weighted
distance, the weights set so that all territories are about equally full) and a *present* one (weighted by favour:
some territories have hoarded over the years). Its candidates are the present territory and the nearest others. Bands
lie round the equal share of the team total, so a plan inside them exists nearly always for ``feasible`` and never for
``infeasible``.

==============  ==============================================================================
kind            what is special
==============  ==============================================================================
``feasible``    bands ± ``band_share``; potential log-normal, workload gamma, account count
``heavy``       potential Pareto (tail exponent 1.6): a few accounts are a territory's worth
``infeasible``  one region in ten is twice as rich and its accounts can't leave it
``rep_left``    one territory in fifty is emptied; its accounts may not stay
``new_hire``    one territory in fifty is new, empty at first, with half a target
==============  ==============================================================================

Examples
--------
>>> instance = make_instance("feasible", n_units=1_000, n_territories=10, seed=3)
>>> instance.candidates.shape
(1000, 5)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["feasible", "heavy", "infeasible", "rep_left", "new_hire"]
CostKind = Literal["smooth", "graded", "count"]

SIZES: dict[str, tuple[int, int, int]] = {
    "1k": (1_000, 10, 5),
    "10k": (10_000, 50, 5),
    "100k": (100_000, 200, 5),
    "1M": (1_000_000, 1_000, 8),
}
"""Name → (units, territories, candidates) of the bar table."""


@dataclass(frozen=True)
class Instance:
    """The fields of ``evenhand.plan.solver.Problem``, as plain arrays (shapes there)."""

    candidates: NDArray[np.int32]
    costs: NDArray[np.float64]
    grades: NDArray[np.int8] | None
    amounts: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: NDArray[np.float64]
    violation_price: float | None


def make_instance(
    kind: Kind = "feasible",
    *,
    n_units: int = 10_000,
    n_territories: int = 50,
    n_candidates: int = 5,
    n_measures: int = 3,
    band_share: float = 0.10,
    cost_kind: CostKind = "smooth",
    with_grades: bool = False,
    seed: int = 0,
) -> Instance:
    """Make one instance.

    Parameters
    ----------
    kind
        See the module's table.
    n_units, n_territories, n_candidates, n_measures
        n, T, k and M; the measures are count, potential, workload, then more log-normal ones.
    band_share
        Half-width of the bands, relative to the target.
    cost_kind
        ``smooth``: disruption × (1 + extra distance); ``graded``: 1, 10 or 100; ``count``: 1 for every move.
    with_grades
        Also give grades (0 low 60 %, 1 medium 30 %, 2 high 10 %).
    seed
        Everything follows from it.
    """
    rng = np.random.default_rng([seed, n_units, n_territories, n_candidates, n_measures])
    points = _draw_points(rng, n_units)
    centres = points[rng.choice(n_units, n_territories, replace=False)] + rng.normal(0, 1e-3, (n_territories, 2))
    n_near = min(n_territories, n_candidates + 4)
    distance, near = cKDTree(centres).query(points, k=np.arange(1, n_near + 1))
    near = near.astype(np.int32)

    fair_weight = _even_out(rng, distance, near, n_territories)
    fair = np.argmin(distance * fair_weight[near], axis=1)
    favour = np.exp(rng.normal(0, 0.06, n_territories))
    present = np.argmin(distance * fair_weight[near] / favour[near], axis=1)

    k = min(n_candidates, n_territories)
    candidates, reach = _list_candidates(near, distance, present, fair, k)
    amounts = _draw_amounts(rng, kind, n_units, n_measures)
    target = np.repeat(amounts.sum(axis=0)[None, :] / n_territories, n_territories, axis=0)

    grades = rng.choice(np.array([0, 1, 2], dtype=np.int8), n_units, p=[0.6, 0.3, 0.1])
    if cost_kind == "smooth":
        disruption = rng.lognormal(0.0, 0.6, n_units)
        extra = np.maximum(reach - reach[:, :1], 0.0) / max(float(distance[:, 0].mean()), 1e-12)
        costs = disruption[:, None] * (1.0 + 0.5 * extra)
    elif cost_kind == "graded":
        costs = np.repeat(10.0 ** grades.astype(np.float64)[:, None], k, axis=1)
    else:
        costs = np.ones((n_units, k))
    costs[:, 0] = 0.0

    special = rng.permutation(n_territories)[: max(1, n_territories // (10 if kind == "infeasible" else 50))]
    if kind == "infeasible":
        captive = np.isin(candidates[:, 0], special)
        amounts[captive] *= 2.0
        candidates[captive, 1:] = -1
        target = np.repeat(amounts.sum(axis=0)[None, :] / n_territories, n_territories, axis=0)
    elif kind in ("rep_left", "new_hire"):
        target = _share_out(amounts, special, n_territories, share=0.0 if kind == "rep_left" else 0.5)
        if kind == "new_hire":
            candidates, costs = _start_empty(candidates, costs, special)
        else:
            candidates, costs = _empty(candidates, costs, special)

    costs[candidates < 0] = 0.0
    scale = np.where(target > 0, target, amounts.sum(axis=0) / n_territories)
    return Instance(
        candidates=np.ascontiguousarray(candidates),
        costs=np.ascontiguousarray(costs),
        grades=grades if with_grades else None,
        amounts=amounts,
        lower=(1 - band_share) * target,
        upper=(1 + band_share) * target,
        scale=scale,
        violation_price=None,
    )


def _draw_points(rng: np.random.Generator, n_units: int) -> NDArray[np.float64]:
    """Accounts round cities of very different size, two fifths of them in the open country."""
    n_cities = max(3, round(n_units**0.5 / 4))
    cities = rng.random((n_cities, 2))
    size = rng.pareto(1.2, n_cities) + 1
    city = rng.choice(n_cities, n_units, p=size / size.sum())
    points = cities[city] + rng.normal(0, 0.06, (n_units, 2)) * (1 + rng.random(n_cities)[city, None])
    rural = rng.random(n_units) < 0.4
    points[rural] = rng.random((int(rural.sum()), 2))
    return points


def _even_out(
    rng: np.random.Generator, distance: NDArray[np.float64], near: NDArray[np.int32], n_territories: int
) -> NDArray[np.float64]:
    """Weights under which nearest-by-weighted-distance fills all territories about equally (on a sample)."""
    n_units = len(near)
    chosen = rng.choice(n_units, min(n_units, 200 * n_territories), replace=False)
    distance, near = distance[chosen], near[chosen]
    weight = np.ones(n_territories)
    rows = np.arange(len(chosen))
    for step in range(150):
        position = np.argmin(distance * weight[near], axis=1)
        load = np.bincount(near[rows, position], minlength=n_territories) * n_territories / len(chosen)
        weight *= np.clip(load, 0.2, 5.0) ** (0.3 / (1 + step / 20))
    return weight


def _list_candidates(
    near: NDArray[np.int32],
    distance: NDArray[np.float64],
    present: NDArray[np.intp],
    fair: NDArray[np.intp],
    k: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """List the present territory first, then the fair one, then the nearest others: (n, k) indices and distances."""
    position = np.arange(near.shape[1])[None, :]
    rank = np.where(position == present[:, None], -2, np.where(position == fair[:, None], -1, position))
    order = np.argsort(rank, axis=1, kind="stable")[:, :k]
    return (
        np.take_along_axis(near, order, axis=1).astype(np.int32),
        np.take_along_axis(distance, order, axis=1),
    )


def _draw_amounts(rng: np.random.Generator, kind: Kind, n_units: int, n_measures: int) -> NDArray[np.float64]:
    """Count, potential, workload, then more log-normal measures; (n, M)."""
    columns = [np.ones(n_units)]
    heavy = kind == "heavy"
    columns.append((rng.pareto(1.6, n_units) + 1) * 10 if heavy else rng.lognormal(3.0, 0.8, n_units))
    columns.append(rng.gamma(2.0, 4.0, n_units) + 0.5)
    columns.extend(rng.lognormal(0.0, 0.5, n_units) for _ in range(n_measures - 3))
    return np.ascontiguousarray(np.stack(columns[:n_measures], axis=1))


def _share_out(
    amounts: NDArray[np.float64], special: NDArray[np.intp], n_territories: int, share: float
) -> NDArray[np.float64]:
    """Targets proportional to capacity, where the special territories have `share` of a full one."""
    capacity = np.ones(n_territories)
    capacity[special] = share
    return np.outer(capacity / capacity.sum(), amounts.sum(axis=0))


def _empty(
    candidates: NDArray[np.int32], costs: NDArray[np.float64], special: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Nobody stays in or moves to the special territories (an account with nowhere else to go stays)."""
    allowed = ~np.isin(candidates, special)
    stuck = ~allowed.any(axis=1)
    allowed[stuck, 0] = True
    return _pack(np.where(allowed, candidates, -1), costs)


def _start_empty(
    candidates: NDArray[np.int32], costs: NDArray[np.float64], special: NDArray[np.intp]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Accounts of a territory that does not exist yet are with the next candidate now."""
    homeless = np.isin(candidates, special)
    first = np.argmin(homeless, axis=1)
    rows = np.arange(len(candidates))
    candidates, costs = candidates.copy(), costs.copy()
    present = candidates[rows, first].copy()
    candidates[rows, first] = candidates[:, 0]
    candidates[:, 0] = present
    costs[rows, first] = np.where(first > 0, costs[rows, first], 0.0)
    costs[:, 0] = 0.0
    return candidates, costs


def _pack(candidates: NDArray[np.int32], costs: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Move the allowed candidates to the left, order kept."""
    order = np.argsort(candidates < 0, axis=1, kind="stable")
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(costs, order, axis=1)
