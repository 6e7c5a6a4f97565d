"""One plan as a comparison sees it: its figures and tables, whether it was just made or read from a folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.plan.ramp import RAMP_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord


@dataclass(frozen=True, eq=False)
class Side:
    """One plan of a comparison.

    Attributes
    ----------
    name
        What it is called in the comparison: the scenario, or the folder.
    gap
        None where nothing is proved.
    touched
        n_customers, n_seats, n_moved_again, n_many_owners.
    widening_share
        By how much all bands would have to be wider, where they can't be met.
    ramp, fairness
        As in plan.json, see `evenhand.plan.consequences.Consequences.as_dict`; empty where a plan doesn't say.
    moves, assignment, territories, hierarchy, quotas
        As in `evenhand.plan.plan.Plan`.
    ramp_by_territory
        With `evenhand.plan.ramp.RAMP_SCHEMA`.
    """

    name: str
    book_hash: str
    currency: str
    status: str
    policy: str
    scenario: str | None
    parent: str | None
    events: tuple[str, ...]
    edits: tuple[str, ...]
    violation: float
    cost: float
    gap: float | None
    moves_by_grade: Mapping[str, int]
    touched: Mapping[str, int]
    widening_share: float | None
    ramp: Mapping[str, Any]
    fairness: Mapping[str, Any]
    moves: pl.DataFrame
    assignment: pl.DataFrame
    territories: pl.DataFrame
    hierarchy: pl.DataFrame
    quotas: pl.DataFrame
    ramp_by_territory: pl.DataFrame

    @classmethod
    def of_plan(cls, name: str, plan: Plan) -> Side:
        """Take a plan that was just made."""
        follows = {} if plan.consequences is None else plan.consequences.as_dict()
        return cls(
            name=name,
            book_hash=plan.book_hash,
            currency=plan.currency,
            status=plan.status,
            policy=plan.policy_name,
            scenario=plan.scenario,
            parent=plan.parent,
            events=plan.events,
            edits=plan.edits,
            violation=plan.violation,
            cost=plan.cost,
            gap=plan.gap if plan.gap != float("inf") else None,
            moves_by_grade=plan.moves_by_grade,
            touched=asdict(plan.touched),
            widening_share=plan.relaxation.widening_share if plan.relaxation else None,
            ramp=follows.get("ramp", {}),
            fairness=follows.get("fairness", {}),
            ramp_by_territory=plan.ramp if follows else _NO_RAMP,
            **{name: getattr(plan, name) for name in _TABLES},
        )

    @classmethod
    def of_record(cls, name: str, record: PlanRecord) -> Side:
        """Take what a plan folder holds."""
        summary: Mapping[str, Any] = record.summary
        return cls(
            name=name,
            book_hash=summary["hashes"]["book"],
            currency=summary["currency"],
            status=summary["status"],
            policy=summary["policy"],
            scenario=summary["scenario"],
            parent=summary.get("parent"),
            events=tuple(summary["events"]),
            edits=tuple(summary.get("edits", ())),
            violation=summary["violation"],
            cost=summary["cost"],
            gap=summary["gap"],
            moves_by_grade=summary["moves_by_grade"],
            touched=summary["touched"],
            widening_share=(summary["relaxation"] or {}).get("widening_share"),
            ramp=summary.get("ramp", {}),
            fairness=summary.get("fairness", {}),
            ramp_by_territory=record.tables.get("ramp", _NO_RAMP),
            **{name: record.tables[name] for name in _TABLES},
        )

    def renamed(self, name: str) -> Side:
        """Return the same under another name."""
        return replace(self, name=name)


_TABLES = ("moves", "assignment", "territories", "hierarchy", "quotas")
_NO_RAMP = pl.DataFrame(schema=RAMP_SCHEMA)
