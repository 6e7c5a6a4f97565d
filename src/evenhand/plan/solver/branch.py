"""Close what prices alone leave open: split into cases until prices prove each of them.

The proof is a tree that `check` walks: a split is two cases of where one unit goes, a count two cases of how many
units go one way, a fixing strikes the choices that its prices show to be too dear for any better plan, and prices
end a case. Counts are what moves the bound where many units are much alike and any of them can take another's place.

References
----------
.. [1] A. H. Land, A. G. Doig (1960), An automatic method of solving discrete programming problems, Econometrica 28.
.. [2] D. M. Ryan, B. A. Foster (1981), An integer programming approach to scheduling, in: A. Wren (ed.), Computer
   scheduling of public transport, North-Holland: branch on sums, not on single variables.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.cuts import cut_level
from evenhand.plan.solver.lagrangian import price_choices, subtract_limits
from evenhand.plan.solver.relaxation import Relaxation
from evenhand.plan.solver.score import score_columns
from evenhand.plan.solver.tree import CountSide, LevelPrices, TreeCount, TreeFix, TreeNode, TreeSplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.rounding import Row

_MARGIN = 1e-7


@dataclass(frozen=True, eq=False)
class Root:
    """The whole, with what is too dear struck and what is no plan cut off."""

    is_open: NDArray[np.bool_]
    nodes: tuple[TreeNode, ...]
    rows: tuple[Row, ...]
    prices: LevelPrices
    bound: float


@dataclass(eq=False)
class _Case:
    """One case of the tree: what is open in it, and what has become of it."""

    is_open: NDArray[np.bool_]
    counts: tuple[CountSide, ...]
    bound: float
    prices: LevelPrices
    split: TreeSplit | TreeCount | None = None
    children: tuple[_Case, _Case] | None = None


def open_root(
    level: Level,
    prices: LevelPrices,
    *,
    cutoff: float,
    target: float,
    is_over: Callable[[], bool],
    seed: int,
) -> Root:
    """Strike what is too dear for a plan below the cutoff, cut, and strike again.

    Parameters
    ----------
    level
        What to minimise.
    prices
        Of the relaxation of the whole.
    cutoff
        A bound that is good enough; every bound above the target can be rounded up to it.
    target
        See the cutoff.
    is_over
        Asked now and then.
    seed
        Breaks ties inside HiGHS.
    """
    is_open, bound = _strike_dear(level, level.candidates >= 0, prices, (), target)
    nodes: tuple[TreeNode, ...] = (TreeFix(prices, cutoff),)
    cuts = cut_level(level, is_open, prices, target=target, is_over=is_over, seed=seed)
    if cuts.bound <= bound:
        return Root(is_open, nodes, (), prices, bound)
    is_open, bound = _strike_dear(level, is_open, cuts.prices, cuts.rows, target)
    return Root(is_open, (*nodes, *cuts.made, TreeFix(cuts.prices, cutoff)), cuts.rows, cuts.prices, bound)


def narrow_root(level: Level, root: Root, *, cutoff: float, target: float) -> Root:
    """Strike more of the whole, now that a better choice is known."""
    is_open, _ = _strike_dear(level, root.is_open, root.prices, root.rows, target)
    return replace(root, is_open=is_open, nodes=(*root.nodes, TreeFix(root.prices, cutoff)))


class Tree:
    """The cases of one level, split further and further, the least proved first.

    Parameters
    ----------
    level
        What to minimise.
    columns
        (n,) the best choice known, inside the caps.
    root
        The whole.
    target
        The bound that is good enough, given the value of the best choice known.
    seed
        Breaks ties inside HiGHS.
    """

    def __init__(
        self, level: Level, columns: NDArray[np.int32], root: Root, target: Callable[[float], float], seed: int
    ) -> None:
        self.level, self.root, self.target = level, root, target
        self.columns, self.value = columns, score_columns(level, columns).objective
        """The best choice known."""
        self._first = _Case(root.is_open, (), root.bound, root.prices)
        self._relaxation = Relaxation(level, root.is_open, seed, root.rows)
        self._waiting = [(self._first.bound, 0, self._first)]
        self._n_made = 1

    def grow(self, most_cases: int, is_over: Callable[[], bool]) -> int:
        """Split until every case is proved, or so many linear programs are solved; how many were.

        Parameters
        ----------
        most_cases
            The most linear programs to solve.
        is_over
            Asked before each.
        """
        n_cases = 0
        while self._waiting and n_cases < most_cases and not is_over():
            _, _, case = heapq.heappop(self._waiting)
            if case.bound >= self.target(self.value):
                continue
            n_cases += 1
            self._split(case)
        return n_cases

    def _split(self, case: _Case) -> None:
        """Solve the relaxation of a case, and split it where that doesn't prove it."""
        found = self._relaxation.solve(case.is_open, case.counts, self.value)
        if found.bound > case.bound or (case is self._first and not self.root.rows):
            case.bound, case.prices = found.bound, found.prices
        if found.columns is not None:
            score = score_columns(self.level, found.columns)
            if score.is_within and score.objective < self.value:
                self.columns, self.value = found.columns, score.objective
        if case.bound >= self.target(self.value):
            return
        case.split = self._relaxation.choose_split(case.is_open, found)
        if case.split is None:
            return
        case.children = _halve(case, case.split)
        for half in case.children:
            heapq.heappush(self._waiting, (half.bound, -self._n_made, half))
            self._n_made += 1

    def write(self) -> tuple[tuple[TreeNode, ...], float]:
        """Write the tree in preorder, with the least bound of its cases."""
        nodes, bound = _write_tree(self._first)
        return (*self.root.nodes, *nodes), bound


def _strike_dear(
    level: Level,
    is_open: NDArray[np.bool_],
    prices: LevelPrices,
    rows: Sequence[Row],
    target: float,
) -> tuple[NDArray[np.bool_], float]:
    """Close the choices that no plan below the target can have, as the check does; none where all is proved."""
    values = np.where(is_open, price_choices(level, prices, rows), np.inf)
    least = values.min(axis=1, keepdims=True, initial=np.inf)
    bound = float(least.sum()) - subtract_limits(level, prices, rows)
    if bound >= target:
        return is_open, bound
    return is_open & ~(bound + values - least >= target + _MARGIN * max(1.0, abs(target))), bound


def _halve(case: _Case, split: TreeSplit | TreeCount) -> tuple[_Case, _Case]:
    if isinstance(split, TreeCount):
        fewer, more = CountSide(split, at_most=True), CountSide(split, at_most=False)
        return (
            _Case(case.is_open, (*case.counts, fewer), case.bound, case.prices),
            _Case(case.is_open, (*case.counts, more), case.bound, case.prices),
        )
    bits = np.array([split.columns >> j & 1 for j in range(case.is_open.shape[1])], np.bool_)
    first, second = case.is_open.copy(), case.is_open.copy()
    first[split.unit] &= bits
    second[split.unit] &= ~bits
    return _Case(first, case.counts, case.bound, case.prices), _Case(second, case.counts, case.bound, case.prices)


def _write_tree(root: _Case) -> tuple[tuple[TreeNode, ...], float]:
    """List the tree in preorder, with the least bound of its leaves."""
    nodes: list[TreeNode] = []
    bound, pending = math.inf, [root]
    while pending:
        case = pending.pop()
        if case.split is not None and case.children is not None:
            nodes.append(case.split)
            pending += case.children[::-1]
        else:
            nodes.append(case.prices)
            bound = min(bound, case.bound)
    return tuple(nodes), bound
