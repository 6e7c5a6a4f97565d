"""Where a plan stands after some edits: who is where, what every territory holds, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.grades import GRADES
from evenhand.plan.solver import BAND_TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.edits.edit import Edit
    from evenhand.plan.edits.grounds import Grounds


@dataclass(frozen=True, eq=False)
class Standing:
    """A plan with some edits, as far as it has to be known to weigh the next.

    Attributes
    ----------
    assigned
        (n_accounts,) index of the territory of each account.
    is_held
        (n_accounts,) which accounts an edit has put somewhere: nothing else moves them.
    is_excluded
        (n_accounts,) which count nowhere.
    unit_grade
        (n_accounts,) grade of moving what moves as one with each account.
    alone
        Rows of accounts taken out of their family.
    loads, targets, lower, upper, scale
        (T, M) of every measure.
    cost
        Alignment cost of the moves.
    """

    assigned: NDArray[np.intp]
    is_held: NDArray[np.bool_]
    is_excluded: NDArray[np.bool_]
    unit_grade: NDArray[np.int8]
    alone: frozenset[int]
    loads: NDArray[np.float64]
    targets: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: NDArray[np.float64]
    cost: float


@dataclass(frozen=True, eq=False)
class Change:
    """What an edit does to a standing.

    Attributes
    ----------
    members
        Rows of the accounts that go along.
    source, target
        Indices of the territories that they leave and go to.
    """

    edit: Edit
    members: NDArray[np.intp]
    source: int
    target: int
    after: Standing


def stand(grounds: Grounds, assigned: NDArray[np.intp], cost: float) -> Standing:
    """Say where a plan stands.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory of each account.
    """
    statement = grounds.statement
    bands, units = statement.bands, statement.units
    counted = np.where(statement.is_excluded[:, None], 0.0, grounds.amounts)
    loads = np.zeros(bands.targets.shape)
    for m in range(counted.shape[1]):
        loads[:, m] = statement.total(counted[:, m], assigned)
    held = statement.pinned[units.unit_of_account] >= 0
    return Standing(
        assigned=assigned,
        is_held=held,
        is_excluded=statement.is_excluded,
        unit_grade=units.largest(grounds.grades)[units.unit_of_account],
        alone=frozenset(),
        loads=loads,
        targets=bands.targets,
        lower=bands.lower,
        upper=bands.upper,
        scale=bands.scale,
        cost=cost,
    )


def carry_out(grounds: Grounds, standing: Standing, edit: Edit, row: int, to: int | None) -> Change:
    """Carry an edit out.

    Parameters
    ----------
    row
        Of the edit's account.
    to
        Index of the territory of a move.
    """
    members = _members(grounds, standing, row, alone=edit.kind == "move-alone")
    source = int(standing.assigned[row])
    home = int(grounds.statement.present[row])
    target = home if to is None else to
    assigned, held = standing.assigned.copy(), standing.is_held.copy()
    assigned[members], held[members] = target, True
    after = replace(standing, assigned=assigned, is_held=held)
    if edit.kind == "move-alone":
        after = _take_out(grounds, after, row)
    after = replace(after, cost=_cost_after(grounds, standing, members, row, source, target))
    was, becomes = bool(standing.is_excluded[row]), edit.kind == "exclude"
    if was != becomes:
        excluded = standing.is_excluded.copy()
        excluded[members] = becomes
        after = _rescale(grounds, replace(after, is_excluded=excluded), members, home, leaves=becomes)
    loads = standing.loads.copy()
    brought = grounds.amounts[members].sum(axis=0)
    if not was:
        loads[source] = np.maximum(loads[source] - brought, 0.0)
    if not becomes:
        loads[target] += brought
    return Change(edit, members, source, target, replace(after, loads=loads))


def excess(standing: Standing) -> NDArray[np.float64]:
    """(T, M) how far each load is outside its band ÷ scale."""
    outside = np.maximum(standing.lower - standing.loads, standing.loads - standing.upper) / standing.scale
    outside -= BAND_TOLERANCE
    shares: NDArray[np.float64] = np.maximum(outside, 0.0)
    return shares


def count_moves(grounds: Grounds, standing: Standing) -> dict[str, int]:
    """Count the accounts that move, by grade."""
    moved = standing.assigned != grounds.statement.present
    counts = np.bincount(standing.unit_grade[moved], minlength=len(GRADES)).tolist()
    return dict(zip(GRADES, counts, strict=True))


def _members(grounds: Grounds, standing: Standing, row: int, *, alone: bool) -> NDArray[np.intp]:
    if alone or row in standing.alone:
        return np.array([row], np.intp)
    members = grounds.members(row)
    apart = [member not in standing.alone for member in members.tolist()]
    return members if all(apart) else members[apart]


def _take_out(grounds: Grounds, standing: Standing, row: int) -> Standing:
    """Make an account a unit by itself; the rest of its family may be gentler to move without it."""
    grade = standing.unit_grade.copy()
    grade[row] = grounds.grades[row]
    alone = standing.alone | {row}
    rest = [member for member in grounds.members(row).tolist() if member not in alone]
    if rest:
        grade[rest] = grounds.grades[rest].max()
    return replace(standing, unit_grade=grade, alone=alone)


def _cost_after(
    grounds: Grounds, before: Standing, members: NDArray[np.intp], row: int, source: int, target: int
) -> float:
    together = _members(grounds, before, row, alone=False)
    rest = np.setdiff1d(together, members, assume_unique=True)
    cost = before.cost - grounds.misfit(together, source) + grounds.misfit(members, target)
    return cost + (grounds.misfit(rest, source) if len(rest) else 0.0)


def _rescale(grounds: Grounds, standing: Standing, members: NDArray[np.intp], home: int, *, leaves: bool) -> Standing:
    """Take what is left out from the total that its pool shares: its targets and bands shrink in proportion.

    A limit by hours (``bands.workload_ceiling``) stays as it is. Where events move the bands, they may move them
    otherwise when the plan is made; without events this is what comes out.
    """
    statement = grounds.statement
    pool = np.flatnonzero(grounds.pools == grounds.pools[home])
    brought = grounds.amounts[members].sum(axis=0)
    totals = standing.targets[pool].sum(axis=0)
    ratio = np.divide(totals - (brought if leaves else -brought), totals, out=np.ones_like(totals), where=totals > 0)
    targets, lower, upper = standing.targets.copy(), standing.lower.copy(), standing.upper.copy()
    by_hours = np.zeros(upper.shape, bool)
    ceiling = grounds.policy.bands.workload_ceiling
    if ceiling is not None and "workload" in statement.bands.measures:
        hours = statement.setting.territories["capacity_hours"].to_numpy() * ceiling
        m = statement.bands.measures.index("workload")
        by_hours[:, m] = np.isclose(upper[:, m], hours)
    scale = standing.scale.copy()
    scale[pool] = np.where((targets[pool] > 0) & (ratio > 0), scale[pool] * ratio, scale[pool])
    targets[pool] *= ratio
    shrunk = np.where(np.isfinite(lower[pool]), lower[pool], 0.0) * ratio
    lower[pool] = np.where(shrunk > 0, shrunk, -np.inf)
    stays = by_hours[pool] | ~np.isfinite(upper[pool])
    upper[pool] = np.where(stays, upper[pool], np.where(stays, 0.0, upper[pool]) * ratio)
    return replace(standing, targets=targets, lower=lower, upper=upper, scale=scale)
