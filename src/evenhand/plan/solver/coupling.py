"""What couples the units of a level: the band rows and the counting rows, written as one list of rows.

Row t·M + m is measure m in territory t, divided by the mean amount of the measure so that all rows are of one size;
the counting rows follow. Choosing column j for a unit adds its amounts to the rows of that territory and 1 to each
counting row the choice counts towards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level, LevelResult

UNBOUNDED_PRICE = 1e15
"""Stands for an infinite limit of a price."""


@dataclass(frozen=True, eq=False)
class Coupling:
    """A level as arrays for the kernels: (n, k) choices, and R rows of which each choice adds to a few."""

    candidates: NDArray[np.int32]
    costs: NDArray[np.float64]
    amounts: NDArray[np.float64]
    """(n, M) in mean amounts of the measure."""
    counts: NDArray[np.int32]
    """(n, k, F) counting row of each family that the choice counts towards; -1 for none."""
    lower: NDArray[np.float64]
    """(R,) of every row."""
    upper: NDArray[np.float64]
    """(R,) of every row."""
    weight: NDArray[np.float64]
    """(R,) violation of one unit of the row; 0 for counting rows, which are never exceeded."""
    unit: NDArray[np.float64]
    """(M,) the mean amount of each measure."""
    violation_cap: float | None
    violation_price: float

    @property
    def n_units(self) -> int:
        """Units to be placed."""
        return len(self.candidates)

    @property
    def n_band_rows(self) -> int:
        """Rows that are bands: T·M."""
        return int((self.weight > 0).sum())

    @property
    def has_hard_bands(self) -> bool:
        """Whether no violation at all is allowed."""
        return self.violation_cap is not None and self.violation_cap <= 0.0

    def take(self, units: NDArray[np.integer]) -> Coupling:
        """Keep these units alone; the rows stay as they are."""
        return Coupling(
            np.ascontiguousarray(self.candidates[units]),
            np.ascontiguousarray(self.costs[units]),
            np.ascontiguousarray(self.amounts[units]),
            np.ascontiguousarray(self.counts[units]),
            self.lower,
            self.upper,
            self.weight,
            self.unit,
            self.violation_cap,
            self.violation_price,
        )


def couple(level: Level) -> Coupling:
    """Write a level as rows.

    A choice that counts towards a row of cap 0 can't be made, so it is struck from the candidates here (unless the
    unit would be left with none).
    """
    n, k = level.candidates.shape
    n_territories, n_measures = level.lower.shape
    mean = level.amounts.mean(axis=0) if n else np.ones(n_measures)
    unit = np.where(mean > 0, mean, 1.0)
    candidates = _strike_closed(level)
    families = []
    start = n_territories * n_measures
    caps = []
    for family in level.rows:
        families.append(np.where(family.index >= 0, family.index + start, -1))
        start += len(family.cap)
        caps.append(family.cap)
    counts = np.stack(families, axis=2) if families else np.empty((n, k, 0))
    cap = np.concatenate(caps) if caps else np.empty(0)
    return Coupling(
        candidates=candidates,
        costs=np.ascontiguousarray(level.costs),
        amounts=np.ascontiguousarray(level.amounts / unit),
        counts=np.ascontiguousarray(counts.astype(np.int32)),
        lower=np.concatenate([(level.lower / unit).ravel(), np.full(len(cap), -np.inf)]),
        upper=np.concatenate([(level.upper / unit).ravel(), cap.astype(np.float64)]),
        weight=np.concatenate([(unit / level.scale).ravel(), np.zeros(len(cap))]),
        unit=unit,
        violation_cap=level.violation_cap,
        violation_price=level.violation_price,
    )


def _strike_closed(level: Level) -> NDArray[np.int32]:
    candidates = level.candidates
    for family in level.rows:
        if not (family.cap < 1).any():
            continue
        closed = (family.index >= 0) & (family.cap[family.index] < 1) & (candidates >= 0)
        remaining = np.where(closed, -1, candidates)
        stuck = ~(remaining >= 0).any(axis=1)
        remaining[stuck] = candidates[stuck]
        candidates = remaining.astype(np.int32)
    return np.ascontiguousarray(candidates)


def measure_rows(coupling: Coupling, columns: NDArray[np.integer]) -> NDArray[np.float64]:
    """Load of every row, (R,), for a choice of columns."""
    n, n_measures = coupling.amounts.shape
    units = np.arange(n)
    territory = coupling.candidates[units, columns].astype(np.intp)
    load = np.zeros(len(coupling.lower))
    n_territories = coupling.n_band_rows // max(1, n_measures)
    for m in range(n_measures):
        load[m : n_territories * n_measures : n_measures] = np.bincount(
            territory, weights=coupling.amounts[:, m], minlength=n_territories
        )
    for f in range(coupling.counts.shape[2]):
        row = coupling.counts[units, columns, f]
        load += np.bincount(row[row >= 0], minlength=len(load))
    return load


def measure_cost(coupling: Coupling, columns: NDArray[np.integer]) -> float:
    """Σ costs of a choice of columns."""
    return float(coupling.costs[np.arange(coupling.n_units), columns].sum())


def measure_violation(coupling: Coupling, load: NDArray[np.float64]) -> float:
    """Σ over the bands of how far the load is outside ÷ scale."""
    outside = np.maximum(np.maximum(load - coupling.upper, coupling.lower - load), 0.0)
    return float((outside * coupling.weight).sum())


def measure_excess(coupling: Coupling, load: NDArray[np.float64]) -> float:
    """Σ over the counting rows of how much more they count than they may."""
    counting = coupling.weight == 0
    return float(np.maximum(load - coupling.upper, 0.0)[counting].sum())


def fold_prices(coupling: Coupling, prices: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split prices of rows into (T, M) prices of amounts and prices of the counting rows."""
    n_band = coupling.n_band_rows
    return prices[:n_band].reshape(-1, len(coupling.unit)) / coupling.unit, prices[n_band:]


def unfold_prices(coupling: Coupling, result: LevelResult) -> NDArray[np.float64]:
    """Write the prices of a result as prices of rows: the inverse of `fold_prices`."""
    return np.concatenate([(result.prices * coupling.unit).ravel(), *result.row_prices])
