"""One level as a linear program for HiGHS: a row per unit, a row per band, a row per count."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy import sparse

from evenhand.plan.solver.problem import BAND_TOLERANCE
from evenhand.plan.solver.tree import LevelPrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.rounding import Row
    from evenhand.plan.solver.stop import Watch

_FEASIBILITY = 4e-10
_NEGLIGIBLE = 1e-9
_INSIDE = BAND_TOLERANCE / 2
"""The bands are this much narrower here, so that HiGHS's own tolerance keeps inside them."""


_Block = tuple["NDArray[np.integer]", "NDArray[np.integer]", "NDArray[np.float64]"]
"""Rows, columns and values of some entries of the matrix."""


@dataclass(frozen=True, eq=False)
class Model:
    """A linear program and where in it everything of the level is.

    Units with one open column are constants: they are in the right-hand sides and the offset, not in the columns.
    """

    lp: highspy.HighsLp
    units: NDArray[np.intp]
    """(V,) the unit of each choice variable."""
    columns: NDArray[np.intp]
    """(V,) the column of each choice variable."""
    settled: NDArray[np.intp]
    """(n,) the column of a unit that has one only; -1 where there is a choice."""
    band_rows: NDArray[np.intp]
    """(B,) index into the flat (T, M) of every band row."""
    n_unit_rows: int
    row_starts: tuple[int, ...]
    """Where each family of counting rows starts; the row of the limit on violation, if any, is the last of all."""
    slack: NDArray[np.intp]
    """(2, T·M) the column of what is missing to each lower bound and beyond each upper one; -1 for none."""

    def write_row(self, row: Row) -> tuple[float, NDArray[np.int32], NDArray[np.float64]]:
        """Write a row over the columns of the program: its limit, columns and coefficients."""
        constant = np.flatnonzero(self.settled >= 0)
        limit = row.limit - float(row.coefficients[constant, self.settled[constant]].sum())
        has_slack = self.slack >= 0
        columns = np.concatenate([np.arange(len(self.units)), self.slack[has_slack]])
        values = np.concatenate(
            [row.coefficients[self.units, self.columns], row.violation.reshape(self.slack.shape)[has_slack]]
        )
        on = np.abs(values) > _NEGLIGIBLE
        return limit, columns[on].astype(np.int32), values[on]


def build_model(level: Level, is_open: NDArray[np.bool_], *, integer: bool) -> Model:
    """Write the level, restricted to the open columns, as a (mixed-integer) linear program.

    Band rows are divided by their scale, so that one tolerance suits all.
    """
    n, _ = level.candidates.shape
    n_open = is_open.sum(axis=1)
    settled = np.where(n_open == 1, is_open.argmax(axis=1) if is_open.shape[1] else 0, -1)
    units, columns = np.nonzero(is_open & (n_open > 1)[:, None])
    free = np.flatnonzero(n_open > 1)
    row_of_unit = np.zeros(n, np.intp)
    row_of_unit[free] = np.arange(len(free))
    constant = np.flatnonzero(settled >= 0)
    bands = _Bands(level, units, columns, constant, settled, len(free))

    blocks: list[_Block] = [(row_of_unit[units], np.arange(len(units)), np.ones(len(units)))]
    blocks += bands.blocks
    lower, upper = [np.ones(len(free)), bands.lower], [np.ones(len(free)), bands.upper]
    next_row = len(free) + len(bands.rows)
    row_starts = []
    for family in level.rows:
        row_starts.append(next_row)
        index = family.index[units, columns]
        on = np.flatnonzero(index >= 0)
        blocks.append((next_row + index[on], on, np.ones(len(on))))
        used = family.index[constant, settled[constant]]
        upper.append(family.cap - np.bincount(used[used >= 0], minlength=len(family.cap)))
        lower.append(np.full(len(family.cap), -np.inf))
        next_row += len(family.cap)
    n_slack = bands.n_slack
    costs = np.concatenate([level.costs[units, columns], np.zeros(n_slack)])
    if n_slack and level.violation_cap is None:
        costs[len(units) :] = level.violation_price
    elif n_slack and level.violation_cap is not None:
        blocks.append((np.full(n_slack, next_row), len(units) + np.arange(n_slack), np.ones(n_slack)))
        lower.append(np.array([-np.inf]))
        upper.append(np.array([level.violation_cap]))
        next_row += 1

    rows, cols, values = (np.concatenate([block[i] for block in blocks]) for i in range(3))
    n_columns = len(units) + n_slack
    matrix = sparse.csc_matrix((values, (rows, cols)), shape=(next_row, n_columns))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_columns, next_row
    lp.col_cost_ = costs
    lp.col_lower_ = np.zeros(n_columns)
    lp.col_upper_ = np.concatenate([np.ones(len(units)), np.full(n_slack, np.inf)])
    lp.row_lower_, lp.row_upper_ = np.concatenate(lower), np.concatenate(upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    lp.offset_ = float(level.costs[constant, settled[constant]].sum())
    if integer:
        kinds = [highspy.HighsVarType.kInteger] * len(units) + [highspy.HighsVarType.kContinuous] * n_slack
        lp.integrality_ = kinds
    return Model(lp, units, columns, settled, bands.rows, len(free), tuple(row_starts), bands.slack)


class _Bands:
    """The rows of the bands, with the columns that carry their violation."""

    def __init__(
        self,
        level: Level,
        units: NDArray[np.intp],
        columns: NDArray[np.intp],
        constant: NDArray[np.intp],
        settled: NDArray[np.intp],
        first_row: int,
    ) -> None:
        n_territories, n_measures = level.lower.shape
        has_band = (np.isfinite(level.lower) | np.isfinite(level.upper)).ravel()
        self.rows = np.flatnonzero(has_band)
        row_of = np.full(has_band.shape, -1)
        row_of[self.rows] = first_row + np.arange(len(self.rows))
        scale = level.scale
        territory = level.candidates[units, columns]
        settled_on = level.candidates[constant, settled[constant]]
        base = np.zeros((n_territories, n_measures))
        self.blocks: list[_Block] = []
        for m in range(n_measures):
            base[:, m] = np.bincount(settled_on, weights=level.amounts[constant, m], minlength=n_territories)
            row = row_of[territory * n_measures + m]
            value = level.amounts[units, m] / scale[territory, m]
            on = np.flatnonzero((row >= 0) & (value != 0))
            self.blocks.append((row[on], on, value[on]))
        flat = self.rows
        self.lower = ((level.lower - base) / scale).ravel()[flat] + _INSIDE
        self.upper = ((level.upper - base) / scale).ravel()[flat] - _INSIDE
        self.n_slack = 0
        self.slack = np.full((2, has_band.size), -1)
        if level.violation_cap != 0:
            over, under = np.flatnonzero(np.isfinite(self.upper)), np.flatnonzero(np.isfinite(self.lower))
            self.n_slack = len(over) + len(under)
            self.blocks.append((first_row + over, len(units) + np.arange(len(over)), -np.ones(len(over))))
            start = len(units) + len(over)
            self.blocks.append((first_row + under, start + np.arange(len(under)), np.ones(len(under))))
            self.slack[0, flat[under]] = start + np.arange(len(under))
            self.slack[1, flat[over]] = len(units) + np.arange(len(over))


def start_highs(seed: int) -> highspy.Highs:
    """Start HiGHS so that it gives the same answer every time."""
    highs: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]  # its stub lacks the annotation
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", seed % (1 << 31))
    for tolerance in ("primal_feasibility_tolerance", "mip_feasibility_tolerance"):
        highs.setOptionValue(tolerance, _FEASIBILITY)
    return highs


def limit_highs(highs: highspy.Highs, watch: Watch) -> None:
    """Let HiGHS run no longer than the clock and the caller allow."""
    if math.isfinite(watch.seconds_left):
        highs.setOptionValue("time_limit", highs.getRunTime() + watch.seconds_left)
    if watch.stop.cancel is not None:
        highs.cbMipInterrupt.subscribe(lambda event: event.interrupt(watch.is_over()))


def read_prices(level: Level, model: Model, duals: NDArray[np.float64]) -> LevelPrices:
    """Turn the row duals of HiGHS into prices: what one more unit of the row costs."""
    bands = np.zeros(level.scale.size)
    if not len(duals):
        duals = np.zeros(model.lp.num_row_)
    first = model.n_unit_rows
    bands[model.band_rows] = -duals[first : first + len(model.band_rows)]
    rows = tuple(
        -duals[start : start + len(family.cap)] for start, family in zip(model.row_starts, level.rows, strict=True)
    )
    return LevelPrices(bands.reshape(level.scale.shape) / level.scale, rows)
