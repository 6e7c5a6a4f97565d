"""The cheapest single shift or swap that mends the bands after an edit by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evenhand.plan.edits.edit import Edit
from evenhand.plan.edits.standing import excess
from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.edits.standing import Standing

_SAME = 1e-9
_N_PAIRED = 64
"""The most promising shifts that are tried two at a time."""


@dataclass(frozen=True)
class Suggestion:
    """One or two moves that mend the bands, or come nearest to it.

    Attributes
    ----------
    edits
        The moves, to be applied as edits.
    mends
        Whether the bands are then as good as before the edit.
    violation
        What is left outside bands in the whole plan.
    moves
        How many more accounts' families move, by grade; fewer where negative.
    cost
        What it adds to the alignment cost.
    words
        A sentence.
    """

    edits: tuple[Edit, ...]
    mends: bool
    violation: float
    moves: Mapping[str, int]
    cost: float
    words: str

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values for JSON."""
        return {
            "edits": [str(edit) for edit in self.edits],
            "mends": self.mends,
            "violation": self.violation,
            "moves": dict(self.moves),
            "cost": self.cost,
            "words": self.words,
        }


class _Shifts(NamedTuple):
    """Moves of one unit each; (n,) arrays."""

    unit: NDArray[np.intp]
    source: NDArray[np.intp]
    target: NDArray[np.intp]
    violation: NDArray[np.float64]
    """What the move adds to the violation by itself."""
    grades: NDArray[np.int64]
    """(n, 3) moves more, high first."""
    cost: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> _Shifts:
        return _Shifts(
            self.unit[rows],
            self.source[rows],
            self.target[rows],
            self.violation[rows],
            self.grades[rows],
            self.cost[rows],
        )


class _Bands:
    """Bands of the measures that the solver keeps, after the edit."""

    def __init__(self, grounds: Grounds, standing: Standing) -> None:
        columns = grounds.statement.bands.binding
        self.loads = standing.loads[:, columns]
        scale = standing.scale[:, columns]
        self.scale = scale
        self.lower, self.upper = standing.lower[:, columns], standing.upper[:, columns]
        self.now = self.violation(np.arange(len(scale)), self.loads)

    def violation(self, territory: NDArray[np.intp], loads: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) violation of territories if they held these loads."""
        outside = np.maximum(self.lower[territory] - loads, loads - self.upper[territory]) / self.scale[territory]
        total: NDArray[np.float64] = np.maximum(outside - _SAME, 0.0).sum(axis=-1)
        return total


def suggest(grounds: Grounds, before: Standing, after: Standing) -> Suggestion | None:
    """Find what mends the bands most cheaply.

    Returns
    -------
    Suggestion | None
        None where the edit has put no territory further outside its bands.

    Notes
    -----
    Every move of one unit out of or into a territory that the edit has hurt is tried, to the candidates that the
    solver would consider; where none is enough, the 64 best of them two at a time. Units that an edit has put
    somewhere stay there. Of those that mend the bands, the one with the fewest more high moves is taken, then medium,
    then low, then alignment; where none does, the one that leaves the least violation.
    """
    columns = grounds.statement.bands.binding
    was, becomes = excess(before)[:, columns], excess(after)[:, columns]
    hurt: NDArray[np.bool_] = np.any(becomes > was + _SAME, axis=1)
    if not hurt.any():
        return None
    bands = _Bands(grounds, after)
    goal = float(was.sum()) + _SAME
    now = float(becomes.sum())
    shifts = _list_shifts(grounds, after, bands, hurt)
    mending = np.flatnonzero(now + shifts.violation <= goal)
    if len(mending):
        best = mending[_rank(shifts.take(mending))[0]]
        return _describe(grounds, shifts.take(np.array([best])), now + float(shifts.violation[best]), goal)
    order = np.lexsort((shifts.unit, shifts.cost, *shifts.grades.T[::-1], shifts.violation))[:_N_PAIRED]
    paired = _best_pair(shifts.take(order), bands, grounds, now, goal)
    if paired is not None:
        rows, violation = paired
        return _describe(grounds, shifts.take(order[rows]), violation, goal)
    if len(order) and shifts.violation[order[0]] < -_SAME:
        return _describe(grounds, shifts.take(order[:1]), now + float(shifts.violation[order[0]]), goal)
    return None


def _list_shifts(grounds: Grounds, standing: Standing, bands: _Bands, hurt: NDArray[np.bool_]) -> _Shifts:
    statement = grounds.statement
    problem, first = statement.problem, statement.units.first_account
    place, home = standing.assigned[first], statement.present[first]
    is_held = statement.units.largest(standing.is_held.astype(np.int8)).astype(bool)
    candidates = problem.candidates
    elsewhere = (candidates >= 0) & (candidates != place[:, None]) & ~is_held[:, None]
    unit, column = np.nonzero(elsewhere & (hurt[place][:, None] | hurt[np.maximum(candidates, 0)]))
    source, target = place[unit], candidates[unit, column].astype(np.intp)
    amounts = problem.amounts[unit]
    violation = (
        bands.violation(source, bands.loads[source] - amounts)
        - bands.now[source]
        + bands.violation(target, bands.loads[target] + amounts)
        - bands.now[target]
    )
    grade = problem.grades[unit] if problem.grades is not None else np.zeros(len(unit), np.int8)
    more = (target != home[unit]).astype(np.int64) - (source != home[unit]).astype(np.int64)
    grades = np.where(grade[:, None] == np.arange(len(GRADES))[::-1], more[:, None], 0)
    present_column = candidates[unit] == source[:, None]
    paid = np.where(present_column, problem.costs[unit], 0.0).max(axis=1, initial=0.0)
    return _Shifts(unit, source, target, violation, grades, problem.costs[unit, column] - paid)


def _rank(shifts: _Shifts) -> NDArray[np.intp]:
    """Order shifts by what they move, gentlest first, then alignment, then the unit's number."""
    order: NDArray[np.intp] = np.lexsort((shifts.target, shifts.unit, shifts.cost, *shifts.grades.T[::-1]))
    return order


def _best_pair(
    shifts: _Shifts, bands: _Bands, grounds: Grounds, now: float, goal: float
) -> tuple[NDArray[np.intp], float] | None:
    """Find the best two of these shifts together, if they do better than the best alone."""
    n = len(shifts.unit)
    one, other = np.triu_indices(n, k=1)
    apart = shifts.unit[one] != shifts.unit[other]
    one, other = one[apart], other[apart]
    if not len(one):
        return None
    amounts = grounds.statement.problem.amounts[shifts.unit]
    involved, place = np.unique(np.concatenate([shifts.source, shifts.target]), return_inverse=True)
    source, target = place[:n], place[n:]
    change = np.zeros((n, len(involved), amounts.shape[1]))
    rows = np.arange(n)
    change[rows, source] -= amounts
    change[rows, target] += amounts
    loads = bands.loads[involved] + change[one] + change[other]
    total = bands.violation(involved, loads).sum(axis=1) + now - float(bands.now[involved].sum())
    grades = shifts.grades[one] + shifts.grades[other]
    cost = shifts.cost[one] + shifts.cost[other]
    left = np.where(total <= goal, 0.0, total)
    best = int(np.lexsort((shifts.unit[other], shifts.unit[one], cost, *grades.T[::-1], left))[0])
    if total[best] >= now + min(float(shifts.violation.min()), 0.0) - _SAME:
        return None
    return np.array([one[best], other[best]]), float(total[best])


def _describe(grounds: Grounds, shifts: _Shifts, violation: float, goal: float) -> Suggestion:
    statement = grounds.statement
    ids = statement.setting.ids
    accounts = statement.unit_ids.gather(shifts.unit).to_list()
    grades = statement.problem.grades
    edits, parts = [], []
    for account, unit, source, target in zip(
        accounts, shifts.unit.tolist(), shifts.source.tolist(), shifts.target.tolist(), strict=True
    ):
        edits.append(Edit("move", account, ids[target]))
        grade = GRADES[grades[unit]] if grades is not None else GRADES[0]
        back = ", where it is today" if target == statement.present[statement.units.first_account[unit]] else ""
        parts.append(f"{account} ({grade}) from {ids[source]} to {ids[target]}{back}")
    moves = dict(zip(reversed(GRADES), shifts.grades.sum(axis=0).tolist(), strict=True))
    cost = float(shifts.cost.sum())
    mends = violation <= goal
    changes = [_signed(f"{n:+d}") + f" {grade}" for grade, n in moves.items() if n]
    result = "the bands are as before the edit" if mends else f"{violation:.3g} of a target stays outside bands"
    words = (
        f"Move {' and '.join(parts)}: {result}; {', '.join(changes) or 'no move more'}, "
        f"alignment {_signed(f'{cost:+.2f}')}."
    )
    return Suggestion(tuple(edits), mends, max(violation, 0.0), moves, cost, words)


def _signed(number: str) -> str:
    return number.replace("-", "−")
