"""One level solved to the end by HiGHS, for problems that are small enough."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import highspy
import numpy as np

from evenhand.plan.solver.branch import Root, Tree, narrow_root, open_root
from evenhand.plan.solver.lagrangian import (
    bound_level,
    price_choices,
    usable_prices,
    violation_multiplier,
)
from evenhand.plan.solver.level import LevelResult
from evenhand.plan.solver.model import build_model, limit_highs, read_prices, start_highs
from evenhand.plan.solver.score import score_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.stop import Stop, Watch
    from evenhand.plan.solver.tree import LevelPrices, TreeNode

_SAME = 1e-9
_PROVED_GAP = 1e-4
_FEW_CHOICES, _MANY_CHOICES = 1_000, 6_000
"""Up to the first, nothing is left to a tolerance. Above the second, sums that aren't whole numbers get one turn: the
others close a tenth of what is open for ten times the work."""


class Turn(NamedTuple):
    """A search for a better plan, then the proof."""

    n_more: int | None
    """Choices beyond one a unit that the search looks at, those that the prices like best; None for all."""
    n_nodes: int
    n_cases: int
    """Of the proof, at most."""


_MANY = (Turn(None, 3_000, 500), Turn(None, 3_000, 1_000))
_BRIEF = (Turn(60, 20, 60),)
_FEW = (Turn(60, 60, 300), Turn(120, 60, 700), Turn(None, 100, 1_500))


def solve_level(
    level: Level,
    *,
    start_columns: NDArray[np.int32] | None = None,
    start_prices: LevelPrices | None = None,  # noqa: ARG001 - every method for a level takes it
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,  # noqa: ARG001 - every method for a level takes it
    on_progress: Callable[[float, float, float], None] | None = None,
    is_brief: bool = False,
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
    is_brief
        Cuts, one short search near the start and a few cases: what neighbours of a solved problem need.

    Returns
    -------
    LevelResult
        The best choice found; `bound` is what its prices prove, `solver_bound` what the search has.
    """
    closing = _Closing(level, start_columns, stop, seed)
    for turn in _BRIEF if is_brief and closing.turns is not _MANY else closing.turns:
        if closing.is_done():
            break
        closing.search(turn.n_more, turn.n_nodes)
        closing.prove(turn.n_cases)
    result = closing.finish()
    if on_progress is not None:
        on_progress(score_columns(level, result.columns).objective, result.bound, result.violation)
    return result


class _Closing:
    """The plan and the proof of one level, as they come nearer to each other."""

    def __init__(self, level: Level, start: NDArray[np.int32] | None, stop: Stop, seed: int) -> None:
        self.level, self.seed = level, seed
        self.watch = stop.start()
        self.is_open = level.candidates >= 0
        self.prices = _relax(level, self.is_open, seed)
        self.step, self.floor = cost_step(level), _cheapest(level)
        self.bound = round_up(bound_level(level, self.prices), self.step)
        self.solver_bound = self.bound
        self.nodes: tuple[TreeNode, ...] = ()
        self.best = None if start is None else np.asarray(start, np.int32)
        self.value = math.inf if self.best is None else score_columns(level, self.best).objective
        is_small = int(self.is_open.sum()) <= _FEW_CHOICES
        self.turns: tuple[Turn, ...] = _MANY if is_small else _FEW
        if not self.step and int(self.is_open.sum()) > _MANY_CHOICES:
            self.turns = _FEW[:1]
        self.aim = 0.0 if is_small else min(stop.gap, _PROVED_GAP)
        self.root: Root | None = None
        self.value_of_root = self.value
        self.tree: Tree | None = None

    def target(self, value: float) -> float:
        """Find the bound that is good enough for a value."""
        if self.step:
            return value - self.step * (1 - 1e-6)
        return value - max(10 * _SAME * max(1.0, value), 0.5 * self.aim * (value - self.floor))

    def is_done(self) -> bool:
        """Whether nothing is left to find or to prove, or time is up."""
        return is_closed(self.value, self.bound, self.aim * (self.bound - self.floor)) or self.watch.is_over()

    def _open(self) -> Root:
        """Strike and cut, or strike anew where a better plan was found since."""
        if self.best is None:
            return Root(self.is_open, (), (), self.prices, self.bound)
        target = self.target(self.value)
        cutoff = self.value if self.step else target
        if self.root is None:
            is_over = self.watch.is_over
            self.root = open_root(
                self.level,
                self.prices,
                cutoff=cutoff,
                target=target,
                is_over=is_over,
                seed=self.seed,
            )
            self._keep(self.root.bound, (*self.root.nodes, self.root.prices))
        elif self.value < self.value_of_root:
            self.root = narrow_root(self.level, self.root, cutoff=cutoff, target=target)
            self.tree = None
        self.value_of_root = self.value
        return self.root

    def search(self, n_more: int | None, n_nodes: int) -> None:
        """Look for a better plan among so many choices that the prices like best, or all that one may have."""
        root = self._open()
        if root.bound >= self.target(self.value):
            return
        kept = root.is_open
        if n_more is not None and self.best is not None:
            values = np.where(root.is_open, price_choices(self.level, root.prices, root.rows), np.inf)
            regret = values - values.min(axis=1, keepdims=True)
            n_choices = min(len(values) + n_more, regret.size - 1)
            kept = root.is_open & (regret <= np.partition(regret, n_choices, axis=None)[n_choices])
            kept[np.arange(len(kept)), self.best] = True
        is_whole = np.array_equal(kept, root.is_open)
        search = Search(
            self.seed,
            int(min(self.watch.work_left, n_nodes)),
            self.watch,
            0.0 if not math.isfinite(self.value) else self.value - self.target(self.value),
        )
        found, bound, n_done = _branch_and_cut(self.level, kept, self.best, search)
        self.watch.n_work += n_done
        if is_whole:
            struck = math.inf if self.root is None else self.value if self.step else self.target(self.value)
            self.solver_bound = max(self.solver_bound, min(bound, struck))
        if found is not None and (value := score_columns(self.level, found).objective) < self.value:
            self.best, self.value = found, value

    def prove(self, n_cases: int) -> None:
        """Prove as much as so many cases can."""
        if self.best is None or self.is_done():
            return
        root = self._open()
        if self.tree is None:
            self.tree = Tree(self.level, self.best, root, self.target, self.seed)
        self.watch.n_work += self.tree.grow(int(min(self.watch.work_left, n_cases)), self.watch.is_over)
        nodes, bound = self.tree.write()
        if self.tree.value < self.value:
            self.best, self.value = self.tree.columns, self.tree.value
        self._keep(bound, nodes)

    def _keep(self, bound: float, nodes: tuple[TreeNode, ...]) -> None:
        """Keep the proof that proves most."""
        if round_up(bound, self.step) > self.bound:
            self.bound, self.nodes = round_up(bound, self.step), nodes

    def finish(self) -> LevelResult:
        """Say what was found and proved."""
        level, best = self.level, self.best
        if best is None:
            best = price_choices(level, self.prices).argmin(axis=1).astype(np.int32)
        score = score_columns(level, best)
        multiplier = math.inf if level.violation_cap == 0 else violation_multiplier(level, self.prices.bands)
        return LevelResult(
            columns=best,
            cost=score.cost,
            violation=score.violation,
            bound=self.bound,
            prices=self.prices.bands,
            violation_multiplier=multiplier,
            row_prices=self.prices.rows,
            solver_bound=max(self.bound, min(round_up(self.solver_bound, self.step), score.objective)),
            tree=self.nodes,
            n_work=self.watch.n_work,
            is_interrupted=self.watch.is_interrupted,
        )


class Search(NamedTuple):
    """How long and how closely HiGHS may search."""

    seed: int
    most_nodes: int
    watch: Watch
    gap: float
    """The difference to its bound that is close enough."""


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
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", max(search.gap, _SAME))
    highs.setOptionValue("mip_max_nodes", search.most_nodes)
    limit_highs(highs, search.watch)
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
