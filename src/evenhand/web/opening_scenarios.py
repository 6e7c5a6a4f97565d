"""Taking a solved scenario out of a study: a plan run of its own, to share, to edit and to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evenhand._version import __version__
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import PlanRun, State, Study, StudyKind
from evenhand.app.policies import read_stored_policy
from evenhand.app.question import Question
from evenhand.foundation.errors import InputError, Refusal
from evenhand.foundation.hashing import hash_values
from evenhand.web.requesting import firm_policy
from evenhand.wiring.container import connect_outside
from evenhand.wiring.planning import NAME_LENGTH, summarise
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from evenhand.adapters.store.models import User


def list_scenarios(study: Study) -> list[str]:
    """Return the names of the scenarios that a study solved."""
    if study.kind != StudyKind.SCENARIOS or not study.has_report:
        return []
    return [str(one["name"]) for one in study.summary.get("scenarios", [])]


def find_opened(study: Study) -> dict[str, PlanRun]:
    """Return the plan runs that scenarios of a study were made into, by the scenario's name."""
    folders = {_name(study, name): name for name in list_scenarios(study)}
    runs = PlanRun.objects.filter(book=study.book, folder__in=folders).order_by("-created_at")
    return {folders[run.folder]: run for run in runs}


def open_scenario(user: User, study: Study, name: str) -> PlanRun:
    """Make a plan run of a solved scenario; the one that was made of it before is returned again.

    Raises
    ------
    Refusal
        WS123 where the study isn't solved.
    InputError
        Where it has no such scenario.
    """
    if study.kind != StudyKind.SCENARIOS or not study.has_report:
        raise Refusal("WS123", "There are no solved scenarios here.", "Ask for some, and wait until they are done.")
    named = list_scenarios(study)
    if name not in named:
        raise InputError({"scenario": f"there is no {name!r}; there is {', '.join(named)}"})
    shelf, outside, folder = open_shelf(), connect_outside(), _name(study, name)
    shelf.copy_in(shelf.study(study.folder) / name, shelf.plan(folder))
    plan, _ = outside.read_plan(shelf.plan(folder))
    firm, values = firm_policy().values(), read_stored_policy(plan).values()
    question = Question(
        {path: value for path, value in values.items() if value != firm.get(path)}, tuple(plan.summary["events"])
    )
    with transaction.atomic():
        # Locked, so that two who open it at once get the same run.
        Study.objects.select_for_update().get(pk=study.pk)
        made = find_opened(study).get(name)
        if made is None:
            now = timezone.now()
            made = PlanRun.objects.create(
                book=study.book,
                title=f"{name}, of {study.title}"[:200],
                question=question.as_dict(),
                folder=folder,
                summary=summarise(plan.summary),
                state=State.DONE,
                attempt=1,
                started_at=now,
                finished_at=now,
                created_by=user,
            )
            record(user, "plan_run.opened", made, study=str(study.pk), scenario=name)
    return made


def _name(study: Study, name: str) -> str:
    return hash_values(["scenario", study.folder, name, __version__])[:NAME_LENGTH]
