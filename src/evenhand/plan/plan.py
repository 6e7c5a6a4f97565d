"""The plan: who moves where and why, what it does to every territory and quota, and the proof."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import polars as pl

    from evenhand.foundation.findings import Finding
    from evenhand.plan.consequences import Consequences
    from evenhand.plan.solver import Problem


@dataclass(frozen=True)
class LevelProof:
    """One level of the order of importance: what the plan does, and the least that any plan could do.

    Attributes
    ----------
    level
        violation, high, medium, low or cost (alignment).
    value
        Of this plan: total relative violation, families moved of that grade, or alignment cost.
    bound
        No plan that is as good on the levels before has less. Recomputed by `evenhand check` from the files alone.
    proven
        True where the value is proven least (within rounding).
    """

    level: str
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True)
class Relaxation:
    """Why the bands can't all be met, and the smallest relaxation that would do.

    Attributes
    ----------
    widening_share
        All bands would have to be this share of the target wider, on both sides.
    binding
        Territory, measure and what is in the way, in words; the most binding first.
    """

    widening_share: float
    binding: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Touched:
    """How many a plan touches.

    Attributes
    ----------
    n_customers
        Families of which an account moves; an account without family is one.
    n_seats
        Territories that give or get an account.
    n_moved_again
        Accounts that move within the cool-down of an earlier move: none, unless their territory is emptied or somebody
        moved them by hand.
    n_many_owners
        Accounts that move and have had two owners or more before.
    """

    n_customers: int = 0
    n_seats: int = 0
    n_moved_again: int = 0
    n_many_owners: int = 0


@dataclass(frozen=True, eq=False)
class Step:
    """One step that changed a plan after it was made, with what undoes it.

    Attributes
    ----------
    texts
        The edits of the step as text; none for a repair: solved again with all edits held.
    changes
        account_id, from_territory_id, to_territory_id: every account whose place in the plan it changed, sorted.
    certificate_before, seconds_before
        Of the plan before, where the step replaced them.
    """

    texts: tuple[str, ...]
    changes: pl.DataFrame
    certificate_before: pl.DataFrame | None = None
    seconds_before: float | None = None

    @property
    def is_repair(self) -> bool:
        """Whether the solver chose it."""
        return not self.texts


@dataclass(frozen=True, eq=False)
class Plan:
    """The outcome of planning, with everything needed to check it and to explain it.

    Attributes
    ----------
    status
        optimal, feasible, infeasible_bands or interrupted.
    violation
        Σ over territories and measures of the distance outside the band ÷ target; 0 where every band is met.
    moves_by_grade
        Accounts that move, by grade.
    cost
        Alignment cost of the moves.
    objective, bound
        Of the last level of the order of importance: alignment cost, and the least that any plan that is as good on
        the levels before could have.
    gap
        The largest (value − bound) ÷ bound of violation and of the moves of each grade; inf where nothing is proved.
        Alignment matters last and has its own in `levels`.
    levels
        The same for each level of the order of importance.
    moves
        One row for each account that moves: account_id, name, from_territory_id, to_territory_id, grade, potential,
        reason, evidence, alternative.
    assignment
        account_id, territory_id: every account of the book once, sorted by account_id.
    territories
        One row for each territory and measure: territory_id, measure, before, after, target, lower, upper,
        status_before, status_after; null where there is no band.
    hierarchy
        What every territory and group holds, see `evenhand.plan.roll_up.roll_up`.
    quotas
        The bridge: territory_id, line, amount_cents; the lines of a territory add up to its new quota.
    quota_summary
        One row for each territory: opening_cents, new_cents, change_share, unchanged_raise_share (what leaving the
        quota as it is would have raised it by).
    certificate
        The proof as a table: level, part, node, row, territory_id, to_territory_id, unit_id, case_number, measure,
        price; see `evenhand.plan.solver.certificate.Entry`.
    problem
        What the solver was asked.
    units
        One row for each unit in the order of the problem: unit_id, account_ids.
    candidates_considered
        In words: over which territories for each account the proof holds.
    relaxation
        Where the bands can't all be met.
    parent
        The scenario that this one started from.
    edits
        Decisions by hand that the plan keeps, in order, as `evenhand.plan.edits.parse_edit` reads them.
    steps
        What was done to the plan after it was made, in order; the last can be undone.
    earlier_moves
        account_id, to_territory_id, moved_on: the moves of earlier plans that count for the cool-down.
    touched
        How many are touched, see `Touched`.
    consequences
        Quotas, ramp and expected attainment, see `evenhand.plan.consequences`.
    """

    status: str
    violation: float
    moves_by_grade: Mapping[str, int]
    cost: float
    objective: float
    bound: float
    gap: float
    levels: tuple[LevelProof, ...]
    seconds: float
    seed: int
    version: str
    as_of: dt.date
    currency: str
    book_hash: str
    policy_hash: str
    policy_name: str
    scenario: str | None
    events: tuple[str, ...]
    measures: tuple[str, ...]
    territory_ids: tuple[str, ...]
    moves: pl.DataFrame
    assignment: pl.DataFrame
    territories: pl.DataFrame
    hierarchy: pl.DataFrame
    quotas: pl.DataFrame
    quota_summary: pl.DataFrame
    certificate: pl.DataFrame
    problem: Problem
    units: pl.DataFrame
    candidates_considered: str
    relaxation: Relaxation | None = None
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    edits: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    earlier_moves: pl.DataFrame | None = None
    touched: Touched = field(default_factory=Touched)
    consequences: Consequences | None = None

    @property
    def ramp(self) -> pl.DataFrame:
        """What each territory loses while accounts are new to it, see `evenhand.plan.ramp.RAMP_SCHEMA`."""
        return self._table("ramp")

    @property
    def fairness(self) -> pl.DataFrame:
        """Expected attainment of every seat before and after, see `evenhand.plan.quotas.Fairness`."""
        return self._table("fairness")

    @property
    def quota_periods(self) -> pl.DataFrame:
        """The bridges of the period of the plan and the next ones, see `evenhand.plan.quotas.QuotaBridge`."""
        return self._table("quota_periods")

    def _table(self, name: str) -> pl.DataFrame:
        return self.quotas.clear() if self.consequences is None else self.consequences.tables[name]

    @property
    def n_moves(self) -> int:
        """Accounts that move."""
        return self.moves.height

    def __repr__(self) -> str:
        grades = ", ".join(f"{self.moves_by_grade[grade]} {grade}" for grade in reversed(GRADES))
        gap = f"{self.gap:.2%}".replace("%", " %") if math.isfinite(self.gap) else "unknown"
        return f"Plan ({self.status}): {self.n_moves} moves ({grades}), violation {self.violation:g}, gap {gap}"
