"""One level solved to the end by HiGHS, for problems that are small enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from evenhand.plan.solver.branch import open_root, prove_level
from evenhand.plan.solver.lagrangian import (
    LevelPrices,
    bound_level,
    price_choices,
    usable_prices,
    violation_multiplier,
)
from evenhand.plan.solver.level import LevelResult
from evenhand.plan.solver.model import build_model, read_prices, start_highs
from evenhand.plan.solver.score import score_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.branch import Root, TreeNode
    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.stop import Stop

_SAME = 1e-9
_PROVED_GAP = 1e-4
_FEW_CHOICES = 1_000
"""Up to so many choices, nothing is left to a tolerance."""
_MANY = ((3_000, 500),)
_FEW = ((300, 0), (1_000, 100))
"""Cases of the proof and nodes of the search, round after round; a proof alone is often enough."""


def solve_level(
    level: Level,
    *,
    start_columns: NDArray[np.int32] | None = None,
    start_prices: LevelPrices | None = None,  # noqa: ARG001 - every method for a level takes it
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,  # noqa: ARG001 - every method for a level takes it
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
        Told objective, bound and violation.

    Returns
    -------
    LevelResult
        The best choice found; `bound` is what its prices prove, `solver_bound` what the search has.
    """
    watch = stop.start()
    is_open = level.candidates >= 0
    prices = _relax(level, is_open, seed)
    step, floor = cost_step(level), _cheapest(level)
    bound = round_up(bound_level(level, prices), step)
    best = None if start_columns is None else np.asarray(start_columns, np.int32)
    effort = _FEW if int(is_open.sum()) > _FEW_CHOICES else _MANY
    aim = 0.0 if effort is _MANY else min(stop.gap, _PROVED_GAP)
    solver_bound = bound
    tree: tuple[TreeNode, ...] = ()
    value = math.inf if best is None else score_columns(level, best).objective

    def target(v: float) -> float:
        return v - step * (1 - 1e-6) if step else v - max(_SAME * 10 * max(1.0, v), 0.5 * aim * (v - floor))

    root: Root | None = None
    for n_cases, n_nodes in effort:
        if is_closed(value, bound, aim * (bound - floor)) or watch.is_over():
            break
        if n_nodes:
            kept = is_open if root is None else root.is_open
            search = Search(seed, int(min(watch.work_left, n_nodes)), watch.seconds_left, aim)
            found, solver_bound, n_done = _branch_and_cut(level, kept, best, search)
            watch.n_work += n_done
            if root is not None:
                solver_bound = min(solver_bound, value if step else target(value))
            if found is not None and score_columns(level, found).objective < value:
                best, value, root = found, score_columns(level, found).objective, None
        if best is None or is_closed(value, bound, aim * (bound - floor)) or watch.is_over():
            continue
        if root is None:
            root = open_root(
                level,
                best,
                prices,
                cutoff=value if step else target(value),
                target=target(value),
                is_over=watch.is_over,
                seed=seed,
            )
        proof = prove_level(
            level,
            best,
            root,
            target=target,
            most_cases=int(min(watch.work_left, n_cases)),
            is_over=watch.is_over,
            seed=seed,
        )
        watch.n_work += proof.n_cases
        if proof.value < value:
            root = None
        best, value = proof.columns, proof.value
        if round_up(proof.bound, step) > bound:
            bound, tree = round_up(proof.bound, step), proof.nodes
    if best is None:
        best = price_choices(level, prices).argmin(axis=1).astype(np.int32)
    score = score_columns(level, best)
    solver_bound = max(bound, min(round_up(solver_bound, step), score.objective))
    if on_progress is not None:
        on_progress(score.objective, bound, score.violation)
    return LevelResult(
        columns=best,
        cost=score.cost,
        violation=score.violation,
        bound=bound,
        prices=prices.bands,
        violation_multiplier=math.inf if level.violation_cap == 0 else violation_multiplier(level, prices.bands),
        row_prices=prices.rows,
        solver_bound=solver_bound,
        tree=tree,
        n_work=watch.n_work,
        is_interrupted=watch.is_interrupted,
    )


class Search(NamedTuple):
    """How long and how closely HiGHS may search."""

    seed: int
    most_nodes: int
    seconds: float
    gap: float


def _cheapest(level: Level) -> float:
    """Add up the least cost of every unit, whatever the bands."""
    return math.fsum(np.where(level.candidates >= 0, level.costs, np.inf).min(axis=1, initial=np.inf))


def is_closed(value: float, bound: float, tolerance: float) -> bool:
    """Whether nothing worth having is left between the value and the bound."""
    return value - bound <= max(tolerance, _SAME * max(1.0, abs(value)))


def cost_step(level: Level) -> float:
    """Find what every possible objective is a multiple of; 0 where there is no such step."""
    costs = level.costs[level.candidates >= 0]
    if level.violation_cap is None or not np.array_equal(costs, np.rint(costs)) or costs.max(initial=0.0) >= 2.0**53:
        return 0.0
    return float(np.gcd.reduce(costs.astype(np.int64)))


def round_up(bound: float, step: float) -> float:
    """Raise a bound to the next possible objective."""
    return math.ceil(bound / step - 1e-7) * step if step and math.isfinite(bound) else bound


def _relax(level: Level, is_open: NDArray[np.bool_], seed: int) -> LevelPrices:
    """Solve the linear relaxation for its prices; zero prices where it has none."""
    model = build_model(level, is_open, integer=False)
    highs = start_highs(seed)
    highs.passModel(model.lp)
    highs.run()
    return usable_prices(level, read_prices(level, model, np.array(highs.getSolution().row_dual)))


def _branch_and_cut(
    level: Level, kept: NDArray[np.bool_], start: NDArray[np.int32] | None, search: Search
) -> tuple[NDArray[np.int32] | None, float, int]:
    """Run HiGHS on the kept columns; the columns found if they keep the caps, its bound, its nodes."""
    model = build_model(level, kept, integer=True)
    highs = start_highs(search.seed)
    highs.passModel(model.lp)
    highs.setOptionValue("mip_rel_gap", search.gap)
    highs.setOptionValue("mip_abs_gap", _SAME)
    highs.setOptionValue("mip_max_nodes", search.most_nodes)
    if math.isfinite(search.seconds):
        highs.setOptionValue("time_limit", search.seconds)
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
