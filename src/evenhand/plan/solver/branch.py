"""Close what prices alone leave open: split into cases until prices prove each of them.

The proof is a tree that `check` walks: a split is two cases of one unit, a fixing strikes the columns that its
prices show to be too dear for any better plan, and prices end a case.

References
----------
.. [1] A. H. Land, A. G. Doig (1960), An automatic method of solving discrete programming problems, Econometrica 28.
.. [2] T. Achterberg, T. Koch, A. Martin (2005), Branching rules revisited, Operations Research Letters 33,
   doi:10.1016/j.orl.2004.04.002.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.lagrangian import LevelPrices, price_choices, subtract_limits, usable_prices
from evenhand.plan.solver.model import build_model, read_prices, start_highs
from evenhand.plan.solver.score import score_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level

_INTEGRAL = 1e-6
_RELIABLE = 1
_MOST_LOOKS = 8
_LOOK_STEPS = 25


@dataclass(frozen=True)
class TreeSplit:
    """Two cases: the unit goes to one of the columns (as bits), or to one of the others."""

    unit: int
    columns: int


@dataclass(frozen=True)
class TreeFix:
    """Columns that cost at least `cutoff` at these prices are struck from the case that follows."""

    prices: LevelPrices
    cutoff: float


TreeNode = TreeSplit | TreeFix | LevelPrices


@dataclass(eq=False)
class Proof:
    """What a search has proved, and the best choice it knows."""

    columns: NDArray[np.int32]
    value: float
    bound: float = math.inf
    nodes: tuple[TreeNode, ...] = ()
    """The tree in preorder."""
    n_cases: int = 0


@dataclass(eq=False)
class _Case:
    """One case of the tree: what is open in it, and what has become of it."""

    is_open: NDArray[np.bool_]
    bound: float
    prices: LevelPrices
    fix: TreeFix | None = None
    split: TreeSplit | None = None
    children: tuple[_Case, _Case] | None = None


def prove_level(
    level: Level,
    columns: NDArray[np.int32],
    prices: LevelPrices,
    *,
    target: Callable[[float], float],
    most_cases: int,
    is_over: Callable[[], bool],
    seed: int,
) -> Proof:
    """Split into cases, the least proved first, until each is proved or `most_cases` are reached.

    Parameters
    ----------
    level
        What to minimise.
    columns
        (n,) the best choice known, inside the caps.
    prices
        Of the relaxation of the whole.
    target
        The bound that is good enough, given the value of the best choice known.
    most_cases
        The most linear programs to solve.
    is_over
        Asked before each.
    seed
        Breaks ties inside HiGHS.
    """
    proof = Proof(columns, score_columns(level, columns).objective)
    root = _strike_dear(level, proof, prices)
    relaxation = _Relaxation(level, root.is_open, seed)
    waiting = [(root.bound, 0, root)]
    n_made = 1
    while waiting and proof.n_cases < most_cases and not is_over():
        bound, _, case = heapq.heappop(waiting)
        if bound >= target(proof.value):
            continue
        proof.n_cases += 1
        found = relaxation.solve(case.is_open, proof.value)
        if found.bound > case.bound or case is root:
            case.bound, case.prices = found.bound, found.prices
        if found.columns is not None:
            score = score_columns(level, found.columns)
            if score.is_within and score.objective < proof.value:
                proof.columns, proof.value = found.columns, score.objective
        if case.bound >= target(proof.value):
            continue
        case.split = relaxation.choose_split(case.is_open, found)
        if case.split is None:
            continue
        bits = np.array([case.split.columns >> j & 1 for j in range(level.candidates.shape[1])], np.bool_)
        halves = []
        for mask in (bits, ~bits):
            half = case.is_open.copy()
            half[case.split.unit] &= mask
            halves.append(_Case(half, case.bound, case.prices))
            heapq.heappush(waiting, (case.bound, -n_made, halves[-1]))
            n_made += 1
        case.children = (halves[0], halves[1])
    proof.nodes, proof.bound = _write_tree(root)
    return proof


def _strike_dear(level: Level, proof: Proof, prices: LevelPrices) -> _Case:
    """Open the root with the choices struck that no better plan can have."""
    is_open = level.candidates >= 0
    values = price_choices(level, prices)
    bound = float(values.min(axis=1).sum()) - subtract_limits(level, prices)
    margin = 1e-7 * max(1.0, abs(proof.value))
    struck = is_open & (bound + values - values.min(axis=1, keepdims=True) >= proof.value + margin)
    struck[np.arange(len(values)), proof.columns] = False
    fix = TreeFix(prices, proof.value) if struck.any() else None
    return _Case(is_open & ~struck, bound, prices, fix)


def _write_tree(root: _Case) -> tuple[tuple[TreeNode, ...], float]:
    """List the tree in preorder, with the least bound of its leaves."""
    nodes: list[TreeNode] = []
    bound, pending = math.inf, [root]
    while pending:
        case = pending.pop()
        if case.fix is not None:
            nodes.append(case.fix)
        if case.split is not None and case.children is not None:
            nodes.append(case.split)
            pending += case.children[::-1]
        else:
            nodes.append(case.prices)
            bound = min(bound, case.bound)
    return tuple(nodes), bound


@dataclass(frozen=True, eq=False)
class _Found:
    """The relaxation of one case."""

    bound: float
    prices: LevelPrices
    shares: NDArray[np.float64]
    """(V,) of the choice variables; empty where the case has no plan."""
    columns: NDArray[np.int32] | None
    """(n,) where no unit is split."""


class _Relaxation:
    """The linear program of the root, solved again and again with columns closed."""

    def __init__(self, level: Level, is_open: NDArray[np.bool_], seed: int) -> None:
        self.level = level
        self.model = build_model(level, is_open, integer=False)
        self.highs = start_highs(seed)
        self.highs.setOptionValue("presolve", "off")
        self.highs.passModel(self.model.lp)
        self.gain = np.zeros((len(is_open), 2))
        self.n_seen = np.zeros(len(is_open))
        self.cutoff = math.inf
        self.size = (level.amounts[:, :, None] / level.scale.mean(axis=0)[None, :, None]).sum(axis=(1, 2))

    def evaluate(self, prices: LevelPrices, case: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
        values = price_choices(self.level, prices)
        values[~case] = np.inf
        return float(values.min(axis=1, initial=np.inf).sum()) - subtract_limits(self.level, prices), values

    def solve(self, case: NDArray[np.bool_], cutoff: float) -> _Found:
        model = self.model
        n_choices = len(model.units)
        upper = case[model.units, model.columns].astype(np.float64)
        every = np.arange(n_choices, dtype=np.int32)
        self.highs.changeColsBounds(n_choices, every, np.zeros(n_choices), upper)
        self.cutoff = cutoff
        self.highs.setOptionValue("objective_bound", cutoff)
        self.highs.run()
        status = self.highs.getModelStatus()
        solution = self.highs.getSolution()
        prices = usable_prices(self.level, read_prices(self.level, model, np.array(solution.row_dual)))
        bound, _ = self.evaluate(prices, case)
        if status == highspy.HighsModelStatus.kInfeasible:
            prices, bound = self._add_ray(prices, bound, case, cutoff)
        if status != highspy.HighsModelStatus.kOptimal:
            return _Found(bound, prices, np.zeros(0), None)
        shares = np.array(solution.col_value)[:n_choices]
        columns = None
        if n_choices == 0 or np.abs(shares - np.rint(shares)).max() < _INTEGRAL:
            columns = model.settled.astype(np.int32)
            on = np.flatnonzero(shares > 0.5)
            columns[model.units[on]] = model.columns[on]
        return _Found(bound, prices, shares, columns)

    def _add_ray(
        self, prices: LevelPrices, bound: float, case: NDArray[np.bool_], cutoff: float
    ) -> tuple[LevelPrices, float]:
        """Follow the ray along which the bound of a case without a plan grows beyond all limits."""
        _, has_ray, values = self.highs.getDualRay()  # type: ignore[attr-defined]  # its stub lacks it
        if not has_ray:
            return prices, bound
        for sign in (1.0, -1.0):
            ray = read_prices(self.level, self.model, sign * np.array(values))
            for power in range(0, 40, 2):
                far = LevelPrices(ray.bands * 2.0**power, tuple(r * 2.0**power for r in ray.rows))
                far = usable_prices(self.level, far)
                further, _ = self.evaluate(far, case)
                if further > bound:
                    prices, bound = far, further
                if bound >= cutoff * (1 + 1e-6) + 1e-6:
                    return prices, bound
        return prices, bound

    def choose_split(self, case: NDArray[np.bool_], found: _Found) -> TreeSplit | None:
        """Split the unit whose two cases raise the bound most, by a short look ahead or by what it did before."""
        if not len(found.shares):
            return None
        model = self.model
        shares = np.zeros(case.shape)
        shares[model.units, model.columns] = found.shares
        largest = shares.max(axis=1)
        largest[model.settled >= 0] = 1.0
        score = np.minimum(1 - largest, 0.5) * self.size
        unit = int(score.argmax())
        if 1 - largest[unit] < _INTEGRAL:
            several = np.flatnonzero(case.sum(axis=1) > 1)
            if not len(several):
                return None
            unit = int(several[self.size[several].argmax()])
            return TreeSplit(unit, 1 << int(np.flatnonzero(case[unit])[0]))
        divided = np.flatnonzero(1 - largest >= _INTEGRAL)
        column = shares.argmax(axis=1)
        fresh = divided[self.n_seen[divided] < _RELIABLE]
        fresh = fresh[np.argsort(-score[fresh], kind="stable")][:_MOST_LOOKS]
        if len(fresh):
            self._look_ahead(case, fresh, column, largest, found)
        gains = self.gain[divided] / np.maximum(self.n_seen[divided], 1)[:, None]
        seen = self.n_seen[divided] > 0
        typical = gains[seen].mean(axis=0) if seen.any() else np.ones(2)
        gains[~seen] = typical
        # Keeping the unit on its column costs in proportion to what is elsewhere, and the other way round.
        keep = gains[:, 0] * (1 - largest[divided])
        leave = gains[:, 1] * largest[divided]
        merit = np.maximum(keep, 1e-9) * np.maximum(leave, 1e-9)
        unit = int(divided[merit.argmax()])
        return TreeSplit(unit, 1 << int(column[unit]))

    def _look_ahead(
        self,
        case: NDArray[np.bool_],
        units: NDArray[np.intp],
        column: NDArray[np.intp],
        largest: NDArray[np.float64],
        found: _Found,
    ) -> None:
        """Try both cases of some units with a few steps of the simplex method each."""
        basis = self.highs.getBasis()
        self.highs.setOptionValue("simplex_iteration_limit", _LOOK_STEPS)
        for unit in units:
            mine = np.flatnonzero(self.model.units == unit).astype(np.int32)
            on = self.model.columns[mine] == column[unit]
            open_ = case[unit, self.model.columns[mine]]
            for side in (0, 1):
                upper = (open_ & (on if side == 0 else ~on)).astype(np.float64)
                self.highs.changeColsBounds(len(mine), mine, np.zeros(len(mine)), upper)
                self.highs.run()
                status = self.highs.getModelStatus()
                value = self.highs.getInfo().objective_function_value
                room = self.cutoff - found.bound
                gain = (
                    room if status == highspy.HighsModelStatus.kInfeasible else min(max(value - found.bound, 0.0), room)
                )
                self.gain[unit, side] += gain / (1 - largest[unit] if side == 0 else largest[unit])
                self.highs.changeColsBounds(len(mine), mine, np.zeros(len(mine)), open_.astype(np.float64))
                self.highs.setBasis(basis)
            self.n_seen[unit] += 1
        self.highs.setOptionValue("simplex_iteration_limit", (1 << 31) - 1)
