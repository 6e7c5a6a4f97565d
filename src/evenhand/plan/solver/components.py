"""Territories that exchange no unit with the rest are problems of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.problem import Problem


@dataclass(frozen=True, eq=False)
class Component:
    """One part of a problem and where it comes from."""

    units: NDArray[np.intp]
    territories: NDArray[np.int32]
    problem: Problem


def split_problem(problem: Problem) -> tuple[Component, ...]:
    """Take a problem apart into those that can be solved each on its own, the one with territory 0 first.

    Least violation, fewest moves and least cost of the whole are the sums of those of the parts, so the
    lexicographic order survives. A limit on all moves couples the parts.
    """
    label = _label_territories(problem)
    if problem.max_moves is not None or label.max(initial=0) == 0:
        n_units, n_territories = problem.n_units, problem.n_territories
        return (Component(np.arange(n_units), np.arange(n_territories, dtype=np.int32), problem),)
    first = problem.candidates[np.arange(problem.n_units), problem.is_candidate.argmax(axis=1)]
    units_of = _group(label[first], label.max() + 1)
    territories_of = _group(label, label.max() + 1)
    return tuple(
        Component(units, territories.astype(np.int32), _take(problem, units, territories))
        for units, territories in zip(units_of, territories_of, strict=True)
    )


def _label_territories(problem: Problem) -> NDArray[np.intp]:
    """Label every territory with its part; parts are numbered by their first territory."""
    n = problem.n_territories
    if not problem.n_units or n < 2:
        return np.zeros(n, np.intp) if n < 2 else np.arange(n)
    has = problem.is_candidate
    first = problem.candidates[np.arange(problem.n_units), has.argmax(axis=1)]
    unit, column = np.nonzero(has)
    pairs = np.unique(first[unit].astype(np.int64) * n + problem.candidates[unit, column])
    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs // n, pairs % n)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    _, first_of, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first_of), np.intp)
    rank[np.argsort(first_of)] = np.arange(len(first_of))
    return np.asarray(rank[inverse], dtype=np.intp)


def _group(label: NDArray[np.intp], n_groups: int) -> list[NDArray[np.intp]]:
    order = np.argsort(label, kind="stable")
    return np.split(order, np.cumsum(np.bincount(label, minlength=n_groups))[:-1])


def _take(problem: Problem, units: NDArray[np.intp], territories: NDArray[np.intp]) -> Problem:
    place = np.full(problem.n_territories + 1, -1, np.int32)
    place[territories] = np.arange(len(territories))
    limits = {
        name: limit[territories]
        for name in ("max_moves_from", "max_moves_into")
        if (limit := getattr(problem, name)) is not None
    }
    return replace(
        problem,
        candidates=place[problem.candidates[units]],
        costs=problem.costs[units],
        grades=None if problem.grades is None else problem.grades[units],
        amounts=problem.amounts[units],
        lower=problem.lower[territories],
        upper=problem.upper[territories],
        scale=problem.scale[territories],
        ids=None if problem.ids is None else problem.ids[units],
        **limits,
    )
