"""A plan with flags honoured against the plan without: moves, balance, quota, and who would be elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.grades import GRADES
from evenhand.plan.solver import BAND_TOLERANCE
from evenhand.review.price import Price, Shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.solver import Problem


@dataclass(frozen=True, eq=False)
class Position:
    """A plan with some flags honoured: where every unit is, and which are held there."""

    places: NDArray[np.int32]
    held: frozenset[int] = frozenset()


def describe_price(
    grounds: Grounds,
    flag_ids: tuple[str, ...],
    before: NDArray[np.int32],
    after: Position,
    territories: tuple[str, ...],
    *,
    is_least: bool,
) -> Price:
    """Say what flags cost: a plan with them against the plan without.

    Parameters
    ----------
    before
        (n_units,) index of the territory of every unit in the plan.
    territories
        Among which the other plan was looked for.
    """
    statement, places = grounds.statement, after.places
    problem = statement.problem
    ids, units = statement.setting.ids, statement.units
    account_before, account_after = (p[units.unit_of_account].astype(np.intp) for p in (before, places))
    unit_grade = units.largest(grounds.grades)[units.unit_of_account]
    moved = [
        np.bincount(unit_grade[where != statement.present], minlength=len(GRADES))
        for where in (account_before, account_after)
    ]
    changed = np.flatnonzero(account_before != account_after)
    gained = np.zeros(len(ids), np.int64)
    np.add.at(gained, account_after[changed], grounds.quota_cents[changed])
    np.subtract.at(gained, account_before[changed], grounds.quota_cents[changed])
    touched = np.unique(np.concatenate([account_before[changed], account_after[changed]])).tolist()
    targets, loads = (
        statement.bands.targets[:, statement.bands.binding],
        (sum_loads(problem, before), sum_loads(problem, places)),
    )
    balance = tuple(
        (ids[t], name, float(loads[0][t, m] / targets[t, m]), float(loads[1][t, m] / targets[t, m]))
        for t in touched
        for m, name in enumerate(statement.measures)
        if targets[t, m] > 0
    )
    misfit = sum(
        grounds.misfit(members, int(places[unit])) - grounds.misfit(members, int(before[unit]))
        for unit in np.flatnonzero(before != places).tolist()
        for members in (grounds.members(int(units.first_account[unit])),)
    )
    return Price(
        flag_ids=flag_ids,
        moves={grade: int(moved[1][g] - moved[0][g]) for g, grade in enumerate(GRADES)},
        violation_before=measure_violation(problem, before),
        violation_after=measure_violation(problem, places),
        cost=round(float(misfit), 6),
        quota_cents={ids[t]: int(gained[t]) for t in np.flatnonzero(gained).tolist()},
        balance=balance,
        shifts=_list_shifts(grounds, after.held, changed, account_before, account_after, unit_grade),
        territories=territories,
        is_least=is_least,
    )


def _list_shifts(
    grounds: Grounds,
    held: frozenset[int],
    changed: NDArray[np.intp],
    before: NDArray[np.intp],
    after: NDArray[np.intp],
    grades: NDArray[np.int8],
) -> tuple[Shift, ...]:
    statement = grounds.statement
    ids, home = statement.setting.ids, statement.present
    accounts = statement.accounts.select("account_id", "name")[changed]
    shifts = []
    for row, (account_id, name) in zip(changed.tolist(), accounts.iter_rows(), strict=True):
        if int(statement.units.unit_of_account[row]) in held:
            role = "flagged"
        elif before[row] == home[row]:
            role = "instead"
        else:
            role = "stays" if after[row] == home[row] else "elsewhere"
        shifts.append(
            Shift(
                account_id, name or account_id, ids[home[row]], ids[before[row]], ids[after[row]],
                GRADES[grades[row]], role,
            )
        )  # fmt: skip
    order = ("flagged", "instead", "stays", "elsewhere")
    return tuple(sorted(shifts, key=lambda shift: (order.index(shift.role), shift.account_id)))


def sum_loads(problem: Problem, places: NDArray[np.int32]) -> NDArray[np.float64]:
    """(T, M) what every territory has of every measure where the units are in some places."""
    loads = np.zeros(problem.lower.shape)
    for m in range(problem.n_measures):
        loads[:, m] = np.bincount(places, weights=problem.amounts[:, m], minlength=problem.n_territories)
    return loads


def measure_violation(problem: Problem, places: NDArray[np.int32]) -> float:
    """Sum up how far territories are outside their bands, in targets."""
    loads = sum_loads(problem, places)
    outside = np.maximum(problem.lower - loads, loads - problem.upper) / problem.scale
    return float(np.where(outside > BAND_TOLERANCE, outside, 0.0).sum())
