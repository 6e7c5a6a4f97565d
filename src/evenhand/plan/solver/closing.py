"""From nearly the best prices to the best ones: the linear relaxation of the core.

Needed where the smoothed dual alone isn't near enough for the gap asked for. At prices that are nearly right, the few
units per row that are nearly undecided hold a vertex of the linear relaxation of the whole level. So the relaxation of
this core, which is a hundredth of the whole, gives the optimal prices; that they are optimal shows in one pass over all
units. Its solution splits about one unit per row that binds; all others, and with them the flows between territories
near and far, are as in the best fractional plan, which makes its rounding the best place to start a search from.

References
----------
.. [1] E. Balas, E. Zemel (1980), An algorithm for large zero-one knapsack problems, Operations Research 28,
   doi:10.1287/opre.28.5.1130 (the core).
.. [2] W. E. Wilhelm (2001), A technical review of column generation in integer programming, Optimization and
   Engineering 2, doi:10.1023/A:1013141227104 (prices of a restricted program).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.core import Limits, relax
from evenhand.plan.solver.coupling import measure_cost
from evenhand.plan.solver.fixing import cut_core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling
    from evenhand.plan.solver.parallel import Partitions

CHOICES_PER_MEASURE = 12
"""Choices in play that lead into a territory, and as many out of it, to begin with."""
MOST_CHOICES = 25_000
"""With more choices in play, each way, the simplex method takes longer than all else."""


@dataclass(frozen=True, eq=False)
class Closing:
    """The relaxation of the core at some prices."""

    prices: NDArray[np.float64]
    """(R,)"""
    value: float
    """What the best fractional plan costs, as far as the core holds it."""
    columns: NDArray[np.int32]
    """(n,) its rounding: every unit on its largest share."""


def close_prices(
    coupling: Coupling,
    partitions: Partitions,
    prices: NDArray[np.float64],
    violation_price: float,
    choices_per_measure: int = CHOICES_PER_MEASURE,
    seconds: float = np.inf,
) -> Closing | None:
    """Solve the relaxation of the core at these prices; None where the core has no fractional plan.

    Parameters
    ----------
    coupling, partitions
        The level, and where passes over its units are made.
    prices
        (R,) nearly the best ones.
    violation_price
        What violation costs; inf where there may be none.
    choices_per_measure
        How many choices a territory and measure are in play, each way.
    seconds
        The most it may take; inf for no limit.
    """
    n_measures = max(1, len(coupling.unit))
    cheapest, _ = partitions.regrets(prices)
    n_choices = np.full(coupling.n_band_rows // n_measures, choices_per_measure * n_measures)
    core = cut_core(coupling, prices, cheapest, n_choices=n_choices)
    if not len(core.units):
        return None
    lower, upper = coupling.lower - core.fixed_load, coupling.upper - core.fixed_load
    found = relax(core, Limits(lower, upper, coupling.weight, violation_price), 0, seconds)
    if found is None:
        return None
    positions = core.find(cheapest)
    fixed = measure_cost(coupling, cheapest) - float(core.costs[np.arange(len(positions)), positions].sum())
    columns = core.place(found.shares.argmax(axis=1).astype(np.int32))
    return Closing(found.prices, found.value + fixed, columns)
