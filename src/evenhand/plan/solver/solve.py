"""Solve a problem: take it apart, solve each part in the order of importance, join, prove."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.solver.certificate import COST, VIOLATION, Certificate, Count, Cut, Part, Split
from evenhand.plan.solver.check import check
from evenhand.plan.solver.clash import explain_clash
from evenhand.plan.solver.components import split_problem
from evenhand.plan.solver.lexicographic import Solved, pick_start, share_out, solve_in_order, write_prices
from evenhand.plan.solver.method import find_start, is_exact, pick_method
from evenhand.plan.solver.narrowing import keep_measures, keep_prices, spread_prices
from evenhand.plan.solver.result import Progress, Result
from evenhand.plan.solver.start import start_columns
from evenhand.plan.solver.stop import Stop
from evenhand.plan.solver.widening import widen_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from numpy.typing import NDArray

    from evenhand.plan.solver.certificate import Node
    from evenhand.plan.solver.check import Check
    from evenhand.plan.solver.components import Component
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.result import Status
    from evenhand.plan.solver.stop import Watch

_SAME = 1e-9
PROVED_GAP = 1e-4
"""A plan this close to its bound is called optimal."""
_START_SHARE = 0.6
"""Of the seconds: nothing that comes later makes up for a band that is left unmet."""
_TICK_SECONDS = 0.2
"""How often `cancel` is asked while parts are solved elsewhere."""


def solve(
    problem: Problem,
    stop: Stop | None = None,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    start_prices: Certificate | None = None,
) -> Result:
    """Find the plan that violates the bands least, moves least, and costs least, in that order, with proof.

    Parameters
    ----------
    problem
        Which unit may go where, at what cost, and how even it has to come out.
    stop
        When to stop; by default at a gap of 0.1 %, however long that takes.
    seed
        Breaks ties; the same seed gives the same plan.
    executor
        Threads, processes or a cluster to spread the work on; the plan is the same.
    on_progress
        Told how far it is.
    start_prices
        The certificate of a plan for a similar problem, to start from.

    Returns
    -------
    Result
        The plan, its figures and the certificate that `check` verifies.
    """
    stop = Stop() if stop is None else stop
    return solve_from(
        problem, None, stop, seed=seed, executor=executor, on_progress=on_progress, start_prices=start_prices
    )


def solve_from(
    problem: Problem,
    start: NDArray[np.integer] | None,
    stop: Stop,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    start_prices: Certificate | None = None,
    is_brief: bool = False,
) -> Result:
    """Solve from a plan, (n,) columns; None for none. The result is no worse than the plan.

    With `is_brief`, small problems aren't proved to the last: a plan and prices of a neighbour are good starts.
    """
    watch = stop.start()
    order = np.arange(problem.n_units) if problem.ids is None else np.argsort(problem.ids, kind="stable")
    ordered = problem if problem.ids is None else _reorder(problem, order)
    components = split_problem(ordered)
    starts = [None if start is None else start[order[component.units]].astype(np.int32) for component in components]
    solved = _solve_components(components, starts, stop, seed, executor, on_progress, start_prices, is_brief=is_brief)

    columns = np.zeros(problem.n_units, np.int32)
    parts = []
    for component, part in zip(components, solved, strict=True):
        rows = order[component.units]
        columns[rows] = part.columns
        levels = {name: _renumber(nodes, rows, component.territories) for name, nodes in part.nodes.items()}
        parts.append(Part(component.territories, levels))
    return conclude(
        problem,
        columns,
        Certificate(tuple(parts)),
        solved_bounds=[part.solver_bounds for part in solved],
        is_interrupted=any(part.is_interrupted for part in solved),
        n_work=sum(part.n_work for part in solved),
        watch=watch,
        seed=seed,
    )


def conclude(
    problem: Problem,
    columns: NDArray[np.int32],
    certificate: Certificate,
    *,
    solved_bounds: list[dict[str, float]],
    is_interrupted: bool,
    n_work: int,
    watch: Watch,
    seed: int,
    seconds: float | None = None,
) -> Result:
    """Check a plan with its certificate and say what both come to."""
    assignment = problem.candidates[np.arange(problem.n_units), columns] if problem.n_units else columns
    proof = check(problem, assignment, certificate)
    clash = None
    if proof.levels[0].name == VIOLATION and proof.levels[0].bound > 0:
        clash = explain_clash(problem, columns, certificate, seed=seed, watch=watch)
    return Result(
        assignment=assignment.astype(np.int32),
        status=_name_status(problem, proof, is_interrupted=is_interrupted),
        violation=proof.violation,
        moves_by_grade=proof.moves_by_grade,
        cost=proof.cost,
        objective=proof.objective,
        bound=proof.bound,
        gap=proof.gap,
        levels=proof.levels,
        prices=certificate,
        seconds=watch.seconds if seconds is None else seconds,
        solver_bounds=_join_solver_bounds(proof, solved_bounds),
        excess_moves=proof.excess_moves,
        clash=clash,
        n_work=n_work,
    )


def _solve_components(
    components: tuple[Component, ...],
    starts: list[NDArray[np.int32] | None],
    stop: Stop,
    seed: int,
    executor: Executor | None,
    on_progress: Callable[[Progress], None] | None,
    warm: Certificate | None,
    *,
    is_brief: bool,
) -> list[Solved]:
    watch = stop.start()
    n_units = max(1, sum(len(component.units) for component in components))
    spread = executor if len(components) > 1 else None
    futures: list[Future[Solved] | None] = []
    stops = []
    for component in components:
        # Each part has its share of the work, so that the plan doesn't depend on which part is solved first.
        work = None if stop.work is None else -(-stop.work * len(component.units) // n_units)
        stops.append(replace(stop, work=work))
    prices = [_find_warm(component, warm) for component in components]
    if spread is not None:
        # Only threads see what `cancel` sees.
        cancel = stop.cancel if isinstance(spread, ThreadPoolExecutor) else None
        for p, component in enumerate(components):
            far = replace(stops[p], cancel=cancel)
            call = partial(solve_component, component.problem, far, seed, prices[p], starts[p], is_brief=is_brief)
            futures.append(spread.submit(call))
    solved = []
    n_left = n_units
    for p, component in enumerate(components):
        share, n_left = len(component.units) / max(1, n_left), n_left - len(component.units)
        if spread is not None and (future := futures[p]) is not None:
            try:
                if (part := _await(future, stop)) is not None:
                    solved.append(part)
                    continue
            except BrokenExecutor:
                spread = None
        # By size, and what the parts before didn't need: the last part's bands count as much as the first's.
        left = None if stop.seconds is None else share * watch.seconds_left
        tell = None
        if on_progress is not None:

            def tell(level: str, value: float, bound: float, violation: float, p: int = p) -> None:
                on_progress(Progress(level, value, bound, violation, watch.seconds, p, len(components)))

        near = replace(stops[p], seconds=left)
        on = executor if len(components) == 1 else None
        solved.append(solve_component(component.problem, near, seed, prices[p], starts[p], on, tell, is_brief=is_brief))
    return solved


def _await(future: Future[Solved], stop: Stop) -> Solved | None:
    """Wait for a part that is solved elsewhere; None where the caller wants to stop and it hasn't come."""
    while stop.cancel is not None and not wait([future], _TICK_SECONDS).done:
        if stop.cancel():
            future.cancel()
            return None
    return future.result()


def solve_component(
    problem: Problem,
    stop: Stop,
    seed: int,
    warm: dict[str, tuple[Node, ...]],
    plan: NDArray[np.int32] | None = None,
    executor: Executor | None = None,
    tell: Callable[[str, float, float, float], None] | None = None,
    *,
    is_brief: bool = False,
) -> Solved:
    """Solve one part by itself, wherever that happens; measures that nothing in it limits are left out."""
    is_limited: NDArray[np.bool_] = np.any(np.isfinite(problem.lower) | np.isfinite(problem.upper), axis=0)
    if not is_limited.all():
        fewer = keep_measures(problem, is_limited)
        near = {name: tuple(keep_prices(node, is_limited) for node in nodes) for name, nodes in warm.items()}
        solved = solve_component(fewer, stop, seed, near, plan, executor, tell, is_brief=is_brief)
        nodes = {name: tuple(spread_prices(node, is_limited) for node in tree) for name, tree in solved.nodes.items()}
        return replace(solved, nodes=nodes)
    watch = stop.start()
    start = start_columns(problem)
    if plan is not None:
        start = pick_start(problem, start, plan)
    if is_exact(problem):
        start = widen_limits(problem, start, watch=watch, seed=seed)
    start, n_work, prices = find_start(problem, start, share_out(watch, _START_SHARE), seed)
    watch.n_work += n_work
    if prices is not None:
        warm = {**warm, COST: (write_prices(problem, COST, prices),)}
    return solve_in_order(
        problem,
        pick_method(problem, is_brief=is_brief),
        start=start,
        watch=watch,
        seed=seed,
        executor=executor,
        warm=warm,
        tell=tell,
    )


def _reorder(problem: Problem, order: NDArray[np.intp]) -> Problem:
    return replace(
        problem,
        candidates=problem.candidates[order],
        costs=problem.costs[order],
        grades=None if problem.grades is None else problem.grades[order],
        amounts=problem.amounts[order],
        ids=None if problem.ids is None else problem.ids[order],
    )


def _renumber(nodes: tuple[Node, ...], units: NDArray[np.intp], territories: NDArray[np.int32]) -> tuple[Node, ...]:
    """Turn the units and territories of a part into those of the problem."""

    def name(territory: int) -> int:
        return int(territories[territory]) if territory >= 0 else -1

    whole: list[Node] = []
    for node in nodes:
        if isinstance(node, Split):
            whole.append(Split(int(units[node.unit]), node.columns))
        elif isinstance(node, Count):
            whole.append(Count(name(node.origin), name(node.target), node.most))
        elif isinstance(node, Cut):
            whole.append(replace(node, bases=tuple((int(units[unit]), column) for unit, column in node.bases)))
        else:
            whole.append(node)
    return tuple(whole)


def _find_warm(component: Component, warm: Certificate | None) -> dict[str, tuple[Node, ...]]:
    """Find the prices of the part with the same territories in another plan's certificate."""
    for part in () if warm is None else warm.parts:
        if np.array_equal(part.territories, component.territories):
            return part.levels
    return {}


def _join_solver_bounds(proof: Check, solved_bounds: list[dict[str, float]]) -> dict[str, float]:
    """Add up, by level, what the search proved beyond the certificate; right where the levels before are closed."""
    joined = {}
    for level in proof.levels:
        bound = sum(bounds.get(level.name, level.unavoidable / len(solved_bounds)) for bounds in solved_bounds)
        if level.bound + _SAME * max(1.0, level.value) < bound <= level.value * (1 + _SAME):
            joined[level.name] = bound
    return joined


def _name_status(problem: Problem, proof: Check, *, is_interrupted: bool) -> Status:
    first = proof.levels[0]
    is_outside = problem.violation_price is None and proof.violation > 0
    if is_interrupted and proof.largest_gap > PROVED_GAP:
        return "interrupted"
    if proof.excess_moves > 0 or (is_outside and first.name == VIOLATION and first.bound > 0):
        return "infeasible_bands"
    return "optimal" if proof.largest_gap <= PROVED_GAP else "feasible"
