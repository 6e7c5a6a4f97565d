"""One level at any size: prices first, then a plan from the few units that the prices leave undecided.

1. `dual`: prices, the bound they prove, and a fractional plan that is near it; rounded, that plan is the start. Where
   the gap asked for is small, the fractional plan is the best one, from a core of few units (`closing`).
2. `local_search`: one search of the core ahead of all others, then among the neighbours of what is still outside. A
   plan within the gap asked for ends it here.
3. Several independent searches of the core, side by side.
4. `merging`: what they agree on is settled, the rest searched again.
5. From the best plan that keeps the limits, on without leaving them (first, where moves are counted).
6. Where a territory is still outside its bands, more of its choices are opened.
7. From 3 again, with the best plan among those merged, until the gap is reached or the work is done; then
   `neighbourhood`: exact programs over a few neighbouring territories at a time.

The result is never worse than the plan it was started from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.core import Limits
from evenhand.plan.solver.coupling import couple, fold_prices, measure_rows, measure_violation
from evenhand.plan.solver.dual import Dual, bound_at, least_multiplier, price_rows
from evenhand.plan.solver.fixing import cut_core
from evenhand.plan.solver.level import LevelResult
from evenhand.plan.solver.local_search import Schedule, anneal
from evenhand.plan.solver.merging import keep_differences
from evenhand.plan.solver.neighbourhood import (
    cut_neighbourhood,
    group_territories,
    put_back,
    solve_neighbourhood,
)
from evenhand.plan.solver.parallel import Partitions, Workforce
from evenhand.plan.solver.plans import THIN_HAIR, TOLERANCE, find_outside, find_price_unit, penalise, rate

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling
    from evenhand.plan.solver.fixing import Core
    from evenhand.plan.solver.level import Level
    from evenhand.plan.solver.plans import Plan
    from evenhand.plan.solver.stop import Stop, Watch
    from evenhand.plan.solver.tree import LevelPrices

_CHOICES_PER_ROW = 8
_N_SEARCHES = 4
_STEPS_PER_UNIT, _OPENING_STEPS = 200, 400
_MOST_ROUNDS = 8
_GROWTH = 2.0
_GIVE_UP_AFTER = 3
_MOST_NEARBY, _RINGS = 4, 2
"""How often, and how many neighbours away, a search near the territories that are outside goes."""
_MOST_OPENINGS = 5
_MOST_MENDINGS = 2
_MOST_CLOSINGS = 3
_GROUP, _GROUP_UNITS, _GROUP_NODES = 6, 110, 50
_GROUP_WORK = 2_000_000
_MOST_SEEDS = 8
_AHEAD = (0.03, 2e-3), (0.3, 20.0)
"""Temperatures and surcharges of the searches that go ahead."""
_AHEAD_STEPS = 60, 200
_MILD, _HELD = ((0.03, 1e-3), (0.1, 1e-3)), (20.0, 2000.0)
"""Temperatures and surcharges of searches that keep to the limits of the plan they start from."""
_STAYING = 1e-3
"""Cost of a move that the level doesn't count, relative to one that it does: it guides the search, not the proof."""


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
    """Find a nearly best plan of one level, and the prices that prove it.

    Parameters
    ----------
    level
        What is to be least, and the limits. Bands that are hard may turn out not to be reachable: the result
        then has `violation` above the cap, and a `bound` above the cost of any plan where that is proved.
    start_columns
        (n,) a plan to start from; the result is no worse.
    start_prices
        Prices to start from, say those of a neighbouring scenario.
    stop
        Gap, seconds, work and cancel.
    seed
        Of the local search.
    executor
        Runs the passes over partitions of the units, and the searches; None for threads of its own. The plan is
        the same.
    on_progress
        Called now and then with objective, bound and violation.
    """
    watch = stop.start()
    coupling = couple(level)
    if not coupling.n_units:
        return _finish_empty(level, coupling)
    with Workforce(executor) as workforce:
        partitions = Partitions(coupling, workforce)
        start = None if start_prices is None else _spread(coupling, start_prices)
        dual = _keep_prices(coupling, partitions, start, start_columns, stop)
        if dual is None:
            dual = price_rows(coupling, partitions, start=start, watch=watch)
        watch.n_work += dual.n_passes * coupling.n_units
        search = _Search(coupling, dual, workforce, stop, watch, seed, on_progress)
        if start_columns is not None:
            search.offer(start_columns.astype(np.int32))
        if search.best is None or not search.is_done():
            first = _round_prices(dual, partitions)
            search.offer(first)
        if not search.is_done():
            guide, guide_dual = _guide(coupling, dual, workforce, watch)
            if guide is not coupling:
                first = _round_prices(guide_dual, Partitions(guide, workforce))
                search.offer(first)
            search.run(guide, guide_dual, first, partitions)
    return search.finish(level)


def _keep_prices(
    coupling: Coupling,
    partitions: Partitions,
    start: NDArray[np.float64] | None,
    columns: NDArray[np.int32] | None,
    stop: Stop,
) -> Dual | None:
    """Keep the prices to start from where they prove enough of the plan to start from already."""
    plan = None if start is None or columns is None else rate(coupling, columns.astype(np.int32))
    if start is None or plan is None or not plan.is_valid:
        return None
    bound, _ = bound_at(coupling, partitions, start)
    if plan.objective - bound > max(stop.gap * abs(bound), TOLERANCE):
        return None
    return Dual(start, bound, least_multiplier(coupling, start), 1)


def _round_prices(dual: Dual, partitions: Partitions) -> NDArray[np.int32]:
    """Round the best fractional plan; where that isn't known, put every unit on its cheapest candidate."""
    return dual.columns if dual.columns is not None else partitions.regrets(dual.prices)[0]


def _guide(coupling: Coupling, dual: Dual, workforce: Workforce, watch: Watch) -> tuple[Coupling, Dual]:
    """Make moves that the level doesn't count cost a little, so that the search needn't wander among them.

    Bands that can be met exactly are made hard for it: a price of violation says nothing on the way there.
    """
    valid = coupling.candidates >= 0
    valid[:, 0] = False
    free = valid & (coupling.costs <= 0)
    if dual.is_ray or 10 * int(free.sum()) < int(valid.sum()):
        return coupling, dual
    positive = coupling.costs[coupling.costs > 0]
    costs = coupling.costs + np.where(free, _STAYING * float(positive.mean()) if len(positive) else 1.0, 0.0)
    is_reachable = coupling.violation_cap is None and dual.bound <= TOLERANCE and not len(positive)
    cap = 0.0 if is_reachable else coupling.violation_cap
    guide = replace(coupling, costs=costs, violation_cap=cap)
    start = None if coupling.violation_cap is None else dual.prices
    guide_dual = price_rows(guide, Partitions(guide, workforce), start=start, watch=watch)
    watch.n_work += guide_dual.n_passes * coupling.n_units
    return (coupling, dual) if guide_dual.is_ray else (guide, guide_dual)


def _spread(coupling: Coupling, prices: LevelPrices) -> NDArray[np.float64]:
    """Prices of amounts and of the families of rows, as prices of all rows."""
    return np.concatenate([(prices.bands * coupling.unit).ravel(), *prices.rows])


class _Search:
    """The search for a plan, with the best one so far."""

    def __init__(
        self,
        coupling: Coupling,
        dual: Dual,
        workforce: Workforce,
        stop: Stop,
        watch: Watch,
        seed: int,
        on_progress: Callable[[float, float, float], None] | None,
    ) -> None:
        self.coupling, self.dual, self.workforce = coupling, dual, workforce
        self.stop, self.watch, self.seed, self.on_progress = stop, watch, seed, on_progress
        self.best: Plan | None = None
        costs = coupling.costs[coupling.candidates >= 0]
        self.is_whole = coupling.violation_cap is not None and bool(np.all(costs == np.round(costs)))

    @property
    def bound(self) -> float:
        """The bound, rounded up where the objective is a whole number."""
        if self.is_whole and np.isfinite(self.dual.bound):
            return float(np.ceil(self.dual.bound - 1e-6))
        return self.dual.bound

    def offer(self, columns: NDArray[np.int32]) -> bool:
        """Keep the plan if it is the best so far."""
        plan = rate(self.coupling, columns)
        if plan is None or (self.best is not None and plan.rank >= self.best.rank):
            return False
        self.best = plan
        return True

    def is_done(self) -> bool:
        best = self.best
        if best is None or not best.is_valid:
            return self.watch.is_over()
        open_ = best.objective - self.bound
        return open_ <= max(self.stop.gap * abs(self.bound), TOLERANCE) or self.watch.is_over()

    def run(self, guide: Coupling, dual: Dual, first: NDArray[np.int32], partitions: Partitions) -> None:
        """Round after round, each longer, until the gap is reached or several rounds gain nothing."""
        hunt = _Hunt(guide, dual, self)
        if hunt.go_ahead(first):
            return
        if dual.is_near and guide is self.coupling:
            dual = self.price_finely(partitions)
            first, hunt = _round_prices(dual, partitions), _Hunt(guide, dual, self)
            if self.is_done() or hunt.go_ahead(first):
                return
        n_idle = 0
        for number in range(_MOST_ROUNDS):
            improved = hunt.search(first, number)
            if self.is_done():
                return
            improved |= hunt.open_more(number)
            improved |= hunt.mend(number)
            if number and not self.is_done():
                improved |= hunt.polish(number)
            if self.on_progress is not None and self.best is not None:
                self.on_progress(self.best.objective, self.bound, self.best.violation)
            n_idle = 0 if improved else n_idle + 1
            if self.is_done() or n_idle >= _GIVE_UP_AFTER:
                return

    def price_finely(self, partitions: Partitions) -> Dual:
        """Find the best prices after all: the gap asked for isn't reached from those that were good enough for it."""
        fine = price_rows(self.coupling, partitions, start=self.dual.prices, watch=self.watch, is_fine=True)
        self.watch.n_work += fine.n_passes * self.coupling.n_units
        if fine.bound > self.dual.bound:
            self.dual = fine
        return fine

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
            solver_bound=self.bound,
            n_work=self.watch.n_work,
            is_interrupted=self.watch.is_interrupted,
        )


class _Hunt:
    """The steps of a round, from one plan to the next."""

    def __init__(self, guide: Coupling, dual: Dual, search: _Search) -> None:
        self.guide, self.dual, self.search_ = guide, dual, search
        self.workforce, self.watch = search.workforce, search.watch
        n_measures = max(1, len(guide.unit))
        self.n_territories = guide.n_band_rows // n_measures
        self.n_choices = np.full(self.n_territories, _CHOICES_PER_ROW * n_measures, np.int64)
        self.unit = find_price_unit(guide, dual)
        self.penalties = penalise(guide, dual, self.unit)
        self.closely = penalise(guide, dual, self.unit, THIN_HAIR)
        self.columns = np.zeros(guide.n_units, np.int32)
        self.n_core = 0

    def _schedule(
        self, n_steps: int, heat: tuple[float, float], surcharge: tuple[float, float], number: int, draw: int
    ) -> Schedule:
        self.watch.n_work += n_steps
        at = (self.search_.seed * 1009 + number) * 101 + draw
        return Schedule(n_steps, heat[0] * self.unit, heat[1] * self.unit, *surcharge, at)

    def _cut(self, plan: NDArray[np.int32], n_choices: NDArray[np.int64]) -> Core:
        return cut_core(self.guide, self.dual.prices, plan, n_choices=n_choices)

    def search(self, first: NDArray[np.int32], number: int) -> bool:
        """Search the core several times side by side and merge the plans, the best so far among them."""
        if self.search_.is_done():
            return False
        core = self._cut(first, self.n_choices)
        self.n_core = len(core.units)
        n_steps = round(_STEPS_PER_UNIT * _GROWTH**number) * self.n_core
        start = core.find(first)
        heat = (0.1, 0.002)
        left = self.watch.seconds_left
        tasks = [
            (core, start, self.penalties, self._schedule(n_steps, heat, (0.3, 4.0), number, draw), left)
            for draw in range(_N_SEARCHES)
        ]
        plans = self.workforce.run(anneal, tasks)
        best = self.search_.best
        if best is not None and best.is_valid:
            known = core.find(best.columns)
            if np.array_equal(core.place(known), best.columns):
                plans.append(known)
        smaller, positions = keep_differences(core, plans)
        final = self._schedule(2 * n_steps, heat, (0.3, 20.0), number, 11)
        self.columns = smaller.place(anneal(smaller, positions, self.penalties, final, self.watch.seconds_left))
        improved = self.search_.offer(self.columns)
        if self._is_outside().any():
            improved |= self._insist(core, number, 12)
        return improved | self.refine(number)

    def go_ahead(self, first: NDArray[np.int32]) -> bool:
        """Search alone, first shortly: often enough where the gap asked for isn't small.

        Where moves are counted, what leaves the limits seldom comes back better: first on from the best plan.
        """
        core = self._cut(first, self.n_choices)
        self.n_core = len(core.units)
        if self.guide.counts.shape[2] and self.refine(0) and self.search_.is_done():
            return True
        for draw, n_steps in enumerate(_AHEAD_STEPS):
            schedule = self._schedule(n_steps * self.n_core, *_AHEAD, 0, 30 + draw)
            self.columns = core.place(anneal(core, core.find(first), self.penalties, schedule, self.watch.seconds_left))
            self.search_.offer(self.columns)
            self._mend_nearby(0)
            if self.search_.is_done():
                return True
        return False

    def _mend_nearby(self, number: int) -> None:
        """Open more choices of the few territories that are outside, and search among their neighbours alone."""
        candidates = self.guide.candidates
        for attempt in range(_MOST_NEARBY):
            outside = self._is_outside()
            if not 0 < outside.sum() <= _few(self.n_territories) or self.search_.is_done():
                return
            is_near = outside.copy()
            for _ in range(_RINGS):
                shared = candidates[(is_near[candidates] & (candidates >= 0)).any(axis=1)]
                is_near[shared[shared >= 0]] = True
            opened = np.where(is_near, self.n_choices, 0) * np.where(outside, 4**attempt, 1)
            self._insist(self._cut(self.columns, opened), number, 41 + attempt)

    def _insist(self, core: Core, number: int, draw: int) -> bool:
        """Bring inside what is a little outside where nothing cheap helps, at whatever cost."""
        schedule = self._schedule(_STEPS_PER_UNIT * len(core.units), (0.1, 0.002), (10.0, 2000.0), number, draw)
        self.columns = core.place(
            anneal(core, core.find(self.columns), self.closely, schedule, self.watch.seconds_left)
        )
        return self.search_.offer(self.columns)

    def refine(self, number: int) -> bool:
        """Search on from the best plan where leaving the limits costs more than it can save.

        Where a count holds a plan to as few moves as the level before found, searches from the prices end a move or
        two above it. This one never does, and makes the same number of moves with other units.
        """
        best = self.search_.best
        if best is None or not best.is_valid or self.search_.is_done():
            return False
        core = self._cut(best.columns, self.n_choices)
        start = core.find(best.columns)
        n_steps = round(_STEPS_PER_UNIT * _GROWTH**number) * len(core.units)
        left = self.watch.seconds_left
        tasks = [
            (core, start, self.penalties, self._schedule(n_steps, heat, _HELD, number, 50 + draw), left)
            for draw, heat in enumerate(_MILD)
        ]
        improved = False
        for positions in self.workforce.run(anneal, tasks):
            improved |= self.search_.offer(core.place(positions))
        return improved

    def _is_outside(self) -> NDArray[np.bool_]:
        outside = find_outside(self.guide, self.columns)
        return outside if self.guide.violation_cap is not None else np.zeros_like(outside)

    def open_more(self, number: int) -> bool:
        """Open more choices of the territories that are still outside their bands."""
        improved = False
        opened = self.n_choices
        for opening in range(_MOST_OPENINGS):
            outside = self._is_outside()
            if not outside.any() or self.search_.is_done():
                break
            if number == 0 and outside.sum() > _few(self.n_territories):
                break
            opened = np.where(outside, np.minimum(opened * 2, self.guide.n_units), opened)
            core = self._cut(self.columns, opened)
            start = core.find(self.columns)
            n_steps, draw = _OPENING_STEPS * self.n_core, 20 + 10 * opening
            left = self.watch.seconds_left
            tasks = [
                (
                    core,
                    start,
                    self.penalties,
                    self._schedule(n_steps, (0.1, 1e-3), (0.5, 10.0), number, draw + one),
                    left,
                )
                for one in range(_N_SEARCHES - 1)
            ]
            smaller, positions = keep_differences(core, self.workforce.run(anneal, tasks))
            final = self._schedule(2 * n_steps, (0.1, 1e-3), (0.5, 40.0), number, draw + 9)
            self.columns = smaller.place(anneal(smaller, positions, self.penalties, final, self.watch.seconds_left))
            improved |= self.search_.offer(self.columns)
        return improved | self._close(opened, number)

    def _close(self, opened: NDArray[np.int64], number: int) -> bool:
        """Bring the last few territories inside, whatever that costs."""
        improved = False
        for attempt in range(_MOST_CLOSINGS):
            outside = self._is_outside()
            if not 0 < outside.sum() <= 2 * _few(self.n_territories) or self.search_.is_done():
                break
            opened = np.where(outside, np.minimum(opened * 3, self.guide.n_units), opened)
            core = self._cut(self.columns, opened)
            n_steps = 4 * _OPENING_STEPS * self.n_core
            schedule = self._schedule(
                n_steps, (0.1, 1e-4), (10.0 * 4**attempt, 300.0 * 20**attempt), number, 90 + attempt
            )
            self.columns = core.place(
                anneal(core, core.find(self.columns), self.penalties, schedule, self.watch.seconds_left)
            )
            improved |= self.search_.offer(self.columns)
        return improved

    def mend(self, number: int) -> bool:
        """Solve exact programs round the territories that are still outside their bands."""
        improved = False
        for attempt in range(_MOST_MENDINGS):
            outside = self._is_outside()
            if not outside.any() or outside.sum() > _few(self.n_territories) or self.search_.is_done():
                break
            weight = self.guide.weight
            price = 20.0 * float(np.abs(self.dual.prices).max()) + 20.0 * self.unit
            limits = Limits(self.guide.lower, self.guide.upper, weight, price / float(np.median(weight[weight > 0])))
            seeds = np.flatnonzero(outside)
            self._solve_groups(limits, seeds, number * 10 + attempt)
            improved |= self.search_.offer(self.columns)
        return improved

    def polish(self, number: int) -> bool:
        """Solve exact programs all over the best plan."""
        best = self.search_.best
        if best is None or not best.is_valid or self.guide.violation_cap is None:
            return False
        self.columns = best.columns
        limits = Limits(self.guide.lower, self.guide.upper, self.guide.weight, np.inf)
        order = np.random.default_rng([self.search_.seed, number]).permutation(self.n_territories)
        self._solve_groups(limits, order[:_MOST_SEEDS], number)
        return self.search_.offer(self.columns)

    def _solve_groups(self, limits: Limits, seeds: NDArray[np.intp], number: int) -> None:
        core = self._cut(self.columns, self.n_choices)
        positions = core.find(self.columns)
        groups = group_territories(core, seeds, self.n_territories, _GROUP)
        hoods = []
        for group in groups:
            hood = cut_neighbourhood(
                core, positions, group, limits, n_territories=self.n_territories, most_units=_GROUP_UNITS
            )
            if hood is not None:
                hoods.append(hood)
        seconds = self.watch.seconds_left
        tasks = [(hood, self.search_.seed + number, _GROUP_NODES, seconds) for hood in hoods]
        self.watch.n_work += _GROUP_WORK * len(tasks)
        for hood, found in zip(hoods, self.workforce.run(solve_neighbourhood, tasks), strict=True):
            positions = put_back(positions, hood, found)
        self.columns = core.place(positions)


def _few(n_territories: int) -> int:
    """Territories outside their bands that are mended; where more are, a longer search is the better way."""
    return 2 + n_territories // 20


def _finish_empty(level: Level, coupling: Coupling) -> LevelResult:
    violation = measure_violation(coupling, measure_rows(coupling, np.zeros(0, np.int32)))
    price = coupling.violation_price if coupling.violation_cap is None else 0.0
    return LevelResult(
        columns=np.zeros(0, np.int32),
        cost=0.0,
        violation=violation,
        bound=price * violation,
        prices=np.where(level.lower > 0, -price / level.scale, 0.0),
        violation_multiplier=price,
        row_prices=tuple(np.zeros(len(family.cap)) for family in level.rows),
    )
