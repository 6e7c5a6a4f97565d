"""The same question at several tolerances: each answer helps the next, so ten cost little more than one or two.

A plan that meets narrow bands meets wider ones too, so its cost is one that a looser plan needn't exceed. Prices that
prove a bound for wide bands prove at least as much for narrower ones. Both are handed from neighbour to neighbour.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.plan.solver.certificate import Certificate, Part
from evenhand.plan.solver.check import check, find_columns
from evenhand.plan.solver.solve import PROVED_GAP, conclude, solve_from
from evenhand.plan.solver.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from evenhand.plan.solver.check import LevelFigures
    from evenhand.plan.solver.problem import Problem
    from evenhand.plan.solver.result import Progress, Result
    from evenhand.plan.solver.stop import Watch

_SHARED = (
    "candidates",
    "costs",
    "grades",
    "amounts",
    "scale",
    "violation_price",
    "max_moves",
    "max_moves_from",
    "max_moves_into",
    "ids",
)
_SAME = 1e-9
_WORK_PER_CHOICE = 100
"""Steps of search that a tolerance may take for each choice of each unit, several times what one takes that can be met:
bands that can't be met, or barely, mustn't take what all the others need."""


def solve_frontier(
    problems: Sequence[Problem],
    stop: Stop | None = None,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    start_prices: Certificate | None = None,
) -> tuple[Result, ...]:
    """Solve problems that differ in their bands alone, each from its neighbours' plans and prices.

    Parameters
    ----------
    problems
        The same units, candidates and costs, with bands of different width; in any order.
    stop
        The gap is that of each problem; seconds and work are those of all together, and no problem takes more than
        100 steps for each of its choices. Small problems aren't proved to the last here, as `solve` does: what is
        left is in each result's gap.
    seed
        Breaks ties; the same seed gives the same plans.
    executor
        Threads, processes or a cluster to spread the work on; the plans are the same.
    on_progress
        Told how far the problem that is being solved is; `part` counts the problems, in the order they are solved.
    start_prices
        The certificate of a plan for a similar problem, to start from.

    Returns
    -------
    tuple of Result
        In the order of `problems`. A looser problem never has the worse plan: it has that of the tighter one if
        nothing better was found.

    Raises
    ------
    InputError
        Where the problems differ in more than their bands.
    """
    stop = Stop() if stop is None else stop
    _check_alike(problems)
    watch = stop.start()
    order = _from_tight_to_loose(problems)
    found: dict[int, Result] = {}
    prices, plan = start_prices, None
    for place, number in enumerate(order):
        share = 1 / (len(order) - place)
        left = replace(
            stop,
            seconds=None if stop.seconds is None else share * watch.seconds_left,
            work=int(min(_WORK_PER_CHOICE * problems[number].is_candidate.sum(), share * watch.work_left)),
        )
        tell = None if on_progress is None else partial(_tell, on_progress, place, len(order))
        result = solve_from(
            problems[number],
            plan,
            left,
            seed=seed,
            executor=executor,
            on_progress=tell,
            start_prices=prices,
            is_brief=True,
        )
        watch.n_work += result.n_work
        prices, plan = result.prices, find_columns(problems[number], result.assignment)
        found[number] = result
    enough = max(PROVED_GAP, stop.gap)
    for place, number in enumerate(order):
        for neighbour in (order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None):
            if neighbour is not None and max(level.gap for level in found[number].levels) > enough:
                found[number] = _take_better(problems[number], found[number], found[neighbour], watch, seed)
    return tuple(found[number] for number in range(len(problems)))


def _tell(on_progress: Callable[[Progress], None], place: int, n_problems: int, progress: Progress) -> None:
    on_progress(replace(progress, part=place, n_parts=n_problems))


def _check_alike(problems: Sequence[Problem]) -> None:
    if not problems:
        return
    faults = {}
    for name in _SHARED:
        first = getattr(problems[0], name)
        differing = [p for p, problem in enumerate(problems) if not _is_same(first, getattr(problem, name))]
        if differing:
            faults[name] = f"differs between problem 0 and {', '.join(str(p) for p in differing[:5])}"
    if faults:
        raise InputError(faults)


def _is_same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a is b or np.array_equal(a, b)
    return a is b or (not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray) and a == b)


def _from_tight_to_loose(problems: Sequence[Problem]) -> list[int]:
    """Order by the width of the bands, open sides last; equal ones by their place."""

    def width(problem: Problem) -> tuple[int, float]:
        wide = (problem.upper - problem.lower) / problem.scale
        is_finite = np.isfinite(wide)
        return int((~is_finite).sum()), float(wide[is_finite].sum())

    return sorted(range(len(problems)), key=lambda p: (*width(problems[p]), p))


def _take_better(problem: Problem, own: Result, other: Result, watch: Watch, seed: int) -> Result:
    """Take the plan of another problem where it is better here, and its proof, level by level, where it proves more."""
    proof = check(problem, other.assignment, own.prices)
    is_better = proof.excess_moves <= own.excess_moves and _is_below(proof.levels, own.levels)
    assignment = other.assignment if is_better else own.assignment
    mine = proof if is_better else check(problem, assignment, own.prices)
    theirs = check(problem, assignment, other.prices)
    better = [
        a.name for a, b in zip(mine.levels, theirs.levels, strict=True) if b.bound > a.bound + _SAME * max(1.0, a.bound)
    ]
    if not is_better and not better:
        return own
    certificate = _mix(own.prices, other.prices, better)
    return conclude(
        problem,
        find_columns(problem, assignment).astype(np.int32),
        certificate,
        solved_bounds=[own.solver_bounds],
        is_interrupted=own.status == "interrupted",
        n_work=own.n_work,
        watch=watch,
        seed=seed,
        seconds=own.seconds,
    )


def _is_below(levels: tuple[LevelFigures, ...], others: tuple[LevelFigures, ...]) -> bool:
    """Whether the first level that differs is less."""
    for level, other in zip(levels, others, strict=True):
        if abs(level.value - other.value) > _SAME * max(1.0, abs(other.value)):
            return level.value < other.value
    return False


def _mix(own: Certificate, other: Certificate, from_other: list[str]) -> Certificate:
    """Take some levels from another certificate of the same parts."""
    parts = []
    for mine, theirs in zip(own.parts, other.parts, strict=True):
        taken = {level: theirs.levels[level] for level in from_other if level in theirs.levels}
        parts.append(Part(mine.territories, mine.levels | taken))
    return Certificate(tuple(parts))
