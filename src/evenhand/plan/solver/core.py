"""The core as an exact program: few units, the bands as they are, solved by HiGHS.

The linear relaxation of the core has the optimum of the whole level to many digits, and all but about one unit per
coupling row come out whole, with every flow between territories right: the best place to start a search from. Over a
few territories the same program with whole units is soon solved to the end (`neighbourhood`).

References
----------
.. [1] E. Balas, E. Zemel (1980), An algorithm for large zero-one knapsack problems, Operations Research 28,
   doi:10.1287/opre.28.5.1130.
.. [2] Q. Huangfu, J. A. J. Hall (2018), Parallelizing the dual revised simplex method, Mathematical Programming
   Computation 10, doi:10.1007/s12532-017-0130-5 (HiGHS).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy import sparse

from evenhand.plan.solver.model import start_highs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.fixing import Core


@dataclass(frozen=True, eq=False)
class Program:
    """A linear program over some open choices of some units of a core."""

    lp: highspy.HighsLp
    units: NDArray[np.intp]
    """(V,) unit of the core, of every choice variable."""
    positions: NDArray[np.intp]
    """(V,) its position."""
    rows: NDArray[np.intp]
    """(B,) coupling row of each of the last rows; those before say that a unit is on one choice."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Limits of the rows of a program, and what violation costs or how much there may be of it."""

    lower: NDArray[np.float64]
    """(R,) of the load of the program's own units."""
    upper: NDArray[np.float64]
    weight: NDArray[np.float64]
    """(R,) violation of one unit of the row; 0 where the row is never violated."""
    price: float
    """inf where there may be none at all."""


def write_program(core: Core, is_open: NDArray[np.bool_], limits: Limits) -> Program:
    """Write the choices as a linear program.

    Parameters
    ----------
    core
        Units in play.
    is_open
        (C, k) the choices to decide between; a unit with none isn't in the program.
    limits
        Of the rows, for the load of these units alone.
    """
    units, positions = np.nonzero(is_open)
    n_choices = len(units)
    members, unit_row = np.unique(units, return_inverse=True)
    n_measures = core.amounts.shape[1]
    base = core.territories[units, positions].astype(np.intp) * n_measures
    rows, values = [base + m for m in range(n_measures)], [core.amounts[units, m] for m in range(n_measures)]
    columns = [np.arange(n_choices)] * n_measures
    for f in range(core.counts.shape[2]):
        row = core.counts[units, positions, f]
        on = np.flatnonzero(row >= 0)
        rows.append(row[on].astype(np.intp))
        columns.append(on)
        values.append(np.ones(len(on)))
    row_of = np.full(len(limits.lower), -1, np.intp)
    all_rows = np.concatenate(rows)
    used = np.unique(all_rows)
    used = used[np.isfinite(limits.lower[used]) | np.isfinite(limits.upper[used])]
    row_of[used] = np.arange(len(used))
    kept = row_of[all_rows] >= 0
    entry_rows = [unit_row, len(members) + row_of[all_rows][kept]]
    entry_columns = [np.arange(n_choices), np.concatenate(columns)[kept]]
    entry_values = [np.ones(n_choices), np.concatenate(values)[kept]]
    slack_costs = np.empty(0)
    if np.isfinite(limits.price):
        soft = np.flatnonzero(limits.weight[used] > 0)
        over = soft[np.isfinite(limits.upper[used][soft])]
        under = soft[np.isfinite(limits.lower[used][soft])]
        slack_rows = np.concatenate([over, under])
        entry_rows.append(len(members) + slack_rows)
        entry_columns.append(n_choices + np.arange(len(slack_rows)))
        entry_values.append(np.concatenate([-np.ones(len(over)), np.ones(len(under))]))
        slack_costs = limits.price * limits.weight[used][slack_rows]
    n_columns = n_choices + len(slack_costs)
    matrix = sparse.csc_matrix(
        (np.concatenate(entry_values), (np.concatenate(entry_rows), np.concatenate(entry_columns))),
        shape=(len(members) + len(used), n_columns),
    )
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_columns, len(members) + len(used)
    lp.col_cost_ = np.concatenate([core.costs[units, positions], slack_costs])
    lp.col_lower_ = np.zeros(n_columns)
    lp.col_upper_ = np.concatenate([np.ones(n_choices), np.full(len(slack_costs), np.inf)])
    lp.row_lower_ = np.concatenate([np.ones(len(members)), limits.lower[used]])
    lp.row_upper_ = np.concatenate([np.ones(len(members)), limits.upper[used]])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    return Program(lp, units, positions, used)


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The linear relaxation of a core, solved."""

    shares: NDArray[np.float64]
    """(C, k) of every choice."""
    prices: NDArray[np.float64]
    """(R,) of the rows."""
    value: float
    """Its objective, the costs of units outside the core left out."""


def relax(core: Core, limits: Limits, seed: int, seconds: float = np.inf) -> Relaxation | None:
    """Solve the linear relaxation of the core; None where it has no solution (or not in these seconds)."""
    _, k = core.territories.shape
    is_open = np.arange(k)[None, :] < core.n_open[:, None]
    program = write_program(core, is_open, limits)
    highs = start_highs(seed)
    if np.isfinite(seconds):
        highs.setOptionValue("time_limit", max(0.01, seconds))
    highs.passModel(program.lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = highs.getSolution()
    shares = np.zeros(core.territories.shape)
    shares[program.units, program.positions] = np.asarray(found.col_value)[: len(program.units)]
    prices = np.zeros(len(limits.lower))
    prices[program.rows] = -np.asarray(found.row_dual)[program.lp.num_row_ - len(program.rows) :]
    return Relaxation(shares, prices, float(highs.getInfo().objective_function_value))
