"""Check a plan and its certificate from nothing else: recompute the objective, the bound and the gap.

Nothing of the solver is used here but the problem and the certificate as they are written down; `bound` holds the
arithmetic. A plan and a certificate can be wrong in any way: what comes out is what they really come to and prove.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.plan.solver.bound import Caps, LevelTerms, PartTerms, bound_part
from evenhand.plan.solver.certificate import COST, GRADE_OF_LEVEL, VIOLATION, Certificate, Part, Prices
from evenhand.plan.solver.problem import may_stay, sum_loads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evenhand.plan.solver.problem import Problem

_SAME = 1e-9
_ROUNDING = 1e-12


class MovesByGrade(NamedTuple):
    """Units that change territory, by grade; all of them are low where the problem has no grades."""

    low: int
    medium: int
    high: int


@dataclass(frozen=True)
class LevelFigures:
    """What one level of the order came to, and what it can't be below given the levels before it."""

    name: str
    value: float
    bound: float
    unavoidable: float
    """What every plan has on this level, whatever the bands: units that may not stay."""

    @property
    def gap(self) -> float:
        """(value − bound) ÷ (bound − unavoidable); inf where nothing is proved beyond what is unavoidable."""
        open_ = self.value - self.bound
        if open_ <= _SAME * max(1.0, abs(self.value)):
            return 0.0
        proved = self.bound - self.unavoidable
        return open_ / proved if proved > 0 else math.inf


@dataclass(frozen=True)
class Check:
    """What a plan comes to and how much of that is proved necessary, by level."""

    levels: tuple[LevelFigures, ...]
    violation: float
    """Σ of how far each load is outside its band ÷ scale."""
    moves_by_grade: MovesByGrade
    cost: float
    """Σ costs of the choices."""
    excess_moves: int
    """Moves beyond the limits; 0 unless units that may not stay leave no other way."""

    @property
    def objective(self) -> float:
        """The last level: Σ costs, with violation at its price where it has one."""
        return self.levels[-1].value

    @property
    def bound(self) -> float:
        """No plan as good on the earlier levels has an objective below this."""
        return self.levels[-1].bound

    @property
    def gap(self) -> float:
        """The largest gap of the levels of disruption: violation and moves by grade, or costs where there are none.

        Where moves are graded, Σ costs is alignment: a matter of distance, which would hide the rest. Its own gap is
        in its level.
        """
        graded = any(level.name in GRADE_OF_LEVEL for level in self.levels)
        return max(level.gap for level in self.levels if not (graded and level.name == COST))

    @property
    def largest_gap(self) -> float:
        """The largest gap of any level, alignment included."""
        return max(level.gap for level in self.levels)


def check(problem: Problem, assignment: ArrayLike, prices: Certificate | ArrayLike) -> Check:
    """Recompute what a plan comes to and what its certificate proves.

    Parameters
    ----------
    problem
        What was to be solved.
    assignment
        (n,) the territory of every unit.
    prices
        A certificate, or (T, M) prices of the bands for the last level alone.

    Returns
    -------
    Check
        By level, value, bound and gap. The bound is right for any prices whatever.

    Raises
    ------
    InputError
        Where a unit is on a territory it may not go to, or the certificate doesn't fit the problem.
    """
    columns = find_columns(problem, np.asarray(assignment))
    certificate = prices if isinstance(prices, Certificate) else _wrap(problem, np.asarray(prices, dtype=np.float64))
    part_of = _check_parts(problem, certificate)
    n_parts = len(certificate.parts)
    rows = np.arange(problem.n_units)
    is_move = problem.is_move
    moved = is_move[rows, columns]
    grades = np.zeros(problem.n_units, np.int8) if problem.grades is None else problem.grades
    part_of_unit = part_of[problem.candidates[rows, columns]]

    excess = _excess(problem, columns).sum(axis=1)
    violation = math.fsum(excess)
    counts = np.zeros((n_parts, 3))
    np.add.at(counts, (part_of_unit[moved], grades[moved]), 1)
    total = counts.sum(axis=0)
    cost = math.fsum(problem.costs[rows, columns])
    limits, excess_moves = _limits(problem, columns, is_move)

    parts = _cut_parts(problem, certificate, part_of_unit)
    count_caps, violation_caps = np.full((n_parts, 3), np.inf), np.full(n_parts, np.inf)
    values = {VIOLATION: violation, COST: cost + (problem.violation_price or 0.0) * violation}
    values |= {level: float(total[grade]) for level, grade in GRADE_OF_LEVEL.items()}
    figures: list[LevelFigures] = []
    for name in level_names(problem):
        level, value = _describe_level(problem, name), values[name]
        bounds, unavoidable = np.zeros(n_parts), np.zeros(n_parts)
        for p, part in enumerate(parts):
            limited = (limits.moves, limits.moves_from[part.members], limits.moves_into[part.members])
            caps = Caps(float(violation_caps[p]), count_caps[p], *limited)
            bounds[p], unavoidable[p] = bound_part(part, level, caps)
        figures.append(LevelFigures(name, value, min(math.fsum(bounds), value), math.fsum(unavoidable)))
        # What one part may use, given that the others use at least what is proved for them.
        left = np.maximum(value - (math.fsum(bounds) - bounds), 0.0)
        if name == VIOLATION:
            violation_caps = left * (1 + _ROUNDING) + _ROUNDING if value > 0 else np.zeros(n_parts)
        elif name in GRADE_OF_LEVEL:
            count_caps[:, GRADE_OF_LEVEL[name]] = np.rint(left)
    moves_by_grade = MovesByGrade(int(total[0]), int(total[1]), int(total[2]))
    return Check(tuple(figures), violation, moves_by_grade, cost, excess_moves)


def level_names(problem: Problem) -> tuple[str, ...]:
    """Name the levels of the order that the problem has, most important first."""
    if problem.violation_price is not None:
        return (COST,)
    return (VIOLATION, COST) if problem.grades is None else (VIOLATION, *GRADE_OF_LEVEL, COST)


def _excess(problem: Problem, columns: NDArray[np.integer]) -> NDArray[np.float64]:
    """(T, M) how far each load is outside its band, relative to the scale."""
    on = problem.candidates[np.arange(problem.n_units), columns]
    loads = sum_loads(on, problem.amounts, problem.n_territories)
    outside = np.maximum(problem.inner_lower - loads, loads - problem.inner_upper)
    return np.maximum(outside, 0.0) / problem.scale


def find_columns(problem: Problem, assignment: NDArray[np.generic]) -> NDArray[np.intp]:
    """(n,) the column of each unit's territory, the cheapest where it is listed twice."""
    if assignment.shape != (problem.n_units,):
        raise InputError({"assignment": f"has shape {assignment.shape}, but {(problem.n_units,)} is needed"})
    match = (problem.candidates == assignment[:, None]) & problem.is_candidate
    lost = np.flatnonzero(~match.any(axis=1))
    if len(lost):
        shown = ", ".join(f"unit {i} on {assignment[i]}" for i in lost[:5])
        raise InputError({"assignment": f"{len(lost)} units are on a territory they may not go to: {shown}"})
    if not problem.n_units:
        return np.zeros(0, np.intp)
    columns: NDArray[np.intp] = np.argmin(np.where(match, problem.costs, np.inf), axis=1)
    return columns


def _wrap(problem: Problem, bands: NDArray[np.float64]) -> Certificate:
    shape = (problem.n_territories, problem.n_measures)
    if bands.shape != shape:
        raise InputError({"prices": f"has shape {bands.shape}, but {shape} is needed"})
    return Certificate((Part(np.arange(shape[0], dtype=np.int32), {COST: (Prices(bands),)}),))


def _check_parts(problem: Problem, certificate: Certificate) -> NDArray[np.int64]:
    """Find the part of each territory; refuse parts between which a unit could move."""
    part_of = np.full(problem.n_territories, -1, np.int64)
    members = [np.asarray(part.territories) for part in certificate.parts]
    listed = np.concatenate([*members, np.zeros(0, np.int32)])
    if len(listed) != problem.n_territories or not np.array_equal(np.sort(listed), np.arange(problem.n_territories)):
        raise InputError({"certificate": "its parts don't hold every territory once"})
    for p, territories in enumerate(members):
        part_of[territories] = p
    if problem.max_moves is not None and len(members) > 1:
        raise InputError({"certificate": "a limit on all moves couples its parts"})
    if problem.n_units and len(members) > 1:
        label = part_of[np.maximum(problem.candidates, 0)]
        least = np.where(problem.is_candidate, label, len(members)).min(axis=1)
        if (label != least[:, None])[problem.is_candidate].any():
            raise InputError({"certificate": "a unit could move from one of its parts to another"})
    return part_of


def _cut_parts(problem: Problem, certificate: Certificate, part_of_unit: NDArray[np.int64]) -> list[PartTerms]:
    if len(certificate.parts) == 1:
        return [PartTerms(problem, None, certificate.parts[0])]
    order = np.argsort(part_of_unit, kind="stable")
    ends = np.cumsum(np.bincount(part_of_unit, minlength=len(certificate.parts)))[:-1]
    return [
        PartTerms(problem, units, part) for units, part in zip(np.split(order, ends), certificate.parts, strict=True)
    ]


def _limits(problem: Problem, columns: NDArray[np.intp], is_move: NDArray[np.bool_]) -> tuple[Caps, int]:
    """Widen the limits on moves to what the plan uses where it exceeds them, and say by how much it does."""
    n_territories, rows = problem.n_territories, np.arange(problem.n_units)
    moved = is_move[rows, columns]
    leaves = moved & may_stay(problem.candidates, is_move)
    out = np.bincount(problem.candidates[leaves, 0], minlength=n_territories)
    into = np.bincount(problem.candidates[rows, columns][moved], minlength=n_territories)
    none = np.full(n_territories, np.inf)
    cap = math.inf if problem.max_moves is None else float(problem.max_moves)
    cap_from = none if problem.max_moves_from is None else problem.max_moves_from
    cap_into = none if problem.max_moves_into is None else problem.max_moves_into
    n_moved = int(moved.sum())
    beyond = max(0.0, n_moved - cap) + np.maximum(out - cap_from, 0).sum() + np.maximum(into - cap_into, 0).sum()
    widened = Caps(0.0, np.zeros(3), max(cap, n_moved), np.maximum(cap_from, out), np.maximum(cap_into, into))
    return widened, math.ceil(beyond)


def _describe_level(problem: Problem, name: str) -> LevelTerms:
    price = problem.violation_price
    if name == VIOLATION:
        return LevelTerms(name, 1.0, ())
    if name in GRADE_OF_LEVEL:
        return LevelTerms(name, math.inf, tuple(g for g in GRADE_OF_LEVEL.values() if g > GRADE_OF_LEVEL[name]))
    if price is not None:
        return LevelTerms(name, price, ())
    return LevelTerms(name, math.inf, () if problem.grades is None else (2, 1, 0))
