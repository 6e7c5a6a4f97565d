"""The order of importance, one level after the other: each is minimised with what came before held fast."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from evenhand.plan.solver.certificate import COST, GRADE_OF_LEVEL, VIOLATION, Count, Cut, Fix, Prices, Split
from evenhand.plan.solver.check import level_names
from evenhand.plan.solver.exact import is_closed
from evenhand.plan.solver.lagrangian import forbid_capped
from evenhand.plan.solver.level import Level, LevelResult, Rows
from evenhand.plan.solver.problem import drop_repeats, may_stay
from evenhand.plan.solver.score import score_columns
from evenhand.plan.solver.tree import LevelPrices, TreeCount, TreeCut, TreeFix, TreeSplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.certificate import Node
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.stop import Stop, Watch
    from evenhand.plan.solver.tree import TreeNode

VIOLATION_SLACK = 1e-8
"""Later levels may violate the bands by this share more than the least, so that rounding leaves them a plan."""


_LARGE, _WORK = 20_000, 40
"""Above so many choices, each level after violation gets so many steps a choice: what is left open then is mostly the
bound's fault, not the plan's."""
_VIOLATION_SHARE = 0.8
"""Of the seconds, where it needs them: the levels after it hold what it ends with."""


class SolveLevel(Protocol):
    """A method for one level."""

    def __call__(
        self,
        level: Level,
        *,
        start_columns: NDArray[np.int32] | None,
        start_prices: LevelPrices | None,
        stop: Stop,
        seed: int,
        executor: Executor | None,
        on_progress: Callable[[float, float, float], None] | None,
    ) -> LevelResult:
        """Solve it from a start; `on_progress` is told objective, bound and violation."""
        ...


@dataclass(frozen=True, eq=False)
class Solved:
    """One part of a problem, solved."""

    columns: NDArray[np.int32]
    nodes: dict[str, tuple[Node, ...]]
    solver_bounds: dict[str, float]
    n_work: int
    is_interrupted: bool


def solve_in_order(
    problem: Problem,
    method: SolveLevel,
    *,
    start: NDArray[np.int32],
    watch: Watch,
    seed: int,
    executor: Executor | None,
    warm: dict[str, tuple[Node, ...]],
    tell: Callable[[str, float, float, float], None] | None,
) -> Solved:
    """Minimise violation, then moves of high, medium and low grade, then Σ costs, or what the problem has of it.

    Parameters
    ----------
    problem
        One part, whose territories hang together.
    method
        Solves one level.
    start
        (n,) columns that keep the limits on moves as nearly as can be.
    watch
        The clock and the work left.
    seed
        Breaks ties.
    executor
        Passed on to the method.
    warm
        By level, prices to start from.
    tell
        Called with level, objective, bound and violation.
    """
    columns = start
    nodes: dict[str, tuple[Node, ...]] = {}
    solver_bounds: dict[str, float] = {}
    n_work, is_interrupted = 0, False
    names = level_names(problem)
    for number, name in enumerate(names):
        level = state_level(problem, name, columns)
        score = score_columns(level, columns)
        floor = float(np.where(level.candidates >= 0, level.costs, np.inf).min(axis=1).sum()) if len(columns) else 0.0
        if is_closed(score.objective, floor, 0.0):
            nodes[name] = (write_prices(problem, name, LevelPrices(np.zeros(level.lower.shape), ())),)
            continue
        stop = share_out(watch, max(1 / (len(names) - number), _VIOLATION_SHARE if name == VIOLATION else 0.0))
        if problem.grades is not None and level.candidates.size > _LARGE and name != VIOLATION:
            stop = replace(stop, work=int(min(watch.work_left, _WORK * level.candidates.size)))
        found = method(
            level,
            start_columns=columns,
            start_prices=_warm_prices(problem, name, level, warm),
            stop=stop,
            seed=seed,
            executor=executor,
            on_progress=None if tell is None else partial(tell, name),
        )
        watch.n_work += found.n_work
        n_work += found.n_work
        is_interrupted |= found.is_interrupted
        after = score_columns(level, found.columns)
        if after.is_within and after.objective <= score.objective:
            columns = found.columns
        tree = found.tree or (forbid_capped(level, LevelPrices(found.prices, found.row_prices)),)
        nodes[name] = tuple(_write_node(problem, name, node) for node in tree)
        solver_bounds[name] = found.solver_bound
    return Solved(columns, nodes, solver_bounds, n_work, is_interrupted)


def share_out(watch: Watch, share: float) -> Stop:
    """Give a step its share of the seconds that are left, and all of the work."""
    stop = watch.stop
    return replace(
        stop,
        seconds=None if stop.seconds is None else share * watch.seconds_left,
        work=None if stop.work is None else int(watch.work_left),
    )


def state_level(problem: Problem, name: str, columns: NDArray[np.int32]) -> Level:
    """State one level: what it minimises, with the levels before it held at what the columns come to."""
    chosen = np.arange(problem.n_units), columns
    is_move = problem.is_move
    candidates = drop_repeats(problem)
    costs = np.where(candidates >= 0, problem.costs, 0.0)
    violation_cap: float | None = None
    price = 1.0
    if name == VIOLATION:
        costs = np.zeros_like(costs)
    elif problem.violation_price is not None:
        price = problem.violation_price
    else:
        least = Level(candidates, costs, problem.amounts, problem.inner_lower, problem.inner_upper, problem.scale, None)
        violation = score_columns(least, columns).violation
        violation_cap = violation + VIOLATION_SLACK * max(1.0, violation) if violation > 0 else 0.0
    if name in GRADE_OF_LEVEL and problem.grades is not None:
        costs = (is_move & (problem.grades == GRADE_OF_LEVEL[name])[:, None]).astype(np.float64)
    rows = []
    earlier = earlier_grades(problem, name)
    if earlier and problem.grades is not None:
        row_of = np.full(3, -1, np.int32)
        row_of[list(earlier)] = np.arange(len(earlier))
        index = np.where(is_move, row_of[problem.grades][:, None], -1).astype(np.int32)
        rows.append(_family(index, len(earlier), np.zeros(len(earlier)), chosen))
    territories, n_territories = problem.candidates, problem.n_territories
    if problem.max_moves is not None:
        rows.append(_family(np.where(is_move, 0, -1).astype(np.int32), 1, np.array([problem.max_moves]), chosen))
    if problem.max_moves_from is not None:
        index = np.where(is_move & may_stay(territories, is_move)[:, None], territories[:, :1], -1)
        rows.append(_family(index, n_territories, problem.max_moves_from, chosen))
    if problem.max_moves_into is not None:
        index = np.where(is_move, territories, -1)
        rows.append(_family(index, n_territories, problem.max_moves_into, chosen))
    return Level(
        candidates,
        costs,
        problem.amounts,
        problem.inner_lower,
        problem.inner_upper,
        problem.scale,
        violation_cap,
        price,
        tuple(rows),
    )


def pick_start(problem: Problem, plain: NDArray[np.int32], plan: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pick the plan where it keeps the limits on moves as well as the plain start and violates no more."""
    level = state_level(problem, level_names(problem)[0], plain)
    score = score_columns(level, plan)
    return plan if score.is_within and score.violation <= score_columns(level, plain).violation else plain


def blend_levels(problem: Problem, columns: NDArray[np.int32]) -> Level:
    """State all levels as one with hard bands, each grade worth ten of the one below: where to start from."""
    level = state_level(problem, VIOLATION, columns)
    dearest = float(problem.costs.max(initial=0.0))
    costs = np.where(level.candidates >= 0, problem.costs, 0.0) / (dearest if dearest > 0 else 1.0)
    if problem.grades is not None:
        costs += problem.is_move * (10.0 ** problem.grades.astype(np.float64))[:, None]
    return replace(level, costs=costs, violation_cap=0.0)


def earlier_grades(problem: Problem, name: str) -> tuple[int, ...]:
    """Grades whose moves are counted on a level before this one."""
    if problem.grades is None or problem.violation_price is not None or name == VIOLATION:
        return ()
    return tuple(g for level, g in GRADE_OF_LEVEL.items() if name == COST or g > GRADE_OF_LEVEL[name])


def _family(
    index: NDArray[np.int32],
    n_rows: int,
    limit: NDArray[np.float64],
    chosen: tuple[NDArray[np.intp], NDArray[np.int32]],
) -> Rows:
    """Count towards rows, each limited, or where the columns exceed the limit to what they use."""
    used = index[chosen]
    return Rows(index, np.maximum(limit, np.bincount(used[used >= 0], minlength=n_rows)).astype(np.float64))


def _write_node(problem: Problem, name: str, node: TreeNode) -> Node:
    if isinstance(node, TreeSplit):
        return Split(node.unit, node.columns)
    if isinstance(node, TreeCount):
        return Count(node.origin, node.target, node.most)
    if isinstance(node, TreeFix):
        return Fix(write_prices(problem, name, node.prices), node.cutoff)
    if isinstance(node, TreeCut):
        limits = write_prices(problem, name, LevelPrices(node.at_least, node.rows))
        return Cut(limits, node.at_most, node.earlier, node.changes)
    return write_prices(problem, name, node)


def write_prices(problem: Problem, name: str, prices: LevelPrices) -> Prices:
    """Name the multipliers of a level as the certificate does."""
    counts = np.zeros(3)
    families = iter(prices.rows)
    if not prices.rows:
        return Prices(prices.bands, cases=prices.cases, cuts=prices.cuts)
    earlier = earlier_grades(problem, name)
    if earlier:
        counts[list(earlier)] = next(families)
    moves = 0.0 if problem.max_moves is None else float(next(families)[0])
    out = None if problem.max_moves_from is None else next(families)
    into = None if problem.max_moves_into is None else next(families)
    return Prices(prices.bands, counts, moves, out, into, prices.cases, prices.cuts)


def _warm_prices(problem: Problem, name: str, level: Level, warm: dict[str, tuple[Node, ...]]) -> LevelPrices | None:
    """Read the prices of another plan for the same level, if they fit."""
    leaf = next((node for node in warm.get(name, ()) if isinstance(node, Prices)), None)
    if leaf is None or leaf.bands.shape != level.lower.shape:
        return None
    none = np.zeros(problem.n_territories)
    rows: list[NDArray[np.float64]] = []
    if earlier := earlier_grades(problem, name):
        rows.append(leaf.counts[list(earlier)])
    if problem.max_moves is not None:
        rows.append(np.array([leaf.moves]))
    if problem.max_moves_from is not None:
        rows.append(none if leaf.moves_from is None else leaf.moves_from)
    if problem.max_moves_into is not None:
        rows.append(none if leaf.moves_into is None else leaf.moves_into)
    return LevelPrices(leaf.bands, tuple(rows))
