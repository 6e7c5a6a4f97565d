"""One level solved to the end by HiGHS, for problems that are small enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from evenhand.plan.solver.lagrangian import (
    LevelPrices,
    bound_level,
    price_choices,
    usable_prices,
    violation_multiplier,
)
from evenhand.plan.solver.level import LevelResult
from evenhand.plan.solver.model import Model, build_model, start_highs
from evenhand.plan.solver.problem import sum_loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.stop import Stop

_SAME = 1e-9
_MOST_NODES = 20_000


class Score(NamedTuple):
    """What a choice of columns comes to on a level."""

    objective: float
    cost: float
    violation: float
    is_within: bool
    """Whether violation and every counting row are inside their caps."""


def score_columns(level: Level, columns: NDArray[np.integer]) -> Score:
    """Add up what a choice costs, and see whether it keeps the caps."""
    rows = np.arange(len(columns))
    loads = sum_loads(level.candidates[rows, columns], level.amounts, len(level.lower))
    violation = float((np.maximum(np.maximum(level.lower - loads, loads - level.upper), 0.0) / level.scale).sum())
    cost = math.fsum(level.costs[rows, columns])
    is_within = level.violation_cap is None or violation <= level.violation_cap + _SAME * level.violation_cap
    for family in level.rows:
        index = family.index[rows, columns]
        used = np.bincount(index[index >= 0], minlength=len(family.cap))
        is_within = is_within and bool((used <= family.cap + _SAME).all())
    priced = level.violation_price * violation if level.violation_cap is None else 0.0
    return Score(cost + priced, cost, violation, is_within)


def solve_level(
    level: Level,
    *,
    start_columns: NDArray[np.int32] | None = None,
    start_prices: LevelPrices | None = None,
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[float, float, float], None] | None = None,
) -> LevelResult:
    """Solve one level by branch and bound.

    Parameters
    ----------
    level
        What to minimise, and inside which caps.
    start_columns
        (n,) a choice inside the caps to start from.
    start_prices
        Ignored: a linear program of this size is solved at once.
    stop
        When to stop early.
    seed
        Breaks ties inside HiGHS.
    executor
        Ignored.
    on_progress
        Told value, bound and violation.

    Returns
    -------
    LevelResult
        The best choice found; `bound` is what its prices prove, `solver_bound` what the search has.
    """
    watch = stop.start()
    is_open = level.candidates >= 0
    prices, relaxed_bound = _relax(level, is_open, seed)
    best = start_columns
    value = math.inf if best is None else score_columns(level, best).objective
    step = cost_step(level)
    bound = round_up(relaxed_bound, step)
    solver_bound, n_work = bound, 0
    if not is_closed(value, bound, 0.0) and not watch.is_over():
        margin = value - relaxed_bound + _SAME * max(1.0, abs(value))
        kept = is_open
        if math.isfinite(value):
            regret = price_choices(level, prices)
            regret -= regret.min(axis=1, keepdims=True)
            kept = is_open & (regret <= margin)
            kept[np.arange(len(kept)), np.asarray(best)] = True
        most = int(min(watch.work_left, _MOST_NODES))
        found, solver_bound, n_work = _branch(level, kept, best, seed, most, watch.seconds_left, stop.gap)
        if found is not None and score_columns(level, found).objective < value:
            best, value = found, score_columns(level, found).objective
        solver_bound = max(bound, min(round_up(solver_bound, step), value))
    if best is None:
        best = price_choices(level, prices).argmin(axis=1).astype(np.int32)
    score = score_columns(level, best)
    if on_progress is not None:
        on_progress(score.objective, bound, score.violation)
    multiplier = math.inf if level.violation_cap == 0 else violation_multiplier(level, prices.bands)
    return LevelResult(
        columns=np.asarray(best, dtype=np.int32),
        cost=score.cost,
        violation=score.violation,
        bound=bound,
        prices=prices.bands,
        violation_multiplier=multiplier,
        row_prices=prices.rows,
        solver_bound=solver_bound,
        n_work=n_work,
        is_interrupted=watch.is_over() and watch.is_interrupted,
    )


def is_closed(value: float, bound: float, gap: float) -> bool:
    """Whether nothing worth having is left between the value and the bound."""
    return value - bound <= max(gap * abs(bound), _SAME * max(1.0, abs(value)))


def cost_step(level: Level) -> float:
    """Find what every possible objective is a multiple of; 0 where there is no such step."""
    costs = level.costs[level.candidates >= 0]
    if level.violation_cap is None or not np.array_equal(costs, np.rint(costs)) or costs.max(initial=0.0) >= 2.0**53:
        return 0.0
    return float(np.gcd.reduce(costs.astype(np.int64)))


def round_up(bound: float, step: float) -> float:
    """Raise a bound to the next possible objective."""
    return math.ceil(bound / step - 1e-7) * step if step and math.isfinite(bound) else bound


def _relax(level: Level, is_open: NDArray[np.bool_], seed: int) -> tuple[LevelPrices, float]:
    """Solve the linear relaxation for its prices; zero prices where it has none."""
    model = build_model(level, is_open, integer=False)
    highs = start_highs(seed)
    highs.passModel(model.lp)
    highs.run()
    prices = usable_prices(level, read_prices(level, model, np.array(highs.getSolution().row_dual)))
    return prices, bound_level(level, prices)


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


def _branch(
    level: Level,
    kept: NDArray[np.bool_],
    start: NDArray[np.int32] | None,
    seed: int,
    most_nodes: int,
    seconds: float,
    gap: float,
) -> tuple[NDArray[np.int32] | None, float, int]:
    """Run HiGHS on the kept columns; the columns found if they keep the caps, its bound, its nodes."""
    model = build_model(level, kept, integer=True)
    highs = start_highs(seed)
    highs.passModel(model.lp)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", _SAME)
    highs.setOptionValue("mip_max_nodes", most_nodes)
    if math.isfinite(seconds):
        highs.setOptionValue("time_limit", seconds)
    n_choices = len(model.units)
    if start is not None and n_choices:
        chosen = (start[model.units] == model.columns).astype(np.float64)
        highs.setSolution(n_choices, np.arange(n_choices, dtype=np.int32), chosen)
    highs.run()
    info = highs.getInfo()
    proved = highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    bound = math.inf if proved else info.mip_dual_bound if n_choices else -math.inf
    values = np.array(highs.getSolution().col_value)[:n_choices]
    columns = model.settled.astype(np.int32)
    on = np.flatnonzero(values > 0.5)
    columns[model.units[on]] = model.columns[on]
    if (columns < 0).any() or len(on) != model.n_unit_rows or not score_columns(level, columns).is_within:
        return None, bound, int(info.mip_node_count)
    return columns, bound, int(info.mip_node_count)
