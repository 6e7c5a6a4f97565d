"""Which method solves a level: to the end where that is affordable, closely where it isn't."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from evenhand.plan.solver import exact, large
from evenhand.plan.solver.check import level_names
from evenhand.plan.solver.exact import is_closed
from evenhand.plan.solver.lexicographic import blend_levels, state_level
from evenhand.plan.solver.score import score_columns
from evenhand.plan.solver.tree import LevelPrices

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import numpy as np
    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level, LevelResult
    from evenhand.plan.solver.lexicographic import SolveLevel
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.stop import Stop

MOST_EXACT_CHOICES = 20_000
"""Up to so many choices, branch and bound follows the search."""
MOST_TINY_CHOICES = 1_000
"""Up to so many, branch and bound is all it takes."""
_START_GAP = 1.0
_WORK_BEFORE = 100
"""Steps a choice after which the search makes way for the proof, which finds the rest."""


def pick_method(problem: Problem, *, is_brief: bool = False) -> SolveLevel:
    """Pick how the levels of a problem are solved, by its size and by whether a near answer is known."""
    n_choices = int(problem.is_candidate.sum())
    if n_choices <= MOST_TINY_CHOICES:
        return exact.solve_level
    if is_brief and n_choices <= MOST_EXACT_CHOICES:
        return touch_up
    return search_then_prove if n_choices <= MOST_EXACT_CHOICES else large.solve_level


def is_exact(problem: Problem) -> bool:
    """Whether branch and bound is affordable."""
    return int(problem.is_candidate.sum()) <= MOST_EXACT_CHOICES


def find_start(
    problem: Problem, start: NDArray[np.int32], stop: Stop, seed: int
) -> tuple[NDArray[np.int32], int, LevelPrices | None]:
    """Look for a plan inside the bands to start the levels from; say how many steps that took.

    The level of violation alone gives a search nothing to go by once many plans violate as little. Where costs alone
    count, that search is the one for costs already, and its prices are returned for that level.
    """
    is_tiny = int(problem.is_candidate.sum()) <= MOST_TINY_CHOICES
    if is_tiny or problem.violation_price is not None:
        return start, 0, None
    level = state_level(problem, level_names(problem)[0], start)
    before = score_columns(level, start).violation
    if before == 0:
        return start, 0, None
    gap = stop.gap if problem.grades is None else _START_GAP
    found = large.solve_level(blend_levels(problem, start), stop=replace(stop, gap=gap), seed=seed)
    score = score_columns(level, found.columns)
    if not score.is_within or score.violation >= before:
        return start, found.n_work, None
    if problem.grades is not None or score.violation > 0:
        return found.columns, found.n_work, None
    dearest = float(problem.costs.max(initial=0.0))
    unit = dearest if dearest > 0 else 1.0
    prices = LevelPrices(unit * found.prices, tuple(unit * family for family in found.row_prices))
    return found.columns, found.n_work, prices


def search_then_prove(
    level: Level,
    *,
    start_columns: NDArray[np.int32] | None = None,
    start_prices: LevelPrices | None = None,
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[float, float, float], None] | None = None,
) -> LevelResult:
    """Solve one level by prices and local search, then close what is left by branch and bound."""
    watch = stop.start()
    found = large.solve_level(
        level,
        start_columns=start_columns,
        start_prices=start_prices,
        stop=replace(stop, work=int(min(watch.work_left, _WORK_BEFORE * level.candidates.size))),
        seed=seed,
        executor=executor,
        on_progress=on_progress,
    )
    watch.n_work += found.n_work
    best = start_columns
    score = score_columns(level, found.columns)
    if best is None or (score.is_within and score.objective < score_columns(level, best).objective):
        best = found.columns
    if is_closed(score_columns(level, best).objective, found.bound, 0.0) or watch.is_over():
        return replace(found, columns=best, is_interrupted=watch.is_interrupted)
    rest = replace(stop, seconds=None if stop.seconds is None else watch.seconds_left)
    if stop.work is not None:
        rest = replace(rest, work=int(watch.work_left))
    proved = exact.solve_level(
        level, start_columns=best, stop=rest, seed=seed, executor=executor, on_progress=on_progress
    )
    return replace(proved, n_work=proved.n_work + found.n_work)


def touch_up(
    level: Level,
    *,
    start_columns: NDArray[np.int32] | None = None,
    start_prices: LevelPrices | None = None,
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[float, float, float], None] | None = None,
) -> LevelResult:
    """Solve one level from the plan of a neighbouring problem: cuts and a short search, where that plan is one here."""
    if start_columns is None or not score_columns(level, start_columns).is_within:
        method: SolveLevel = search_then_prove
    else:
        method = partial(exact.solve_level, is_brief=True)
    return method(
        level,
        start_columns=start_columns,
        start_prices=start_prices,
        stop=stop,
        seed=seed,
        executor=executor,
        on_progress=on_progress,
    )
