"""Which territories and reps can be told apart: those connected by reps who changed territory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Mobility:
    """The graph of who covered what.

    Attributes
    ----------
    component
        For each territory the number of its connected component, the largest (by territories) first.
    n_reps
        Reps by territory, within the periods looked at.
    inseparable
        Territories with a single rep who covered nothing else: their effects can't be told apart.
    separating
        For each of those, a rep and the territory that this rep covers: if the two swapped reps for a while, it could
        be told. None where there is no other territory.
    """

    component: Mapping[str, int]
    n_reps: Mapping[str, int]
    inseparable: frozenset[str]
    separating: Mapping[str, tuple[str, str] | None]


def connect(stints: pl.DataFrame, parents: Mapping[str, str | None]) -> Mobility:
    """Find the connected components of territories and reps.

    Parameters
    ----------
    stints
        The result of `list_stints`.
    parents
        The group that each territory rolls up to; a swap within the group is proposed first.

    References
    ----------
    J. M. Abowd, F. Kramarz, D. N. Margolis: High wage workers and high wage firms. Econometrica 67 (1999) 251–333:
    effects of persons and firms are told apart within the connected sets of a mobility graph.
    """
    pairs = stints.select("territory_id", "rep_id").unique().sort("territory_id", "rep_id")
    territories = pairs["territory_id"].unique().sort()
    reps = pairs["rep_id"].unique().sort()
    n_territories = territories.len()
    row = territories.search_sorted(pairs["territory_id"]).to_numpy()
    column = reps.search_sorted(pairs["rep_id"]).to_numpy() + n_territories
    size = n_territories + reps.len()
    graph = coo_array((np.ones(len(row)), (row, column)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    component = _number_by_size(labels[:n_territories])
    n_reps = np.bincount(row, minlength=n_territories)
    n_territories_of_rep = np.bincount(column - n_territories, minlength=reps.len())
    alone = n_reps[row] == 1
    alone &= n_territories_of_rep[column - n_territories] == 1
    ids = territories.to_list()
    inseparable = frozenset(pairs.filter(pl.Series(alone))["territory_id"])
    latest = dict(
        stints.sort("territory_id", "period_start")
        .group_by("territory_id", maintain_order=True)
        .agg(pl.col("rep_id").last())
        .iter_rows()
    )
    by_component = dict(zip(ids, component.tolist(), strict=True))
    return Mobility(
        component=by_component,
        n_reps=dict(zip(ids, n_reps.tolist(), strict=True)),
        inseparable=inseparable,
        separating=_propose(sorted(inseparable), latest, by_component, parents),
    )


def _number_by_size(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Give the components numbers from 0, those with most territories first, ties by their first territory."""
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse]


def _propose(
    seats: Iterable[str], latest: Mapping[str, str], component: Mapping[str, int], parents: Mapping[str, str | None]
) -> dict[str, tuple[str, str] | None]:
    """Name a rep and territory for each seat to swap with, of its own group and the largest component if possible."""
    in_order = sorted(latest, key=lambda other: (component[other], other))
    by_parent: dict[str | None, list[str]] = {}
    for other in in_order:
        by_parent.setdefault(parents.get(other), []).append(other)

    def find(seat: str) -> tuple[str, str] | None:
        candidates = chain(by_parent[parents.get(seat)], in_order)
        other = next((other for other in candidates if component[other] != component[seat]), None)
        return None if other is None else (latest[other], other)

    return {seat: find(seat) for seat in seats}
