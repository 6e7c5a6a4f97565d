"""One level at any size: prices first, then a plan from the few units that the prices leave undecided.

1. `dual`: prices and the bound they prove.
2. `fixing`: every unit on its cheapest candidate, and the core of those that are nearly undecided.
3. `local_search`: anneal the core, with penalties that close the bands more tightly from stage to stage.
4. Again, longer and from the best plan, until the gap is reached or the work is done.

The result is never worse than the plan it was started from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.coupling import (
    couple,
    fold_prices,
    measure_cost,
    measure_excess,
    measure_rows,
    measure_violation,
)
from evenhand.plan.solver.dual import price_rows
from evenhand.plan.solver.fixing import cut_core
from evenhand.plan.solver.level import LevelResult
from evenhand.plan.solver.local_search import Penalties, Schedule, anneal
from evenhand.plan.solver.parallel import Partitions, Workforce

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling
    from evenhand.plan.solver.dual import Dual
    from evenhand.plan.solver.fixing import Core
    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.stop import Stop, Watch

_TOLERANCE = 1e-9
_CHOICES_PER_ROW = 16
_STEPS_PER_UNIT = 800
_MOST_ROUNDS = 3
_PENALTY_STAGES = ((1.5, 0.1, 0.003, 1.0), (3.0, 0.03, 0.001, 0.5), (10.0, 0.01, 0.001, 0.5))
"""Penalty in row prices; hottest and coldest in mean row prices; share of the steps."""


@dataclass(frozen=True, eq=False)
class _Plan:
    """A choice for every unit, ordered by how well it keeps the limits, then by its objective."""

    columns: NDArray[np.int32]
    cost: float
    violation: float
    rank: tuple[float, float, float]
    """Excess of counting rows, violation above the cap, objective."""

    @property
    def is_valid(self) -> bool:
        return self.rank[0] <= 0 and self.rank[1] <= 0


def solve_level(
    level: Level,
    *,
    start_columns: NDArray[np.integer] | None = None,
    start_prices: NDArray[np.float64] | None = None,
    stop: Stop,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[float, float], None] | None = None,
) -> LevelResult:
    """Find a nearly best plan of one level, and the prices that prove it.

    Parameters
    ----------
    level
        What is to be least, and the limits. Bands that are hard may turn out not to be reachable: the result
        then has `violation` above the cap, and a `bound` above the cost of any plan where that is proved.
    start_columns
        (n,) a plan to start from; the result is no worse.
    start_prices
        (T, M) prices of the bands to start from, say those of a neighbouring scenario.
    stop
        Gap, seconds, work and cancel.
    seed
        Of the local search.
    executor
        Runs the passes over partitions of the units; None for threads of its own. The plan is the same.
    on_progress
        Called now and then with objective and bound.
    """
    watch = stop.start()
    coupling = couple(level)
    if not coupling.n_units:
        return _finish_empty(level, coupling)
    with Workforce(executor) as workforce:
        partitions = Partitions(coupling, workforce)
        dual = price_rows(coupling, partitions, start=_spread(coupling, start_prices), is_over=watch.is_over)
        watch.n_work += dual.n_passes * coupling.n_units
        cheapest, _ = partitions.regrets(dual.prices)
        search = _Search(coupling, dual, stop, watch, seed, on_progress)
        search.offer(cheapest)
        if start_columns is not None:
            search.offer(start_columns.astype(np.int32))
        search.run(cheapest)
    return search.finish(level)


def _spread(coupling: Coupling, prices: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """Prices of all rows from those of the bands; counting rows start at nothing."""
    if prices is None:
        return None
    rows = np.zeros(len(coupling.lower))
    rows[: coupling.n_band_rows] = (prices * coupling.unit).ravel()
    return rows


class _Search:
    """The search for a plan, with the best one so far."""

    def __init__(
        self,
        coupling: Coupling,
        dual: Dual,
        stop: Stop,
        watch: Watch,
        seed: int,
        on_progress: Callable[[float, float], None] | None,
    ) -> None:
        self.coupling, self.dual, self.stop, self.watch, self.seed = coupling, dual, stop, watch, seed
        self.on_progress = on_progress
        self.best: _Plan | None = None
        priced = np.abs(dual.prices)
        priced = priced[priced > 1e-3 * priced.max(initial=0.0)]
        positive = coupling.costs[(coupling.costs > 0) & (coupling.candidates >= 0)]
        cost_unit = float(positive.mean()) if len(positive) else self._violation_unit()
        self.price_unit = float(priced.mean()) if len(priced) else cost_unit
        whole = not len(positive) or bool(np.all(positive == np.round(positive)))
        self.step = 1.0 if whole and len(positive) and coupling.violation_cap is not None else 0.0

    def _violation_unit(self) -> float:
        return self.coupling.violation_price * float(np.median(self.coupling.weight[self.coupling.weight > 0]))

    @property
    def bound(self) -> float:
        """The bound, rounded up where the objective is a whole number."""
        if self.step and np.isfinite(self.dual.bound):
            return float(np.ceil(self.dual.bound / self.step - 1e-6) * self.step)
        return self.dual.bound

    def offer(self, columns: NDArray[np.int32]) -> bool:
        """Keep the plan if it is the best so far."""
        coupling = self.coupling
        if (coupling.candidates[np.arange(coupling.n_units), columns] < 0).any():
            return False
        load = measure_rows(coupling, columns)
        violation = measure_violation(coupling, load)
        cost = measure_cost(coupling, columns)
        excess = measure_excess(coupling, load)
        if coupling.violation_cap is None:
            rank = (excess, 0.0, cost + coupling.violation_price * violation)
        else:
            over = violation - coupling.violation_cap
            rank = (excess, over if over > _TOLERANCE * max(1.0, coupling.violation_cap) else 0.0, cost)
        if self.best is None or rank < self.best.rank:
            self.best = _Plan(columns, cost, violation, rank)
            return True
        return False

    def is_done(self) -> bool:
        best = self.best
        if best is None or not best.is_valid:
            return self.watch.is_over()
        gap = best.rank[2] - self.bound
        return gap <= max(self.stop.gap * abs(self.bound), _TOLERANCE) or self.watch.is_over()

    def run(self, cheapest: NDArray[np.int32]) -> None:
        """Round after round of annealing, each longer."""
        n_measures = len(self.coupling.unit)
        base, n_choices = cheapest, _CHOICES_PER_ROW * max(1, n_measures)
        for number in range(_MOST_ROUNDS):
            if self.is_done():
                return
            best = self.best
            if number and best is not None and best.is_valid:
                base = best.columns
            core = cut_core(self.coupling, self.dual.prices, base, n_per_territory=n_choices)
            self._anneal_round(core, core.find(base), number)
            if best is not None and (self.best is None or not self.best.is_valid):
                n_choices *= 2
            if self.on_progress is not None and self.best is not None:
                self.on_progress(self.best.rank[2], self.bound)

    def _anneal_round(self, core: Core, positions: NDArray[np.int32], number: int) -> None:
        n_steps = _STEPS_PER_UNIT * len(core.units) * 2**number
        heat = 1.0 if number == 0 else 0.3
        for stage, (penalty, hottest, coldest, share) in enumerate(_PENALTY_STAGES):
            if self.watch.is_over():
                return
            schedule = Schedule(
                int(share * n_steps),
                heat * hottest * self.price_unit,
                coldest * self.price_unit,
                self.seed * 1_000_003 + number * 101 + stage,
            )
            positions = anneal(core, positions, self._penalise(penalty), schedule)
            self.watch.n_work += schedule.n_steps
            self.offer(core.place(positions))
            if self.is_done():
                return

    def _penalise(self, penalty: float) -> Penalties:
        coupling = self.coupling
        banded = coupling.weight > 0
        per_unit = penalty * np.maximum(np.abs(self.dual.prices), self.price_unit)
        allowance = 0.0
        if coupling.violation_cap is None:
            per_unit[banded] = coupling.violation_price * coupling.weight[banded]
        elif coupling.violation_cap > 0:
            floor = self.price_unit / float(np.median(coupling.weight[banded]))
            multiplier = penalty * max(self.dual.violation_multiplier, floor)
            per_unit[banded] = multiplier * coupling.weight[banded]
            allowance = multiplier * coupling.violation_cap
        return Penalties(coupling.lower, coupling.upper, per_unit, banded, allowance)

    def finish(self, level: Level) -> LevelResult:
        best = self.best
        if best is None:
            raise ValueError("a unit has no candidate at all")
        bands, counting = fold_prices(self.coupling, self.dual.prices)
        row_prices = np.split(counting, np.cumsum([len(family.cap) for family in level.rows])[:-1])
        return LevelResult(
            columns=best.columns,
            cost=best.cost,
            violation=best.violation,
            bound=self.bound,
            prices=bands,
            violation_multiplier=self.dual.violation_multiplier,
            row_prices=tuple(row_prices) if level.rows else (),
        )


def _finish_empty(level: Level, coupling: Coupling) -> LevelResult:
    load = np.zeros(len(coupling.lower))
    violation = measure_violation(coupling, load)
    n_territories, n_measures = level.lower.shape
    price = coupling.violation_price if coupling.violation_cap is None else 0.0
    prices = np.zeros((n_territories, n_measures))
    if price:
        prices = np.where(level.lower > 0, -price / level.scale, 0.0)
    return LevelResult(
        columns=np.zeros(0, np.int32),
        cost=0.0,
        violation=violation,
        bound=price * violation,
        prices=prices,
        violation_multiplier=price,
        row_prices=tuple(np.zeros(len(family.cap)) for family in level.rows),
    )
