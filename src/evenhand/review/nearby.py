"""The part of a plan around a flag, as a problem of its own: everything else stays as planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Nearby:
    """A few territories and the units that the plan has in them.

    Attributes
    ----------
    problem
        Of these alone; loads, bands and limits are those of the whole, less what is elsewhere.
    units, territories
        Which they are in the whole.
    columns
        (n_units,) where each unit is now, as a column of `problem`.
    """

    problem: Problem
    units: NDArray[np.intp]
    territories: NDArray[np.intp]
    columns: NDArray[np.int32]


def link_territories(candidates: NDArray[np.int32], places: NDArray[np.int32], n_territories: int) -> NDArray[np.int64]:
    """(T, T) how many units could go from one territory to the other or back."""
    has = candidates >= 0
    unit, column = np.nonzero(has)
    pairs = places[unit].astype(np.int64) * n_territories + candidates[unit, column]
    links = np.bincount(pairs, minlength=n_territories * n_territories).reshape(n_territories, n_territories)
    np.fill_diagonal(links, 0)
    both: NDArray[np.int64] = links + links.T
    return both


def choose_territories(
    links: NDArray[np.int64], sizes: NDArray[np.int64], seeds: list[int], most_units: int
) -> NDArray[np.intp]:
    """Take the seeds, and whichever others share the most units with those taken, up to a number of units.

    Parameters
    ----------
    links
        From `link_territories`.
    sizes
        (T,) units in each territory.
    """
    taken = list(dict.fromkeys(seeds))
    n_units = int(sizes[taken].sum())
    strength = links[taken].sum(axis=0)
    strength[taken] = 0
    while strength.max(initial=0) > 0:
        best = int(strength.argmax())
        if n_units + sizes[best] > most_units:
            break
        taken.append(best)
        n_units += int(sizes[best])
        strength += links[best]
        strength[taken] = 0
    return np.sort(np.array(taken, np.intp))


def cut_out(problem: Problem, places: NDArray[np.int32], territories: NDArray[np.intp]) -> Nearby:
    """Take the units that are in some territories out of a problem.

    Parameters
    ----------
    places
        (n_units,) index of the territory of every unit.

    Notes
    -----
    Every unit that counts in these territories is among them, so their bands are those of the whole. Limits on moves
    are less by the moves of all others.
    """
    index = np.full(problem.n_territories + 1, -1, np.int32)
    index[territories] = np.arange(len(territories))
    units = np.flatnonzero(index[places] >= 0)
    candidates = index[problem.candidates[units]]
    costs = np.where(candidates >= 0, problem.costs[units], 0.0)
    columns = (candidates == index[places[units]][:, None]).argmax(axis=1).astype(np.int32)
    others = np.ones(problem.n_units, np.bool_)
    others[units] = False
    moved = others & ~(problem.candidates[:, 0] == places)
    limits = {}
    homes, into = problem.candidates[moved, 0], places[moved]
    for name, at in (("max_moves_from", homes[homes >= 0]), ("max_moves_into", into)):
        limit = getattr(problem, name)
        if limit is not None:
            used = np.bincount(at, minlength=problem.n_territories)
            limits[name] = np.maximum(limit - used, 0.0)[territories]
    part = Problem(
        candidates=candidates,
        costs=costs,
        grades=None if problem.grades is None else problem.grades[units],
        amounts=problem.amounts[units],
        lower=problem.lower[territories],
        upper=problem.upper[territories],
        scale=problem.scale[territories],
        max_moves=None if problem.max_moves is None else max(0, problem.max_moves - int(moved.sum())),
        **limits,
    )
    return Nearby(part, units, territories, columns)
