"""The linear program of a level, solved again and again with choices closed and counts limited."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.lagrangian import price_choices, subtract_limits, usable_prices
from evenhand.plan.solver.model import build_model, read_prices, start_highs
from evenhand.plan.solver.tree import CountSide, TreeCount, TreeSplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.rounding import Row
    from evenhand.plan.solver.tree import LevelPrices

_INTEGRAL = 1e-6
_MOST_KINDS = 400
_UNIT_LOOKS, _COUNT_LOOKS = 8, 6
_LOOK_STEPS = 25
_NO_LIMIT = (1 << 31) - 1


@dataclass(frozen=True, eq=False)
class Found:
    """The relaxation of one case."""

    bound: float
    prices: LevelPrices
    shares: NDArray[np.float64]
    """(V,) of the choice variables; empty where the case has no plan."""
    columns: NDArray[np.int32] | None
    """(n,) where no unit is split."""


class Relaxation:
    """The linear program of the root; every case is the same program with other limits."""

    def __init__(self, level: Level, is_open: NDArray[np.bool_], seed: int, cuts: Sequence[Row] = ()) -> None:
        self.level, self.cuts = level, cuts
        self.model = build_model(level, is_open, integer=False)
        self.highs = start_highs(seed)
        self.highs.setOptionValue("presolve", "off")
        self.highs.passModel(self.model.lp)
        for cut in cuts:
            limit, on_cut, values = self.model.write_row(cut)
            self.highs.addRow(limit, highspy.kHighsInf, len(on_cut), on_cut, values)
        self.size = (level.amounts[:, :, None] / level.scale.mean(axis=0)[None, :, None]).sum(axis=(1, 2))
        self.kinds = _list_kinds(level, self.model.units, self.model.columns)
        self.masks = [count_choices(level, origin, target) for origin, target in self.kinds]
        self.first_cut_row = int(self.model.lp.num_row_)
        self.first_count_row = self.first_cut_row + len(cuts)
        settled = np.flatnonzero(self.model.settled >= 0)
        self.settled_counts = np.array([m[settled, self.model.settled[settled]].sum() for m in self.masks], np.float64)
        self.counting = np.zeros((len(self.kinds), len(self.model.units)))
        for row, mask in enumerate(self.masks):
            on = np.flatnonzero(mask[self.model.units, self.model.columns]).astype(np.int32)
            self.counting[row, on] = 1.0
            self.highs.addRow(-highspy.kHighsInf, highspy.kHighsInf, len(on), on, np.ones(len(on)))
        self.kind_number = {kind: number for number, kind in enumerate(self.kinds)}
        self.limited: dict[int, tuple[float, float]] = {}
        self.cutoff = math.inf
        self.unit_gains = _Gains(len(is_open))
        self.count_gains = _Gains(len(self.kinds))

    def solve(self, is_open: NDArray[np.bool_], counts: tuple[CountSide, ...], cutoff: float) -> Found:
        """Solve one case, or stop where it is proved to cost the cutoff."""
        model, n_choices = self.model, len(self.model.units)
        upper = is_open[model.units, model.columns].astype(np.float64)
        self.highs.changeColsBounds(n_choices, np.arange(n_choices, dtype=np.int32), np.zeros(n_choices), upper)
        self._limit_counts(counts)
        self.cutoff = cutoff
        self.highs.setOptionValue("objective_bound", cutoff)
        self.highs.run()
        status = self.highs.getModelStatus()
        solution = self.highs.getSolution()
        prices = self._read(np.array(solution.row_dual), counts)
        bound = self.evaluate(prices, is_open, counts)
        if status == highspy.HighsModelStatus.kInfeasible:
            prices, bound = self._add_ray(prices, bound, is_open, counts)
        if status != highspy.HighsModelStatus.kOptimal:
            return Found(bound, prices, np.zeros(0), None)
        shares = np.array(solution.col_value)[:n_choices]
        columns = None
        if n_choices == 0 or np.abs(shares - np.rint(shares)).max() < _INTEGRAL:
            columns = model.settled.astype(np.int32)
            on = np.flatnonzero(shares > 0.5)
            columns[model.units[on]] = model.columns[on]
        return Found(bound, prices, shares, columns)

    def evaluate(self, prices: LevelPrices, is_open: NDArray[np.bool_], counts: tuple[CountSide, ...]) -> float:
        """Evaluate the bound that prices give one case."""
        values = price_choices(self.level, prices, self.cuts)
        worth = subtract_limits(self.level, prices, self.cuts)
        for side, price in zip(counts, prices.cases, strict=False):
            if price > 0:
                mask = self.masks[self.kind_number[side.of.origin, side.of.target]]
                values[mask] += price if side.at_most else -price
                worth += price * side.of.most if side.at_most else -price * (side.of.most + 1)
        values[~is_open] = np.inf
        return float(values.min(axis=1, initial=np.inf).sum()) - worth

    def _limit_counts(self, counts: tuple[CountSide, ...]) -> None:
        limits: dict[int, tuple[float, float]] = {}
        for count, at_most in counts:
            number = self.kind_number[count.origin, count.target]
            lower, upper = limits.get(number, (-highspy.kHighsInf, highspy.kHighsInf))
            limits[number] = (lower, min(upper, count.most)) if at_most else (max(lower, count.most + 1), upper)
        for number in self.limited.keys() | limits.keys():
            lower, upper = limits.get(number, (-highspy.kHighsInf, highspy.kHighsInf))
            if self.limited.get(number) != (lower, upper):
                base = self.settled_counts[number]
                self.highs.changeRowBounds(self.first_count_row + number, lower - base, upper - base)
        self.limited = limits

    def _read(self, duals: NDArray[np.float64], counts: tuple[CountSide, ...]) -> LevelPrices:
        """Read prices; the dual of a count goes to the innermost case that limits it on that side."""
        prices = read_prices(self.level, self.model, duals)
        if len(duals):
            prices = prices._replace(cuts=tuple(duals[self.first_cut_row : self.first_count_row].tolist()))
        prices = usable_prices(self.level, prices, self.cuts)
        cases = [0.0] * len(counts)
        taken = set()
        for place in range(len(counts) - 1, -1, -1):
            count, at_most = counts[place]
            number = self.kind_number[count.origin, count.target]
            dual = -duals[self.first_count_row + number] if len(duals) else 0.0
            if (number, at_most) not in taken:
                taken.add((number, at_most))
                cases[place] = max(0.0, float(dual if at_most else -dual))
        return prices._replace(cases=tuple(cases))

    def _add_ray(
        self, prices: LevelPrices, bound: float, is_open: NDArray[np.bool_], counts: tuple[CountSide, ...]
    ) -> tuple[LevelPrices, float]:
        """Follow the ray along which the bound of a case without a plan grows beyond all limits."""
        _, has_ray, values = self.highs.getDualRay()  # type: ignore[attr-defined]  # its stub lacks it
        if not has_ray:
            return prices, bound
        for sign in (1.0, -1.0):
            for power in range(0, 40, 2):
                far = self._read(sign * 2.0**power * np.array(values), counts)
                further = self.evaluate(far, is_open, counts)
                if further > bound:
                    prices, bound = far, further
                if bound >= self.cutoff * (1 + 1e-6) + 1e-6:
                    return prices, bound
        return prices, bound

    def choose_split(self, is_open: NDArray[np.bool_], found: Found) -> TreeSplit | TreeCount | None:
        """Split what raises the bound of both cases most, by a short look ahead or by what it did before."""
        if not len(found.shares):
            return None
        shares = np.zeros(is_open.shape)
        shares[self.model.units, self.model.columns] = found.shares
        column, largest = shares.argmax(axis=1), shares.max(axis=1)
        largest[self.model.settled >= 0] = 1.0
        divided = np.flatnonzero(1 - largest >= _INTEGRAL)
        if not len(divided):
            several = np.flatnonzero(is_open.sum(axis=1) > 1)
            if not len(several):
                return None
            unit = int(several[self.size[several].argmax()])
            return TreeSplit(unit, 1 << int(np.flatnonzero(is_open[unit])[0]))
        count = self.counting @ found.shares + self.settled_counts
        whole = np.floor(count + _INTEGRAL)
        rest = count - whole
        broken = np.flatnonzero((rest > 10 * _INTEGRAL) & (rest < 1 - 10 * _INTEGRAL))
        self._look_ahead(is_open, divided, column, largest, broken, whole, rest, found.bound)
        unit_merit = self.unit_gains.merit(divided, 1 - largest[divided], largest[divided])
        count_merit = self.count_gains.merit(broken, rest[broken], 1 - rest[broken])
        if len(broken) and count_merit.max() >= unit_merit.max():
            number = int(broken[count_merit.argmax()])
            return TreeCount(*self.kinds[number], int(whole[number]))
        unit = int(divided[unit_merit.argmax()])
        return TreeSplit(unit, 1 << int(column[unit]))

    def _look_ahead(
        self,
        is_open: NDArray[np.bool_],
        divided: NDArray[np.intp],
        column: NDArray[np.intp],
        largest: NDArray[np.float64],
        broken: NDArray[np.intp],
        whole: NDArray[np.float64],
        rest: NDArray[np.float64],
        bound: float,
    ) -> None:
        """Try both cases of a few units and counts not tried before, with a few simplex steps each."""
        basis = self.highs.getBasis()
        self.highs.setOptionValue("simplex_iteration_limit", _LOOK_STEPS)
        urgency = np.minimum(1 - largest[divided], 0.5) * self.size[divided]
        for unit in self.unit_gains.fresh(divided, urgency, _UNIT_LOOKS):
            mine = np.flatnonzero(self.model.units == unit).astype(np.int32)
            on = self.model.columns[mine] == column[unit]
            open_ = is_open[unit, self.model.columns[mine]]
            gains = []
            for kept in (on, ~on):
                self.highs.changeColsBounds(len(mine), mine, np.zeros(len(mine)), (open_ & kept).astype(np.float64))
                gains.append(self._try(bound))
                self.highs.changeColsBounds(len(mine), mine, np.zeros(len(mine)), open_.astype(np.float64))
                self.highs.setBasis(basis)
            self.unit_gains.add(unit, gains[0] / (1 - largest[unit]), gains[1] / largest[unit])
        for number in self.count_gains.fresh(broken, np.minimum(rest, 1 - rest)[broken], _COUNT_LOOKS):
            row, base = self.first_count_row + int(number), self.settled_counts[number]
            lower, upper = self.limited.get(int(number), (-highspy.kHighsInf, highspy.kHighsInf))
            gains = []
            for limits in ((lower, min(upper, whole[number])), (max(lower, whole[number] + 1), upper)):
                self.highs.changeRowBounds(row, limits[0] - base, limits[1] - base)
                gains.append(self._try(bound))
                self.highs.changeRowBounds(row, lower - base, upper - base)
                self.highs.setBasis(basis)
            self.count_gains.add(number, gains[0] / rest[number], gains[1] / (1 - rest[number]))
        self.highs.setOptionValue("simplex_iteration_limit", _NO_LIMIT)

    def _try(self, bound: float) -> float:
        self.highs.run()
        room = max(0.0, self.cutoff - bound)
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return room
        return min(max(self.highs.getInfo().objective_function_value - bound, 0.0), room)


class _Gains:
    """How much the bound rose by each split so far, a unit of what was divided."""

    def __init__(self, n: int) -> None:
        self.sums, self.n_seen = np.zeros((n, 2)), np.zeros(n)

    def add(self, which: np.intp, first: float, second: float) -> None:
        """Remember one look."""
        self.sums[which] += (first, second)
        self.n_seen[which] += 1

    def fresh(self, among: NDArray[np.intp], urgency: NDArray[np.float64], most: int) -> NDArray[np.intp]:
        """Pick the most urgent of those never looked at."""
        new = np.flatnonzero(self.n_seen[among] == 0)
        return among[new[np.argsort(-urgency[new], kind="stable")][:most]]

    def merit(
        self, among: NDArray[np.intp], first: NDArray[np.float64], second: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Multiply what both cases are expected to gain; those never looked at are taken for typical."""
        gains = self.sums[among] / np.maximum(self.n_seen[among], 1)[:, None]
        seen = self.n_seen[among] > 0
        gains[~seen] = gains[seen].mean(axis=0) if seen.any() else 0.0
        return np.maximum(gains[:, 0] * first, 1e-9) * np.maximum(gains[:, 1] * second, 1e-9)


def count_choices(level: Level, origin: int, target: int) -> NDArray[np.bool_]:
    """(n, k) the choices of the target by units whose first candidate is the origin; -1 for any, but no staying."""
    choices: NDArray[np.bool_] = level.candidates >= 0
    if target >= 0:
        choices &= level.candidates == target
    else:
        choices[:, 0] = False
    if origin >= 0:
        choices &= level.candidates[:, :1] == origin
    return choices


def _list_kinds(level: Level, units: NDArray[np.intp], columns: NDArray[np.intp]) -> list[tuple[int, int]]:
    """List what may be counted: pairs of territories, arrivals, departures, all; the most frequent first."""
    origin, target = level.candidates[units, 0].astype(np.int64), level.candidates[units, columns].astype(np.int64)
    n = len(level.lower)
    leaves = columns > 0
    # Numbers for pairs, with n standing for any.
    keys = np.concatenate(
        [
            (origin * (n + 1) + target)[origin >= 0],
            n * (n + 1) + target,
            (origin * (n + 1) + n)[leaves & (origin >= 0)],
            np.full(int(leaves.sum()), n * (n + 1) + n),
        ]
    )
    kinds, times = np.unique(keys, return_counts=True)
    order = np.argsort(-times, kind="stable")
    order = order[times[order] > 1][:_MOST_KINDS]
    pairs = [divmod(int(key), n + 1) for key in kinds[order]]
    return [(-1 if first == n else first, -1 if second == n else second) for first, second in pairs]
