"""Why the bands can't be met: which territories and measures clash, and how much wider the bands would have to be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.certificate import VIOLATION
from evenhand.plan.solver.lagrangian import price_choices
from evenhand.plan.solver.level import Level
from evenhand.plan.solver.model import build_model, limit_highs, start_highs
from evenhand.plan.solver.problem import drop_repeats, sum_loads
from evenhand.plan.solver.stop import Stop
from evenhand.plan.solver.tree import LevelPrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.certificate import Certificate
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.stop import Watch

_MOST_CHOICES = 60_000
"""Above this many choices the linear program is too slow, and the prices of the violation level serve."""
_MOST_WHOLE_CHOICES = 6_000
"""Above this many, whole units are too slow, and the plan of least violation says what is enough."""
_MOST_NODES = 200


@dataclass(frozen=True)
class Binding:
    """A band that is in the way: every plan violates it, or would violate others to keep it."""

    territory: int
    measure: int
    load: float
    lower: float
    upper: float
    excess: float
    """How far the plan is outside, ÷ scale; 0 where it keeps the band."""
    price: float
    """Violation saved by one more unit of the upper bound (+) or one less of the lower one (−)."""


@dataclass(frozen=True)
class Oversize:
    """A unit larger than the band of every territory it may go to."""

    unit: int
    measure: int
    amount: float
    widest: float
    """The greatest upper bound among its territories."""


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The smallest common widening of all bands, as a share of the scale, that would let a plan meet them."""

    widening: float
    """Enough: `assignment` keeps the bands once they are this much wider."""
    bound: float
    """Necessary: no plan keeps bands that are less than this much wider."""
    assignment: NDArray[np.int32]
    """(n,) a plan that keeps the widened bands."""
    binding: tuple[tuple[int, int], ...]
    """(territory, measure) that stand in the way of less."""
    prices: NDArray[np.float64]
    """(T, M) that prove the bound; see `bound_widening`."""


@dataclass(frozen=True, eq=False)
class Clash:
    """Why no plan meets the bands."""

    binding: tuple[Binding, ...]
    """The worst first."""
    oversize: tuple[Oversize, ...]
    relaxation: Relaxation


def explain_clash(
    problem: Problem,
    columns: NDArray[np.integer],
    certificate: Certificate,
    *,
    seed: int = 0,
    watch: Watch | None = None,
) -> Clash:
    """Say what stands in the way of a plan that violates the bands least, in the time that the watch leaves."""
    prices = certificate.bands(VIOLATION, problem.n_territories, problem.n_measures)
    loads = sum_loads(problem.candidates[np.arange(problem.n_units), columns], problem.amounts, problem.n_territories)
    excess = np.maximum(np.maximum(problem.inner_lower - loads, loads - problem.inner_upper), 0.0) / problem.scale
    in_the_way = np.argwhere((excess > 0) | (np.abs(prices) * problem.scale > 1e-9))
    binding = [
        Binding(
            int(t),
            int(m),
            float(loads[t, m]),
            float(problem.lower[t, m]),
            float(problem.upper[t, m]),
            float(excess[t, m]),
            float(prices[t, m]),
        )
        for t, m in in_the_way
    ]
    binding.sort(key=lambda b: (-b.excess, b.territory, b.measure))
    return Clash(tuple(binding), find_oversize(problem), relax_bands(problem, columns, prices, seed=seed, watch=watch))


def find_oversize(problem: Problem) -> tuple[Oversize, ...]:
    """Find units that are larger than the band of every territory they may go to."""
    found: list[Oversize] = []
    has = problem.is_candidate
    for m in range(problem.n_measures):
        widest = np.where(has, problem.inner_upper[problem.candidates, m], -np.inf).max(axis=1, initial=-np.inf)
        too_large = np.flatnonzero(problem.amounts[:, m] > widest)
        found += [Oversize(int(i), m, float(problem.amounts[i, m]), float(widest[i])) for i in too_large]
    return tuple(found)


def bound_widening(problem: Problem, prices: NDArray[np.float64]) -> float:
    """Bound the common widening of all bands from below, by any prices: L(π) at no cost ÷ Σ |π|·scale."""
    level = _level(problem)
    usable = np.where(
        ((prices > 0) & (problem.upper == np.inf)) | ((prices < 0) & (problem.lower == -np.inf)), 0.0, prices
    )
    weight = math.fsum((np.abs(usable) * problem.scale).ravel())
    if weight <= 0 or not problem.n_units:
        return 0.0
    side = np.where(usable > 0, level.upper, np.where(usable < 0, level.lower, 0.0))
    least = price_choices(level, LevelPrices(usable, ())).min(axis=1)
    terms = np.concatenate([least, -(usable * side).ravel()])
    rounding = (
        1e-14 * (problem.n_measures + 8) * float(np.abs(usable).max() * problem.amounts.sum() + np.abs(terms).sum())
    )
    return max(0.0, (math.fsum(terms) - rounding) / weight * (1 - 1e-15))


def relax_bands(
    problem: Problem,
    columns: NDArray[np.integer],
    prices: NDArray[np.float64],
    *,
    seed: int = 0,
    watch: Watch | None = None,
) -> Relaxation:
    """Find the smallest common widening of all bands that lets a plan meet them.

    Parameters
    ----------
    problem
        Whose bands can't be met. Limits on moves are not part of the question.
    columns
        (n,) a plan to start from.
    prices
        (T, M) of the violation level.
    seed
        Breaks ties.
    watch
        The clock; None for no limit. Without time left, the plan says what is enough and the prices what is necessary.
    """
    watch = Stop().start() if watch is None else watch
    best, best_prices = np.asarray(columns, np.int32), prices
    if int(problem.is_candidate.sum()) <= _MOST_CHOICES and not watch.is_over():
        best, best_prices = _widen(problem, best, prices, seed, watch)
    widening = _worst_excess(problem, best)
    bound = min(bound_widening(problem, best_prices), widening)
    binding = np.argwhere(np.abs(best_prices) * problem.scale > 1e-9)
    assignment = problem.candidates[np.arange(problem.n_units), best]
    return Relaxation(widening, bound, assignment, tuple((int(t), int(m)) for t, m in binding), best_prices)


def _level(problem: Problem) -> Level:
    candidates = drop_repeats(problem)
    return Level(
        candidates,
        np.zeros(candidates.shape),
        problem.amounts,
        problem.inner_lower,
        problem.inner_upper,
        problem.scale,
        0.0,
    )


def _worst_excess(problem: Problem, columns: NDArray[np.integer]) -> float:
    loads = sum_loads(problem.candidates[np.arange(problem.n_units), columns], problem.amounts, problem.n_territories)
    outside = np.maximum(problem.inner_lower - loads, loads - problem.inner_upper) / problem.scale
    return float(outside.max(initial=0.0))


def _widen(
    problem: Problem, columns: NDArray[np.int32], prices: NDArray[np.float64], seed: int, watch: Watch
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Solve for the widening itself, first relaxed (for the prices), then in whole units."""
    level = _level(problem)
    is_open = level.candidates >= 0
    best, best_prices = columns, prices
    is_small = int(is_open.sum()) <= _MOST_WHOLE_CHOICES
    for integer in (False, True) if is_small else (False,):
        model = build_model(level, is_open, integer=integer)
        highs = start_highs(seed)
        highs.passModel(model.lp)
        first, n_rows = model.n_unit_rows, len(model.band_rows)
        lower, upper = np.array(model.lp.row_lower_), np.array(model.lp.row_upper_)
        # One more column widens every band; a band with two sides takes a row for each.
        rows = np.arange(first, first + n_rows, dtype=np.int32)
        two_sided = rows[np.isfinite(lower[rows]) & np.isfinite(upper[rows])]
        sign = np.where(np.isfinite(upper[rows]), -1.0, 1.0)
        highs.addCol(1.0, 0.0, highspy.kHighsInf, n_rows, rows, sign)
        matrix = model.lp.a_matrix_
        starts, index, value = np.array(matrix.start_), np.array(matrix.index_), np.array(matrix.value_)
        column_of = np.repeat(np.arange(model.lp.num_col_), np.diff(starts))
        order = np.argsort(index, kind="stable")
        edges = np.searchsorted(index[order], np.arange(model.lp.num_row_ + 1))
        for row in two_sided:
            highs.changeRowBounds(int(row), -highspy.kHighsInf, float(upper[row]))
            at = order[edges[row] : edges[row + 1]]
            entries = np.append(column_of[at], model.lp.num_col_).astype(np.int32)
            highs.addRow(float(lower[row]), highspy.kHighsInf, len(entries), entries, np.append(value[at], 1.0))
        if integer:
            highs.setOptionValue("mip_max_nodes", _MOST_NODES)
            highs.setOptionValue("mip_rel_gap", 1e-6)
        limit_highs(highs, watch)
        highs.run()
        solution = highs.getSolution()
        if not integer and len(solution.row_dual):
            duals = np.array(solution.row_dual)
            flat = np.zeros(problem.scale.size)
            flat[model.band_rows] = -duals[first : first + n_rows]
            flat[model.band_rows[two_sided - first]] -= duals[model.lp.num_row_ :]
            relaxed = flat.reshape(problem.scale.shape) / problem.scale
            if bound_widening(problem, relaxed) >= bound_widening(problem, best_prices):
                best_prices = relaxed
        values = np.array(solution.col_value)[: len(model.units)]
        found = model.settled.astype(np.int32)
        on = np.flatnonzero(values > 0.5)
        found[model.units[on]] = model.columns[on]
        if (
            integer
            and len(values) == len(model.units)
            and (found >= 0).all()
            and _worst_excess(problem, found) < _worst_excess(problem, best)
        ):
            best = found
    return best, best_prices
