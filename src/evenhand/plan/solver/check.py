"""Check a plan and its certificate from nothing else: recompute the objective, the bound and the gap.

Nothing of the solver is used here but the problem itself. For every level of the lexicographic order and any
prices, weak duality gives a bound: no plan that is at least as good on the levels before can do better than

    L(π, ν) = Σᵢ minⱼ (dᵢⱼ + Σₘ π[t, m]·w[i, m] + ν[row]) − Σ max(π·upper, π·lower) − Σ ν·cap − max(|π|·scale)·violation

with d what the level counts, π any prices of the bands (no more than what violation costs, where that is what is
minimised), ν ≥ 0 those of the rows that count moves, caps what the plan uses. Every rounding goes outward, so that
a bound is never too high; wrong prices make it low, never wrong. A certificate may split into cases, and the bound
is then the least of them; counts are whole numbers, so their bound is rounded up.

References
----------
.. [1] A. M. Geoffrion (1974), Lagrangean relaxation for integer programming, Mathematical Programming Study 2.
.. [2] A. Neumaier, O. Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming,
   Mathematical Programming 99, doi:10.1007/s10107-003-0433-3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.plan.solver.certificate import COST, GRADE_OF_LEVEL, VIOLATION, Certificate, Part, Prices, Split
from evenhand.plan.solver.problem import may_stay, sum_loads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evenhand.plan.solver.certificate import Node
    from evenhand.plan.solver.problem import Problem

_CHUNK = 1 << 16
_EPS = float(np.finfo(np.float64).eps)
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
        """The largest gap of any level."""
        return max(level.gap for level in self.levels)


class _Level(NamedTuple):
    """What a level minimises and which prices it allows."""

    name: str
    violation_price: float
    """What one unit of violation costs on this level; inf where violation is limited by an earlier one."""
    earlier: tuple[int, ...]
    """Grades whose number of moves is given."""
    step: float
    """Every value of the level is a multiple of it; 0 where there is no such step."""


class _Caps(NamedTuple):
    """What the plan uses of everything that is limited, in one part."""

    violation: float
    counts: NDArray[np.float64]
    moves: float
    moves_from: NDArray[np.float64]
    moves_into: NDArray[np.float64]


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
    columns = _find_columns(problem, np.asarray(assignment))
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

    units = _units_of_parts(part_of_unit, n_parts)
    count_caps, violation_caps = np.full((n_parts, 3), np.inf), np.full(n_parts, np.inf)
    values = {VIOLATION: violation, COST: cost + (problem.violation_price or 0.0) * violation}
    values |= {level: float(total[grade]) for level, grade in GRADE_OF_LEVEL.items()}
    figures: list[LevelFigures] = []
    for name in level_names(problem):
        level, value = _describe_level(problem, name), values[name]
        bounds, unavoidable = np.zeros(n_parts), np.zeros(n_parts)
        for p, part in enumerate(certificate.parts):
            limited = (limits.moves, limits.moves_from[part.territories], limits.moves_into[part.territories])
            caps = _Caps(float(violation_caps[p]), count_caps[p], *limited)
            bounds[p], unavoidable[p] = _bound_part(_Part(problem, units[p], part, is_move, grades), level, caps)
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


def _find_columns(problem: Problem, assignment: NDArray[np.generic]) -> NDArray[np.intp]:
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


def _units_of_parts(part_of_unit: NDArray[np.int64], n_parts: int) -> list[NDArray[np.intp] | slice]:
    if n_parts == 1:
        return [slice(None)]
    order = np.argsort(part_of_unit, kind="stable")
    return list(np.split(order, np.cumsum(np.bincount(part_of_unit, minlength=n_parts))[:-1]))


def _limits(problem: Problem, columns: NDArray[np.intp], is_move: NDArray[np.bool_]) -> tuple[_Caps, int]:
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
    widened = _Caps(0.0, np.zeros(3), max(cap, n_moved), np.maximum(cap_from, out), np.maximum(cap_into, into))
    return widened, math.ceil(beyond)


def _describe_level(problem: Problem, name: str) -> _Level:
    price = problem.violation_price
    if name == VIOLATION:
        return _Level(name, 1.0, (), 0.0)
    if name in GRADE_OF_LEVEL:
        return _Level(name, math.inf, tuple(g for g in GRADE_OF_LEVEL.values() if g > GRADE_OF_LEVEL[name]), 1.0)
    if price is not None:
        return _Level(name, price, (), 0.0)
    costs = problem.costs[problem.is_candidate]
    whole = np.array_equal(costs[:999], np.rint(costs[:999])) and np.array_equal(costs, np.rint(costs))
    step = float(np.gcd.reduce(costs.astype(np.int64))) if whole and costs.max(initial=0.0) < 2.0**53 else 0.0
    return _Level(name, math.inf, () if problem.grades is None else (2, 1, 0), step)


class _Part:
    """One part of the problem, cut into chunks of units that stay in the processor's cache."""

    def __init__(
        self,
        problem: Problem,
        units: NDArray[np.intp] | slice,
        part: Part,
        is_move: NDArray[np.bool_],
        grades: NDArray[np.int8],
    ) -> None:
        self.nodes, self.members = part.levels, part.territories
        self.place = np.zeros(problem.n_territories + 1, np.intp)
        self.place[self.members] = np.arange(len(self.members))
        self.candidates, self.costs = problem.candidates[units], problem.costs[units]
        self.amounts, self.grades, self.is_move = problem.amounts[units], grades[units], is_move[units]
        self.number = {} if isinstance(units, slice) else {int(i): row for row, i in enumerate(units)}
        self.is_whole = isinstance(units, slice)
        self.n_units = problem.n_units
        self.lower, self.upper = problem.inner_lower[self.members], problem.inner_upper[self.members]
        self.scale = problem.scale[self.members]

    def find(self, unit: int) -> int:
        """Find the row of a unit, or refuse one that isn't in the part."""
        row = (unit if 0 <= unit < self.n_units else -1) if self.is_whole else self.number.get(unit, -1)
        if row < 0:
            raise InputError({"certificate": f"it splits unit {unit}, which isn't in that part"})
        return row


def _bound_part(part: _Part, level: _Level, caps: _Caps) -> tuple[float, float]:
    """Bound one level in one part: the least of the bounds of the cases, which have to cover everything."""
    unavoidable = math.fsum(_cheapest(part, level))
    nodes: tuple[Node, ...] = part.nodes.get(level.name, ())
    whole = math.inf if nodes else unavoidable
    pending: list[dict[int, int]] = [{}] if nodes else []
    for node in nodes:
        if not pending:
            raise InputError({"certificate": f"level {level.name} has more cases than its splits make"})
        case = pending.pop()
        if isinstance(node, Split):
            row = part.find(node.unit)
            here = case.get(row, -1)
            pending += [case | {row: here & ~node.columns}, case | {row: here & node.columns}]
        else:
            whole = min(whole, _bound_case(part, level, caps, node, case))
    if pending:
        raise InputError({"certificate": f"level {level.name} lacks {len(pending)} of the cases its splits make"})
    return max(unavoidable, whole), unavoidable


def _bound_case(part: _Part, level: _Level, caps: _Caps, prices: Prices, case: dict[int, int]) -> float:
    """Evaluate L(π, ν) for the columns that the case leaves open, rounded outward."""
    bands = _usable(prices.bands, part.scale.shape)
    bands[((bands > 0) & (part.upper == np.inf)) | ((bands < 0) & (part.lower == -np.inf))] = 0.0
    multiplier = 0.0
    if math.isfinite(level.violation_price):
        most = level.violation_price / part.scale * (1 - 4 * _EPS)
        bands = np.clip(bands, -most, most)
    elif caps.violation > 0:
        multiplier = float(np.max(np.abs(bands) * part.scale, initial=0.0)) * (1 + 4 * _EPS)
    of_grade = np.maximum(_usable(prices.counts, (3,)), 0.0)
    of_grade[[g for g in range(3) if g not in level.earlier]] = 0.0
    of_move = max(0.0, float(_usable(prices.moves, ()))) if math.isfinite(caps.moves) else 0.0
    of_from = _limit_prices(prices.moves_from, caps.moves_from)
    of_into = _limit_prices(prices.moves_into, caps.moves_into)

    least, error = _least_per_unit(part, level, case, _Active(bands, of_grade + of_move, of_from, of_into))
    side = np.where(bands > 0, part.upper, np.where(bands < 0, part.lower, 0.0))
    used = [
        (bands * side).ravel(),
        of_grade * np.where(of_grade > 0, caps.counts, 0.0),
        of_from * np.where(of_from > 0, caps.moves_from, 0.0),
        of_into * np.where(of_into > 0, caps.moves_into, 0.0),
        np.array(
            [of_move * caps.moves if of_move > 0 else 0.0, multiplier * caps.violation if multiplier > 0 else 0.0]
        ),
    ]
    subtracted = np.concatenate(used)
    value = math.fsum([*least, *-subtracted]) if np.isfinite(subtracted).all() else -math.inf
    value -= error + 4 * _EPS * (float(np.abs(subtracted).sum()) + abs(value))
    if math.isnan(value):
        return -math.inf
    return math.ceil(value / level.step) * level.step if level.step and math.isfinite(value) else value


def _cheapest(part: _Part, level: _Level) -> list[float]:
    """List the least that every unit adds to the level, whatever the bands."""
    if level.name == VIOLATION:
        return []
    if level.name == COST:
        return np.where(part.candidates >= 0, part.costs, math.inf).min(axis=1, initial=math.inf).tolist()
    stuck = (part.is_move | (part.candidates < 0)).all(axis=1) & (part.grades == GRADE_OF_LEVEL[level.name])
    return [float(stuck.sum())]


class _Active(NamedTuple):
    """Prices made usable: finite, of the right sign, none where nothing limits."""

    bands: NDArray[np.float64]
    of_grade: NDArray[np.float64]
    of_from: NDArray[np.float64]
    of_into: NDArray[np.float64]


def _usable(prices: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(prices, dtype=np.float64)
    if array.shape != shape:
        raise InputError({"certificate": f"prices have shape {array.shape}, but {shape} is needed"})
    return np.clip(np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0), -1e100, 1e100)


def _limit_prices(prices: NDArray[np.float64] | None, cap: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = np.zeros(cap.shape) if prices is None else np.maximum(_usable(prices, cap.shape), 0.0)
    return np.where(np.isfinite(cap), usable, 0.0)


def _least_per_unit(part: _Part, level: _Level, case: dict[int, int], prices: _Active) -> tuple[list[float], float]:
    """Find the cheapest open column of every unit at these prices, and how far rounding may have raised the sum."""
    least: list[float] = []
    error = 0.0
    n_columns = part.candidates.shape[1]
    dearest = np.max(np.abs(prices.bands), axis=0, initial=0.0)
    extra = float(prices.of_grade.max() + prices.of_from.max(initial=0.0) + prices.of_into.max(initial=0.0))
    for start in range(0, len(part.candidates), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        candidates, is_move, amounts = part.candidates[chunk], part.is_move[chunk], part.amounts[chunk]
        place = part.place[candidates]
        if level.name == COST:
            values = part.costs[chunk].copy()
        elif level.name == VIOLATION:
            values = np.zeros(candidates.shape)
        else:
            values = (is_move & (part.grades[chunk] == GRADE_OF_LEVEL[level.name])[:, None]).astype(np.float64)
        values[candidates < 0] = math.inf
        largest = np.max(values, axis=1, where=candidates >= 0, initial=0.0)
        for m in range(amounts.shape[1]):
            values += prices.bands[place, m] * amounts[:, m : m + 1]
        if extra > 0:
            own = np.where(may_stay(candidates, is_move), prices.of_from[place[:, 0]], 0.0)
            per_move = (prices.of_grade[part.grades[chunk]] + own)[:, None] + prices.of_into[place]
            values += np.where(is_move, per_move, 0.0)
        for row in (row for row in case if start <= row < start + len(candidates)):
            closed = [j for j in range(n_columns) if not case[row] >> j & 1]
            values[row - start, closed] = math.inf
        least += values.min(axis=1).tolist()
        error += (amounts.shape[1] + 8) * _EPS * float((largest + amounts @ dearest + extra).sum())
    return least, error * 1.01
