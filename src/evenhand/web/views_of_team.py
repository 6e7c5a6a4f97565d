"""Cutting a diagnosis or a plan down to the territories that a person sees."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.visible import see_territories
from evenhand.plan.grades import GRADES
from evenhand.web.reading import find_diagnosis, find_directory, find_plan

if TYPE_CHECKING:
    from evenhand.adapters.files.diagnoses import KeptDiagnosis
    from evenhand.adapters.store.models import Book, PlanRun, User
    from evenhand.web.reading import KeptPlan


def visible_territories(user: User, book: Book) -> frozenset[str] | None:
    """Return the territories of a book that someone sees; None for all."""
    return see_territories(find_directory(book), user.role_entry.sees, user.rep_id)


def visible_diagnosis(user: User, book: Book) -> KeptDiagnosis:
    """Return a diagnosis with the territories that someone sees; of triggers only what concerns those."""
    whole, seen = find_diagnosis(book), visible_territories(user, book)
    if seen is None:
        return whole
    triggers = tuple(
        replace(
            trigger,
            message="Concerns territories shown here." if seen & set(trigger.territory_ids) else "",
            territory_ids=tuple(name for name in trigger.territory_ids if name in seen),
            record_ids={},
            figures={},
            value=None,
        )
        for trigger in whole.triggers
        if seen & set(trigger.territory_ids)
    )
    return replace(
        whole,
        conclusion="",
        territories=whole.territories.filter(pl.col("territory_id").is_in(sorted(seen))),
        team=whole.team.clear(),
        verdicts=tuple(verdict for verdict in whole.verdicts if verdict.territory_id in seen),
        triggers=triggers,
        missing=(),
        plain={},
    )


def visible_plan(user: User, run: PlanRun) -> KeptPlan:
    """Return a plan with the moves, figures and quotas of the territories that someone sees."""
    whole, seen = find_plan(run), visible_territories(user, run.book)
    if seen is None:
        return whole
    names = sorted(seen)
    of_team = pl.col("territory_id").is_in(names)
    touched = pl.col("from_territory_id").is_in(names) | pl.col("to_territory_id").is_in(names)
    moves = whole.moves.filter(touched).with_columns(
        # What else was considered names territories of other teams.
        alternative=pl.lit(None, dtype=pl.String)
    )
    grades = dict(moves.group_by("grade").len().iter_rows())
    return replace(
        whole,
        moves=moves,
        n_moves=moves.height,
        moves_by_grade={grade: int(grades.get(grade, 0)) for grade in GRADES},
        assignment=whole.assignment.filter(of_team),
        territories=whole.territories.filter(of_team),
        quotas=whole.quotas.filter(of_team),
        quota_summary=whole.quota_summary.filter(of_team),
        # Their totals are those of the whole firm.
        quota_periods=None,
        fairness=None,
        ramp=None,
        territory_ids=tuple(name for name in whole.territory_ids if name in seen),
        relaxation=None,
        findings=(),
        summary={},
    )
