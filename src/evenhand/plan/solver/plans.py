"""Plans of a level as the search sees them: which of two is better, and what being outside the rows costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.coupling import measure_cost, measure_excess, measure_rows, measure_violation
from evenhand.plan.solver.local_search import Penalties

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling
    from evenhand.plan.solver.dual import Dual

TOLERANCE = 1e-9

HAIR, THIN_HAIR = 0.03, 0.003
"""The search aims this much of a mean unit inside a band; what it ends short of is then inside all the same. At the
end, where being outside costs more than anything, less is enough."""
_MOST_COUNTED = 20
"""A measure in whole numbers up to this is a count, and fits its band exactly."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A choice for every unit, ordered by how well it keeps the limits, then by its objective."""

    columns: NDArray[np.int32]
    cost: float
    violation: float
    rank: tuple[float, float, float]
    """Excess of counting rows, violation above the cap, objective."""

    @property
    def objective(self) -> float:
        """Σ costs, with violation at its price where it has one."""
        return self.rank[2]

    @property
    def is_valid(self) -> bool:
        """Whether it keeps every limit."""
        return self.rank[0] <= 0 and self.rank[1] <= 0


def rate(coupling: Coupling, columns: NDArray[np.int32]) -> Plan | None:
    """Measure a choice of columns; None where a unit is put on no candidate."""
    if (coupling.candidates[np.arange(coupling.n_units), columns] < 0).any():
        return None
    load = measure_rows(coupling, columns)
    violation = measure_violation(coupling, load)
    cost = measure_cost(coupling, columns)
    excess = measure_excess(coupling, load)
    if coupling.violation_cap is None:
        rank = (excess, 0.0, cost + coupling.violation_price * violation)
    else:
        over = violation - coupling.violation_cap
        rank = (excess, over if over > TOLERANCE else 0.0, cost)
    return Plan(columns, cost, violation, rank)


def find_outside(coupling: Coupling, columns: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(T,) territories with a load outside a band."""
    load = measure_rows(coupling, columns)
    outside = np.maximum(load - coupling.upper, coupling.lower - load) * coupling.weight > TOLERANCE
    return np.asarray(outside[: coupling.n_band_rows].reshape(-1, len(coupling.unit)).any(axis=1))


def find_price_unit(coupling: Coupling, dual: Dual) -> float:
    """Find the usual size of a price that isn't nothing, which the search's temperatures and penalties go by."""
    prices = np.abs(dual.prices)
    prices = prices[prices > 1e-3 * prices.max(initial=0.0)]
    if len(prices):
        return float(prices.mean())
    costs = coupling.costs[(coupling.costs > 0) & (coupling.candidates >= 0)]
    if len(costs):
        return float(costs.mean())
    banded = coupling.weight > 0
    return coupling.violation_price * float(np.median(coupling.weight[banded])) if banded.any() else 1.0


def penalise(coupling: Coupling, dual: Dual, price_unit: float, hair: float = HAIR) -> Penalties:
    """Set what being outside costs the search: the row's price, and as surcharge the usual one.

    Violation that has a price in the objective costs exactly that.

    Parameters
    ----------
    coupling, dual
        The level and its prices.
    price_unit
        The usual size of a price.
    hair
        How far inside the bands to aim, in mean units.
    """
    banded = coupling.weight > 0
    price = np.abs(dual.prices)
    surcharge = np.full(len(price), price_unit)
    free = np.zeros(2)
    if coupling.violation_cap is None:
        price[banded], surcharge[banded] = coupling.violation_price * coupling.weight[banded], 0.0
    elif coupling.violation_cap > 0:
        usual = price_unit / float(np.median(coupling.weight[banded]))
        price[banded] = dual.violation_multiplier * coupling.weight[banded]
        surcharge[banded] = usual * coupling.weight[banded]
        free = coupling.violation_cap * np.array([dual.violation_multiplier, usual])
    lower, upper = coupling.lower, coupling.upper
    if coupling.has_hard_bands:
        inside = np.where(banded & (upper - lower > 10 * hair), hair * _is_continuous(coupling), 0.0)
        lower, upper = lower + inside, upper - inside
    return Penalties(lower, upper, price, surcharge, banded, float(free[0]), float(free[1]))


def _is_continuous(coupling: Coupling) -> NDArray[np.bool_]:
    """(R,) whether there is anything to aim for inside the limits: not for what comes in a few whole numbers."""
    raw = coupling.amounts * coupling.unit
    is_counted = np.all(raw == np.round(raw), axis=0) & (raw.max(axis=0, initial=0.0) <= _MOST_COUNTED)
    is_continuous = np.zeros(len(coupling.lower), np.bool_)
    n_measures = len(coupling.unit)
    is_continuous[: coupling.n_band_rows] = np.tile(~is_counted, coupling.n_band_rows // n_measures)
    return is_continuous
