"""Merge plans: what several plans agree on is settled, and the rest is searched anew.

Independent searches from the same prices agree on most units of the core. Where they differ is where the difficulty
lies, and a search over those choices alone is far deeper for the same work: the merged plan is better than
the best of those it came from.

References
----------
.. [1] W. Cook, P. Seymour (2003), Tour merging via branch-decomposition, INFORMS Journal on Computing 15,
   doi:10.1287/ijoc.15.3.233.16078.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.fixing import Core
from evenhand.plan.solver.local_search import load_core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def keep_differences(core: Core, plans: Sequence[NDArray[np.int32]]) -> tuple[Core, NDArray[np.int32]]:
    """Close every choice that none of the plans makes, and settle the units on which they agree.

    Parameters
    ----------
    core
        Units in play.
    plans
        (C,) positions of each plan; the smaller core starts from the first.

    Returns
    -------
    tuple[Core, NDArray]
        The smaller core and the first plan's positions in it.
    """
    n_core, k = core.territories.shape
    is_used = np.zeros((n_core, k), np.bool_)
    for positions in plans:
        is_used[np.arange(n_core), positions] = True
    kept = np.flatnonzero(is_used.sum(axis=1) > 1)
    order = np.argsort(~is_used[kept], axis=1, kind="stable").astype(np.int32)
    columns = core.place(plans[0])
    smaller = Core(
        units=core.units[kept],
        columns=np.take_along_axis(core.columns[kept], order, axis=1),
        n_open=is_used[kept].sum(axis=1).astype(np.int32),
        territories=np.take_along_axis(core.territories[kept], order, axis=1),
        costs=np.take_along_axis(core.costs[kept], order, axis=1),
        regrets=np.take_along_axis(core.regrets[kept], order, axis=1),
        amounts=core.amounts[kept],
        counts=np.ascontiguousarray(np.take_along_axis(core.counts[kept], order[:, :, None], axis=1)),
        fixed_load=np.zeros_like(core.fixed_load),
        outside=columns,
    )
    start = smaller.find(columns)
    inside = load_core(smaller, start)
    smaller.fixed_load[:] = load_core(core, plans[0]) - inside
    return smaller, start
