"""Cut off what no whole units can come to, round after round, before anything is split into cases.

Each round solves the linear program, adds up its rows as its basis suggests (and each tight band alone, divided by what
its divided units bring), rounds (`rounding`), and keeps the rows that the solution breaks most. What the prices then
prove is several times as near to the best plan, and most choices can be struck.

References
----------
.. [1] E. Balas, S. Ceria, G. Cornuéjols, N. Natraj (1996), Gomory cuts revisited, Operations Research Letters 19,
   doi:10.1016/0167-6377(96)00007-7.
.. [2] H. Marchand, L. A. Wolsey (2001), Aggregation and mixed integer rounding to solve MIPs, Operations Research 49,
   doi:10.1287/opre.49.3.363.11211.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highspy
import numpy as np

from evenhand.plan.solver.lagrangian import price_choices, subtract_limits, usable_prices
from evenhand.plan.solver.model import Model, build_model, read_prices, start_highs
from evenhand.plan.solver.rounding import Bands, Row, pick_bases, round_rows
from evenhand.plan.solver.tree import LevelPrices, TreeCut

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evenhand.plan.solver.level import Level

_MOST_ROUNDS, _PATIENCE, _LEAST_GAIN = 20, 3, 0.03
"""Rounds; and those without closing so large a share of what is open after which no more are tried."""
_MOST_PER_ROUND, _MOST_LOOKS = 25, 40
_LEAST_BROKEN = 1e-4
"""How far, ÷ its length, a row has to be broken to be worth having."""
_ALIKE = 0.9
_DIVIDED = 0.02
_MOST_DIVISORS, _MULTIPLES = 12, (1, 2, 3)
_NEGLIGIBLE = 1e-9
_MARGIN = 1e-7


@dataclass(frozen=True, eq=False)
class Cuts:
    """The cuts of a level, what they prove, and what is left open."""

    made: tuple[TreeCut, ...]
    rows: tuple[Row, ...]
    prices: LevelPrices
    bound: float


def cut_level(
    level: Level,
    is_open: NDArray[np.bool_],
    prices: LevelPrices,
    *,
    target: float,
    is_over: Callable[[], bool],
    seed: int,
) -> Cuts:
    """Raise the bound by cuts, until it reaches the target or rounds gain little.

    Parameters
    ----------
    level
        What to minimise.
    is_open
        (n, k) the choices that can be made.
    prices
        Of the linear program without cuts.
    target
        The bound that is good enough; choices that would cost more needn't be considered.
    is_over
        Asked before each round.
    seed
        Breaks ties inside HiGHS.
    """
    # All units take part, also those with one choice: cuts made of cuts magnify the last digit, so the rows have to be
    # worked out here exactly as the check does.
    return _list_changes(_Cutting(level, is_open, prices, target, seed).run(is_over), is_open)


def _list_changes(found: Cuts, is_open: NDArray[np.bool_]) -> Cuts:
    """Say of each cut which bases are others than those of the cut before."""
    made = []
    written = np.zeros(len(is_open), np.intp)
    for cut in found.made:
        changed = np.flatnonzero(pick_bases(is_open, written) != pick_bases(is_open, cut.bases))
        written[changed] = cut.bases[changed]
        made.append(replace(cut, changes=tuple((int(unit), int(cut.bases[unit])) for unit in changed)))
    return replace(found, made=tuple(made))


class _Cutting:
    """The rounds: rows found so far, those in the program, the choices left in it."""

    def __init__(self, level: Level, is_open: NDArray[np.bool_], prices: LevelPrices, target: float, seed: int) -> None:
        self.level, self.is_open, self.target, self.seed = level, is_open, target, seed
        place = np.maximum(level.candidates, 0)
        self.bands = Bands(place, level.amounts, level.lower, level.upper, level.scale)
        self.made: list[TreeCut] = []
        self.rows: list[Row] = []
        self.active: list[int] = []
        self.left = is_open
        self.best = prices
        self.bound = _evaluate(level, prices, (), is_open)[1]

    def run(self, is_over: Callable[[], bool]) -> Cuts:
        n_idle = 0
        program = _Program(self.level, self.left, self.rows, [], self.seed)
        for number in range(_MOST_ROUNDS):
            if not program.solve():
                break
            before = self.bound
            self._note(program)
            n_idle = n_idle + 1 if self.bound - before < _LEAST_GAIN * (self.target - before) else 0
            if self.bound >= self.target or n_idle >= _PATIENCE or number == _MOST_ROUNDS - 1 or is_over():
                break
            found = self._separate(program)
            if not found:
                break
            self.active += found
            program = _Program(self.level, self.left, self.rows, self.active, self.seed)
        return self._gather()

    def _note(self, program: _Program) -> None:
        """Keep the prices if they prove more; drop rows without a price and choices that are too dear."""
        prices = program.read_prices()
        values, bound = _evaluate(self.level, prices, program.cuts, self.is_open)
        whole = np.zeros(len(self.rows))
        whole[self.active] = prices.cuts or 0.0
        if bound > self.bound:
            self.bound, self.best = bound, prices._replace(cuts=tuple(whole.tolist()))
        self.active = [c for c in self.active if whole[c] > 0]
        regret = values - values.min(axis=1, keepdims=True)
        self.left = self.left & ~(bound + regret >= self.target + _MARGIN * max(1.0, abs(self.target)))
        self.left[np.arange(len(values)), values.argmin(axis=1)] = True

    def _separate(self, program: _Program) -> list[int]:
        """Make the rows that the solution breaks most; their numbers."""
        shares = program.shares
        bases = shares.argmax(axis=1)
        tried: list[tuple[float, TreeCut, Row]] = []
        for cut in program.suggest(bases):
            self._try(cut, shares, tried)
        for t, m, is_upper in program.tight_bands():
            size = self._pick_divisor(shares, bases, t, m, is_upper=is_upper)
            if size > 0:
                least, most = np.zeros(self.level.lower.shape), np.zeros(self.level.lower.shape)
                (most if is_upper else least)[t, m] = 1.0 / size
                self._try(TreeCut(least, most, program.no_rows, (), bases), shares, tried)
        tried.sort(key=lambda each: -each[0])
        numbers: list[int] = []
        chosen: list[NDArray[np.float64]] = []
        for _, cut, row in tried:
            direction = np.where(self.left, row.coefficients, 0.0)
            direction = direction - direction[np.arange(len(bases)), bases][:, None]
            direction = direction[self.left]
            direction /= max(float(np.sqrt((direction**2).sum())), 1e-300)
            if any(float((direction * other).sum()) > _ALIKE for other in chosen):
                continue
            chosen.append(direction)
            numbers.append(len(self.rows))
            self.rows.append(row)
            self.made.append(cut)
            if len(numbers) >= _MOST_PER_ROUND:
                break
        return numbers

    def _pick_divisor(
        self, shares: NDArray[np.float64], bases: NDArray[np.intp], t: int, m: int, *, is_upper: bool
    ) -> float:
        """Pick the amount by which to divide one band so that its rounded row is broken most; 0 for none."""
        rows = np.arange(len(bases))
        of_band = np.where(self.level.candidates == t, self.level.amounts[:, m : m + 1], 0.0)
        sign, limit = (-1.0, -self.level.upper[t, m]) if is_upper else (1.0, self.level.lower[t, m])
        if not np.isfinite(limit):
            return 0.0
        start = sign * of_band[rows, bases]
        alpha = np.where(self.left, sign * of_band - start[:, None], 0.0)
        on = alpha != 0
        entries, weights = alpha[on], shares[on]
        divided = (weights > _NEGLIGIBLE) & (weights < 1 - _NEGLIGIBLE)
        sizes = np.unique(np.abs(entries[divided]))
        sizes = sizes[:: -(-len(sizes) // _MOST_DIVISORS) or 1]
        sizes = np.concatenate([sizes / multiple for multiple in _MULTIPLES])
        if not len(sizes):
            return 0.0
        scaled = entries[None, :] / sizes[:, None]
        beta = (limit - start.sum()) / sizes
        fraction = np.maximum(beta - np.floor(beta), 1e-3)
        floor = np.floor(scaled)
        rounded = floor + np.minimum((scaled - floor) / fraction[:, None], 1.0)
        missing = np.floor(beta) + 1 - (rounded * weights).sum(axis=1)
        missing /= np.maximum(np.sqrt((rounded**2).sum(axis=1)), 1e-300)
        best = int(missing.argmax())
        return float(sizes[best]) if missing[best] > _LEAST_BROKEN else 0.0

    def _try(self, cut: TreeCut, shares: NDArray[np.float64], tried: list[tuple[float, TreeCut, Row]]) -> None:
        """Round, and keep what the solution breaks."""
        row = derive_row(self.level, self.bands, cut, self.rows, self.is_open)
        if row is None:
            return
        open_ = np.where(self.left, row.coefficients, 0.0)
        open_ = np.where(self.left, open_ - open_[np.arange(len(shares)), cut.bases][:, None], 0.0)
        length = float(np.linalg.norm(open_))
        missing = row.limit - float((row.coefficients * shares).sum())
        if length > 0 and missing > _LEAST_BROKEN * length:
            tried.append((missing / length, cut, row))

    def _gather(self) -> Cuts:
        """Keep the cuts that have a price, and those they are made of, numbered anew."""
        prices = np.zeros(len(self.rows))
        prices[: len(self.best.cuts)] = self.best.cuts
        needed = prices > 0
        for number in range(len(self.made) - 1, -1, -1):
            if needed[number]:
                needed[[earlier for earlier, _ in self.made[number].earlier]] = True
        place = np.cumsum(needed) - 1
        made = tuple(
            replace(cut, earlier=tuple((int(place[number]), factor) for number, factor in cut.earlier))
            for cut, is_needed in zip(self.made, needed, strict=True)
            if is_needed
        )
        rows = tuple(row for row, is_needed in zip(self.rows, needed, strict=True) if is_needed)
        best = self.best._replace(cuts=tuple(prices[needed].tolist()))
        return Cuts(made, rows, best, self.bound)


def derive_row(level: Level, bands: Bands, cut: TreeCut, rows: list[Row], is_open: NDArray[np.bool_]) -> Row | None:
    """Work the row of a cut out."""
    none = np.zeros((2, *level.scale.shape))
    others = [(factor, rows[number]) for number, factor in cut.earlier]
    for family, factors in zip(level.rows, cut.rows, strict=True):
        for r in np.flatnonzero(factors):
            counted = -(family.index == r).astype(np.float64)
            others.append((float(factors[r]), Row(counted, -float(family.cap[r]), none)))
    return round_rows(bands, cut.at_least, cut.at_most, others, pick_bases(is_open, cut.bases), is_open)


def _evaluate(
    level: Level, prices: LevelPrices, cuts: tuple[Row, ...] | list[Row], is_open: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """(n, k) what every choice costs at these prices, and the bound that follows."""
    values = np.where(is_open, price_choices(level, prices, cuts), np.inf)
    return values, float(values.min(axis=1, initial=np.inf).sum()) - subtract_limits(level, prices, cuts)


class _Program:
    """The linear program of one round, with its cuts as rows."""

    def __init__(
        self, level: Level, is_open: NDArray[np.bool_], rows: list[Row], numbers: list[int], seed: int
    ) -> None:
        self.level, self.numbers, self.cuts = level, numbers, [rows[c] for c in numbers]
        self.model: Model = build_model(level, is_open, integer=False)
        self.highs = start_highs(seed)
        self.highs.setOptionValue("presolve", "off")
        self.highs.passModel(self.model.lp)
        self.first_cut = int(self.model.lp.num_row_)
        for cut in self.cuts:
            limit, columns, values = self.model.write_row(cut)
            self.highs.addRow(limit, highspy.kHighsInf, len(columns), columns, values)
        self.no_rows = tuple(np.zeros(len(family.cap)) for family in level.rows)
        self.shares = np.zeros(is_open.shape)

    def solve(self) -> bool:
        """Solve it; whether that went well."""
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self.highs.getSolution()
        self.duals = np.array(solution.row_dual)
        self.values = np.array(solution.col_value)[: len(self.model.units)]
        constant = np.flatnonzero(self.model.settled >= 0)
        self.shares[constant, self.model.settled[constant]] = 1.0
        self.shares[self.model.units, self.model.columns] = self.values
        return True

    def read_prices(self) -> LevelPrices:
        """Turn the duals into prices."""
        of_cuts = tuple(np.maximum(self.duals[self.first_cut :], 0.0).tolist())
        prices = read_prices(self.level, self.model, self.duals)._replace(cuts=of_cuts)
        return usable_prices(self.level, prices, self.cuts)

    def tight_bands(self) -> list[tuple[int, int, bool]]:
        """List territory, measure and side of the bands that have a price."""
        first = self.model.n_unit_rows
        of_rows = self.duals[first : first + len(self.model.band_rows)]
        n_measures = self.level.lower.shape[1]
        return [
            (int(self.model.band_rows[b]) // n_measures, int(self.model.band_rows[b]) % n_measures, of_rows[b] < 0)
            for b in np.flatnonzero(np.abs(of_rows) > _NEGLIGIBLE)
        ]

    def suggest(self, bases: NDArray[np.intp]) -> list[TreeCut]:
        """Suggest multipliers: for each divided choice, the rows that the basis makes it from."""
        if not len(self.values):
            return []
        _, basic = self.highs.getBasicVariables()  # type: ignore[attr-defined]  # its stub lacks it
        basic = np.asarray(basic)
        is_choice = (basic >= 0) & (basic < len(self.values))
        share = np.where(is_choice, self.values[np.where(is_choice, basic, 0)], 0.0)
        units, columns = self.model.units, self.model.columns
        wanted = np.flatnonzero((share > _DIVIDED) & (share < 1 - _DIVIDED))
        wanted = wanted[columns[basic[wanted]] != bases[units[basic[wanted]]]]
        urgent = np.argsort(-np.minimum(share[wanted], 1 - share[wanted]), kind="stable")[:_MOST_LOOKS]
        status = self.highs.getBasis().row_status
        first = self.model.n_unit_rows
        at_lower = np.array([s == highspy.HighsBasisStatus.kLower for s in status[first:]])
        at_upper = np.array([s == highspy.HighsBasisStatus.kUpper for s in status[first:]])
        cuts = []
        for place in wanted[urgent]:
            _, of_rows = self.highs.getBasisInverseRow(int(place))  # type: ignore[attr-defined]  # its stub lacks it
            factor = np.asarray(of_rows)[first:]
            factor = np.where(np.abs(factor) > _NEGLIGIBLE, factor, 0.0)
            cuts.append(self._read_factors(factor, at_lower, at_upper, bases))
        return cuts

    def _read_factors(
        self,
        factor: NDArray[np.float64],
        at_lower: NDArray[np.bool_],
        at_upper: NDArray[np.bool_],
        bases: NDArray[np.intp],
    ) -> TreeCut:
        """Turn multipliers of the program's rows into those of rows of the form ≥."""
        scale = self.level.scale.ravel()
        n_bands, first = len(self.model.band_rows), self.model.n_unit_rows
        tables = []
        for on, sign in ((at_lower, 1.0), (at_upper, -1.0)):
            flat = np.zeros(scale.shape)
            flat[self.model.band_rows] = sign * np.where(on, factor, 0.0)[:n_bands]
            tables.append((flat / scale).reshape(self.level.scale.shape))
        families = tuple(
            -np.where(at_upper, factor, 0.0)[start - first : start - first + len(family.cap)]
            for start, family in zip(self.model.row_starts, self.level.rows, strict=True)
        )
        of_cuts = np.where(at_lower, factor, 0.0)[self.first_cut - first :]
        earlier = tuple((self.numbers[c], float(of_cuts[c])) for c in np.flatnonzero(of_cuts))
        return TreeCut(tables[0], tables[1], families, earlier, bases)
