"""Made sales forces to measure the optimiser on: any size, any seed, the same arrays every time.

A country is a set of cities; accounts live round them, a little more often in the large ones. It is cut in two, each
half again, until every cell is a territory: at the *fair* cuts all have the same number of accounts; the *present*
cuts have wandered from there over the years. Every account's candidates are its present territory, its fair one and
those with the nearest centres. Bands lie round the equal share of the team total.

**Feasible by construction.** In the kind ``feasible`` the amounts of every fair territory are scaled so that its load
of each measure but the count is within `_PLANTED` of the same size, so the plan that puts every account on its fair
territory meets all bands of ± 10 %: (1 + 0.04) ÷ (1 − 0.04) < 1.1. `planted_plan` tells that plan; a test checks it.

==============  ==============================================================================
kind            what is special
==============  ==============================================================================
``feasible``    bands ± ``band_share``; potential log-normal, workload gamma, account count; a plan planted
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

_PLANTED = 0.04
"""Loads of the planted plan differ from a common size by this share at most."""
_UNEVENNESS = 0.25
"""How far the cuts have wandered: the sizes of present territories then have a standard deviation of about a third."""


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
    violation_price: float | None = None


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
    rng, points, fair, present = _draw_country(n_units, n_territories, n_candidates, n_measures, seed)
    k = min(n_candidates, n_territories)
    candidates, reach = _list_candidates(points, present, fair, n_territories, k)
    amounts = _draw_amounts(rng, kind, n_units, n_measures)
    if kind == "feasible":
        _plant(rng, amounts, fair, n_territories)
    target = np.repeat(amounts.sum(axis=0)[None, :] / n_territories, n_territories, axis=0)

    grades = rng.choice(np.array([0, 1, 2], dtype=np.int8), n_units, p=[0.6, 0.3, 0.1])
    if cost_kind == "smooth":
        disruption = rng.lognormal(0.0, 0.6, n_units)
        extra = np.maximum(reach - reach[:, :1], 0.0) / max(float(reach[:, 0].mean()), 1e-12)
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


def planted_plan(
    *, n_units: int = 10_000, n_territories: int = 50, n_candidates: int = 5, n_measures: int = 3, seed: int = 0
) -> NDArray[np.int32]:
    """(n,) the territory of every account in a plan that meets the bands of the ``feasible`` instance made of these."""
    return _draw_country(n_units, n_territories, n_candidates, n_measures, seed)[2]


def _draw_country(
    n_units: int, n_territories: int, n_candidates: int, n_measures: int, seed: int
) -> tuple[np.random.Generator, NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Draw the generator for all else, (n, 2) places of the accounts, and their fair and present territories."""
    rng = np.random.default_rng([seed, n_units, n_territories, n_candidates, n_measures])
    points = _draw_points(rng, n_units)
    return rng, points, *_divide(rng, points, n_territories)


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


def _divide(
    rng: np.random.Generator, points: NDArray[np.float64], n_territories: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Cut the country in two across its longer side, and so on: (n,) fair and present territory of every account."""
    n_units = len(points)
    wander = _UNEVENNESS / max(1.0, np.log2(n_territories)) ** 0.5 / 2
    fair, present = np.zeros(n_units, np.int32), np.zeros(n_units, np.int32)
    cells = [(0, n_territories, np.arange(n_units), np.arange(n_units))]
    while cells:
        first, n_cells, ours, theirs = cells.pop()
        if n_cells == 1:
            fair[ours], present[theirs] = first, first
            continue
        half = n_cells // 2
        axis = int(np.argmax(np.ptp(np.quantile(points[ours], [0.05, 0.95], axis=0), axis=0)))
        order = ours[np.argsort(points[ours, axis], kind="stable")]
        n_left = round(len(ours) * half / n_cells)
        moved = round(len(ours) * np.clip(half / n_cells + wander * rng.normal(), 0.2, 0.8))
        is_left = points[theirs, axis] < points[order[min(moved, len(order) - 1)], axis]
        cells += [
            (first, half, order[:n_left], theirs[is_left]),
            (first + half, n_cells - half, order[n_left:], theirs[~is_left]),
        ]
    return fair, present


def _list_candidates(
    points: NDArray[np.float64], present: NDArray[np.int32], fair: NDArray[np.int32], n_territories: int, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """List the present territory, the fair one, then those with the nearest centres: (n, k), and their distances."""
    n_fair = np.maximum(np.bincount(fair, minlength=n_territories), 1)
    sums = [np.bincount(fair, weights=points[:, axis], minlength=n_territories) for axis in (0, 1)]
    centres = np.stack(sums, axis=1) / n_fair[:, None]
    _, near = cKDTree(centres).query(points, k=np.arange(1, k + 1))
    listed = np.column_stack([present, fair, near]).astype(np.int32)
    is_repeated = np.zeros(listed.shape, np.bool_)
    for j in range(1, listed.shape[1]):
        is_repeated[:, j] = (listed[:, :j] == listed[:, j : j + 1]).any(axis=1)
    order = np.argsort(is_repeated, axis=1, kind="stable")[:, :k]
    candidates = np.take_along_axis(listed, order, axis=1)
    reach = np.stack([np.hypot(*(points - centres[candidates[:, j]]).T) for j in range(k)], axis=1)
    return candidates, reach


def _plant(rng: np.random.Generator, amounts: NDArray[np.float64], fair: NDArray[np.int32], n_territories: int) -> None:
    """Scale the amounts of each fair territory so that the loads are nearly equal; the count stays one an account."""
    for m in range(1, amounts.shape[1]):
        load = np.bincount(fair, weights=amounts[:, m], minlength=n_territories)
        wanted = load.mean() * (1 + rng.uniform(-_PLANTED, _PLANTED, n_territories))
        amounts[:, m] *= (wanted / np.where(load > 0, load, 1.0))[fair]


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
