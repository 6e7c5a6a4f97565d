"""The bound that prices prove, by weak duality, with every rounding outward.

For every level of the lexicographic order and any prices, no plan that is at least as good on the levels before can
do better than

    L(π, ν) = Σᵢ minⱼ (dᵢⱼ + Σₘ π[t, m]·w[i, m] + ν[row]) − Σ max(π·upper, π·lower) − Σ ν·cap − max(|π|·scale)·violation

with d what the level counts, π any prices of the bands (no more than what violation costs, where that is what is
minimised), ν ≥ 0 those of the rows that count moves, caps what the plan uses. Rounding goes outward, so that a bound
is never too high; wrong prices make it low, never wrong. A certificate may split into cases, and the bound is then
the least of them; or strike choices that alone would cost more than a cutoff, and the bound is then at most the
cutoff; or cut off what no whole units can come to, by rows that `rounding` works out and that then have prices like
all others. Counts are whole numbers, so their bound is rounded up.

References
----------
.. [1] A. M. Geoffrion (1974), Lagrangean relaxation for integer programming, Mathematical Programming Study 2.
.. [2] A. Neumaier, O. Shcherbina (2004), Safe bounds in linear and mixed-integer linear programming,
   Mathematical Programming 99, doi:10.1007/s10107-003-0433-3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.foundation.errors import InputError
from evenhand.plan.solver.certificate import COST, GRADE_OF_LEVEL, VIOLATION, Count, Cut, Fix, Prices, Split
from evenhand.plan.solver.problem import drop_repeats, may_stay
from evenhand.plan.solver.rounding import Bands, Row, pick_bases, round_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from evenhand.plan.solver.certificate import Part
    from evenhand.plan.solver.problem import Problem

_CHUNK = 1 << 16
_EPS = float(np.finfo(np.float64).eps)
_MOST_PRICE = 1e100


class LevelTerms(NamedTuple):
    """What a level minimises and which prices it allows."""

    name: str
    violation_price: float
    """What one unit of violation costs on this level; inf where violation is limited by an earlier one."""
    earlier: tuple[int, ...]
    """Grades whose number of moves is given."""


class Caps(NamedTuple):
    """What the plan uses of everything that is limited, in one part."""

    violation: float
    counts: NDArray[np.float64]
    moves: float
    moves_from: NDArray[np.float64]
    moves_into: NDArray[np.float64]


class PartTerms:
    """One part of the problem: its units, and its territories numbered from 0."""

    def __init__(self, problem: Problem, units: NDArray[np.intp] | None, part: Part) -> None:
        """Cut a part out; `units` None for all of them."""
        rows = slice(None) if units is None else units
        self.nodes, self.members = part.levels, part.territories
        self.place = np.zeros(problem.n_territories + 1, np.intp)
        self.place[self.members] = np.arange(len(self.members))
        self.candidates, self.costs = drop_repeats(problem)[rows], problem.costs[rows]
        self.amounts, self.is_move = problem.amounts[rows], problem.is_move[rows]
        self.grades = np.zeros(problem.n_units, np.int8)[rows] if problem.grades is None else problem.grades[rows]
        self.row_of = None if units is None else {int(i): row for row, i in enumerate(units)}
        self.lower, self.upper = problem.inner_lower[self.members], problem.inner_upper[self.members]
        self.scale = problem.scale[self.members]

    def find(self, unit: int) -> int:
        """Find the row of a unit, or refuse one that isn't in the part."""
        row = self.row_of.get(unit, -1) if self.row_of is not None else unit
        if not 0 <= row < len(self.candidates):
            raise InputError({"certificate": f"it splits unit {unit}, which isn't in that part"})
        return row

    def count(self, level: str, rows: slice) -> NDArray[np.float64]:
        """(c, k) what every choice adds to the level; inf where there is no candidate."""
        if level == COST:
            values = self.costs[rows].copy()
        elif level == VIOLATION:
            values = np.zeros(self.candidates[rows].shape)
        else:
            values = (self.is_move[rows] & (self.grades[rows] == GRADE_OF_LEVEL[level])[:, None]).astype(np.float64)
        values[self.candidates[rows] < 0] = math.inf
        return values


def _find_step(part: PartTerms, level: LevelTerms) -> float:
    """Find what every value of the level is a multiple of; 0 where there is no such step."""
    if level.name in GRADE_OF_LEVEL:
        return 1.0
    if level.name == VIOLATION or math.isfinite(level.violation_price):
        return 0.0
    costs = part.costs[part.candidates >= 0]
    whole = np.array_equal(costs[:999], np.rint(costs[:999])) and np.array_equal(costs, np.rint(costs))
    return float(np.gcd.reduce(costs.astype(np.int64))) if whole and costs.max(initial=0.0) < 2.0**53 else 0.0


class _Counted(NamedTuple):
    """A count that a case is about: at most (+1) or at least (−1) so many of some choices."""

    choices: NDArray[np.bool_]
    sign: float
    limit: float


class _Case(NamedTuple):
    """What is assumed in one case of a proof."""

    struck: NDArray[np.bool_] | None = None
    counted: tuple[_Counted, ...] = ()
    cuts: tuple[Row | None, ...] = ()
    """None where a certificate's multipliers give no row."""
    bases: NDArray[np.intp] | None = None


def bound_part(part: PartTerms, level: LevelTerms, caps: Caps) -> tuple[float, float]:
    """Bound one level in one part by its certificate, and say what is unavoidable whatever the bands."""
    unavoidable = math.fsum(part.count(level.name, slice(None)).min(axis=1, initial=math.inf))
    nodes, step = part.nodes.get(level.name, ()), _find_step(part, level)
    whole = math.inf if nodes else unavoidable
    pending = [_Case()] if nodes else []
    for node in nodes:
        if not pending:
            raise InputError({"certificate": f"level {level.name} has more cases than its splits make"})
        case = pending.pop()
        if isinstance(node, Split):
            pending += _split(part, case, node)
        elif isinstance(node, Count):
            choices = _count_choices(part, node)
            more = _Counted(choices, -1.0, node.most + 1.0)
            pending.append(case._replace(counted=(*case.counted, more)))
            pending.append(case._replace(counted=(*case.counted, _Counted(choices, 1.0, float(node.most)))))
        elif isinstance(node, Cut):
            pending.append(_cut(part, level, caps, case, node))
        elif isinstance(node, Fix):
            pending.append(_strike(part, level, caps, case, node, step))
            whole = min(whole, node.cutoff)
        else:
            whole = min(whole, _round_up(_evaluate(part, level, caps, node, case)[0], step))
    if pending:
        raise InputError({"certificate": f"level {level.name} lacks {len(pending)} of the cases its splits make"})
    return max(unavoidable, whole), unavoidable


def _split(part: PartTerms, case: _Case, split: Split) -> list[_Case]:
    """Make the second case and the first, in that order."""
    row = part.find(split.unit)
    bits = np.array([split.columns >> j & 1 for j in range(part.candidates.shape[1])], np.bool_)
    cases = []
    for closed in (bits, ~bits):
        struck = np.zeros(part.candidates.shape, np.bool_) if case.struck is None else case.struck.copy()
        struck[row] |= closed
        cases.append(case._replace(struck=struck))
    return cases


def _count_choices(part: PartTerms, count: Count) -> NDArray[np.bool_]:
    """(n, k) the choices that count."""
    choices: NDArray[np.bool_] = part.candidates >= 0
    if count.target >= 0:
        choices &= part.candidates == count.target
    else:
        choices[:, 0] = False
    if count.origin >= 0:
        choices &= part.candidates[:, :1] == count.origin
    return choices


def _cut(part: PartTerms, level: LevelTerms, caps: Caps, case: _Case, cut: Cut) -> _Case:
    """Work out one more row that the plans of the case keep."""
    bases = np.zeros(len(part.candidates), np.intp) if case.bases is None else case.bases.copy()
    for unit, column in cut.bases:
        if not 0 <= column < part.candidates.shape[1]:
            raise InputError({"certificate": f"a cut measures unit {unit} from column {column}, which there isn't"})
        bases[part.find(unit)] = column
    is_open = part.candidates >= 0
    if case.struck is not None:
        is_open &= ~case.struck
    others: list[tuple[float, Row]] = []
    is_sound = True
    for number, multiplier in cut.earlier:
        row = case.cuts[number] if 0 <= number < len(case.cuts) else None
        is_sound &= row is not None
        if row is not None:
            others.append((multiplier, row))
    others += _count_rows(part, level, caps, cut.limits)
    shape = part.scale.shape
    bands = Bands(part.place[part.candidates], part.amounts, part.lower, part.upper, part.scale)
    at_least, at_most = _usable(cut.limits.bands, shape), _usable(cut.upper, shape)
    row = round_rows(bands, at_least, at_most, others, pick_bases(is_open, bases), is_open) if is_sound else None
    return case._replace(cuts=(*case.cuts, row), bases=bases)


def _count_rows(part: PartTerms, level: LevelTerms, caps: Caps, limits: Prices) -> list[tuple[float, Row]]:
    """Write the limits on counts that have multipliers as rows."""
    place, is_move = part.place[part.candidates], part.is_move
    masks: list[tuple[float, NDArray[np.bool_], float]] = []
    of_grade = _usable(limits.counts, (3,))
    masks += [(float(of_grade[g]), is_move & (part.grades == g)[:, None], float(caps.counts[g])) for g in level.earlier]
    masks.append((float(_usable(limits.moves, ())), is_move, caps.moves))
    stays = may_stay(part.candidates, is_move)
    for given, cap, of in (
        (limits.moves_from, caps.moves_from, np.where(stays, place[:, 0], -1)[:, None]),
        (limits.moves_into, caps.moves_into, place),
    ):
        of_territory = np.zeros(cap.shape) if given is None else _usable(given, cap.shape)
        masks += [(float(of_territory[t]), is_move & (of == t), float(cap[t])) for t in np.flatnonzero(of_territory)]
    none = np.zeros((2, *part.scale.shape))
    return [(factor, Row(-mask.astype(np.float64), -cap, none)) for factor, mask, cap in masks if factor != 0]


def _strike(part: PartTerms, level: LevelTerms, caps: Caps, case: _Case, fix: Fix, step: float) -> _Case:
    """Close the choices with which no plan of the case costs less than the cutoff."""
    bound, values, errors = _evaluate(part, level, caps, fix.prices, case, keep=True)
    struck = np.zeros(part.candidates.shape, np.bool_) if case.struck is None else case.struck
    if math.isnan(fix.cutoff) or not math.isfinite(bound):
        return case
    regret = values - values.min(axis=1, keepdims=True) - 2 * errors[:, None]
    with_choice = bound + np.where(np.isfinite(regret), regret, 0.0)
    with_choice -= 4 * _EPS * (abs(bound) + np.abs(with_choice))
    if step:
        with_choice = np.ceil(with_choice / step) * step
    return case._replace(struck=struck | (with_choice >= fix.cutoff))


def _evaluate(
    part: PartTerms, level: LevelTerms, caps: Caps, prices: Prices, case: _Case, *, keep: bool = False
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Evaluate L(π, ν) for the choices that the case leaves open; with `keep` also what each of them costs."""
    bands = _usable(prices.bands, part.scale.shape)
    cuts, of_violation = _price_cuts(case, prices, level, np.isfinite(part.lower) & np.isfinite(part.upper))
    bands[((bands > 0) & (part.upper == np.inf)) | ((bands < 0) & (part.lower == -np.inf))] = 0.0
    multiplier = 0.0
    if math.isfinite(level.violation_price):
        rounding = 16 * _EPS * (level.violation_price + of_violation) / part.scale
        most_lower, most_upper = (level.violation_price - of_violation) / part.scale - rounding
        if (-most_lower > most_upper).any():
            cuts, of_violation = [], np.zeros_like(of_violation)
            most_lower = most_upper = level.violation_price / part.scale * (1 - 4 * _EPS)
        bands = np.clip(bands, -most_lower, most_upper)
    elif caps.violation > 0:
        worth = np.abs(bands) * part.scale
        size = float(worth.max(initial=0.0) + of_violation.max(initial=0.0))
        needed = float((np.stack([-bands, bands]) * part.scale + of_violation).max(initial=0.0))
        multiplier = needed + 16 * _EPS * size
    of_grade = np.maximum(_usable(prices.counts, (3,)), 0.0)
    of_grade[[g for g in range(3) if g not in level.earlier]] = 0.0
    of_move = max(0.0, float(_usable(prices.moves, ()))) if math.isfinite(caps.moves) else 0.0
    of_from = _limit_prices(prices.moves_from, caps.moves_from)
    of_into = _limit_prices(prices.moves_into, caps.moves_into)
    of_case = np.zeros(len(case.counted))
    given = prices.cases[: len(of_case)]
    of_case[: len(given)] = np.maximum(_usable(given, (len(given),)), 0.0)
    signed = [
        (counted, counted.sign * float(price))
        for counted, price in zip(case.counted, of_case, strict=True)
        if price > 0
    ]

    active = _Active(bands, of_grade + of_move, of_from, of_into, signed, cuts)
    least, error, kept = _least_per_unit(part, level, case.struck, active, keep=keep)
    side = np.where(bands > 0, part.upper, np.where(bands < 0, part.lower, 0.0))
    used = np.concatenate(
        [
            (bands * side).ravel(),
            of_grade * np.where(of_grade > 0, caps.counts, 0.0),
            of_from * np.where(of_from > 0, caps.moves_from, 0.0),
            of_into * np.where(of_into > 0, caps.moves_into, 0.0),
            [of_move * caps.moves if of_move > 0 else 0.0, multiplier * caps.violation if multiplier > 0 else 0.0],
            [price * counted.limit for counted, price in signed],
            [-price * row.limit for row, price in cuts],
        ]
    )
    value = math.fsum([*least, *-used]) if np.isfinite(used).all() else -math.inf
    value -= error + 4 * _EPS * (float(np.abs(used).sum()) + (abs(value) if math.isfinite(value) else 0.0))
    if math.isnan(value):
        value = -math.inf
    return (value, *kept)


def _round_up(bound: float, step: float) -> float:
    """Raise a bound to the next value that the level can have."""
    return math.ceil(bound / step) * step if step and math.isfinite(bound) else bound


class _Active(NamedTuple):
    """Prices made usable: finite, of the right sign, none where nothing limits."""

    bands: NDArray[np.float64]
    of_grade: NDArray[np.float64]
    of_from: NDArray[np.float64]
    of_into: NDArray[np.float64]
    of_case: list[tuple[_Counted, float]]
    of_cut: list[tuple[Row, float]]


def _price_cuts(
    case: _Case, prices: Prices, level: LevelTerms, is_two_sided: NDArray[np.bool_]
) -> tuple[list[tuple[Row, float]], NDArray[np.float64]]:
    """Find the cuts that have a price, and (2, T, M) what violation saves by them.

    Where a band has two sides, the mean of both may not be over the price of violation: a load is lower bound − what
    is missing + what is beyond + what it has of the width, and the band's price, of that equation, shifts from one
    side to the other. Where it has one side, that one's may not be.
    """
    given = prices.cuts[: len(case.cuts)]
    usable = np.maximum(_usable(given, (len(given),)), 0.0)
    cuts = [(row, float(price)) for row, price in zip(case.cuts, usable, strict=False) if row is not None and price > 0]
    of_violation = np.zeros((2, *is_two_sided.shape))
    for row, price in cuts:
        of_violation += price * row.violation
    of_violation *= 1 + (len(cuts) + 4) * _EPS
    of_both = np.where(is_two_sided, of_violation.sum(axis=0) / 2, of_violation.max(axis=0))
    most = float(of_both.max(initial=0.0)) * (1 + 64 * _EPS)
    if most > level.violation_price:
        share = level.violation_price / most * (1 - 8 * _EPS)
        cuts = [(row, price * share) for row, price in cuts]
        of_violation *= share * (1 + 4 * _EPS)
    return cuts, of_violation


def _usable(prices: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(prices, dtype=np.float64)
    if array.shape != shape:
        raise InputError({"certificate": f"prices have shape {array.shape}, but {shape} is needed"})
    return np.clip(np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0), -_MOST_PRICE, _MOST_PRICE)


def _limit_prices(prices: NDArray[np.float64] | None, cap: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = np.zeros(cap.shape) if prices is None else np.maximum(_usable(prices, cap.shape), 0.0)
    return np.where(np.isfinite(cap), usable, 0.0)


def _least_per_unit(
    part: PartTerms, level: LevelTerms, struck: NDArray[np.bool_] | None, prices: _Active, *, keep: bool
) -> tuple[list[float], float, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Find the cheapest open choice of every unit at these prices, and how far rounding may have raised the sum."""
    least: list[float] = []
    error = 0.0
    kept: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    dearest = np.max(np.abs(prices.bands), axis=0, initial=0.0)
    extra = float(prices.of_grade.max() + prices.of_from.max(initial=0.0) + prices.of_into.max(initial=0.0))
    of_cases = sum(abs(price) for _, price in prices.of_case)
    of_cuts = np.zeros(len(part.candidates))
    for row, price in prices.of_cut:
        of_cuts += price * np.abs(row.coefficients).max(axis=1, initial=0.0)
    for start in range(0, len(part.candidates), _CHUNK):
        rows = slice(start, start + _CHUNK)
        amounts, is_move = part.amounts[rows], part.is_move[rows]
        place = part.place[part.candidates[rows]]
        values = part.count(level.name, rows)
        largest = np.max(values, axis=1, where=np.isfinite(values), initial=0.0)
        for m in range(amounts.shape[1]):
            values += prices.bands[place, m] * amounts[:, m : m + 1]
        if extra > 0:
            own = np.where(may_stay(part.candidates[rows], is_move), prices.of_from[place[:, 0]], 0.0)
            per_move = (prices.of_grade[part.grades[rows]] + own)[:, None] + prices.of_into[place]
            values += np.where(is_move, per_move, 0.0)
        for counted, price in prices.of_case:
            values[counted.choices[rows]] += price
        for row, price in prices.of_cut:
            values -= price * row.coefficients[rows]
        if struck is not None:
            values[struck[rows]] = math.inf
        least += values.min(axis=1, initial=math.inf).tolist()
        n_terms = amounts.shape[1] + 8 + len(prices.of_case) + 2 * len(prices.of_cut)
        errors = n_terms * _EPS * (largest + amounts @ dearest + extra + of_cases + of_cuts[rows])
        error += float(errors.sum())
        if keep:
            kept.append((values, errors))
    shape = (0, part.candidates.shape[1])
    whole = (
        np.concatenate([np.zeros(shape), *(values for values, _ in kept)]),
        np.concatenate([np.zeros(0), *(errors for _, errors in kept)]),
    )
    return least, error * (1 + 1e-6), whole
