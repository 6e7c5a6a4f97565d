"""Studies: what each point of balance costs, scenarios side by side, and plans taken out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import FileResponse
from ninja import Router, Status

from evenhand.adapters.store.doors import access_book, access_study, check_may, list_studies
from evenhand.adapters.store.jobs import cancel
from evenhand.adapters.store.models import StudyKind
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, file_of, plain, run_out, study_out
from evenhand.web.api.once import do_once
from evenhand.web.api.problems import ProblemError
from evenhand.web.asking_studies import ask_study
from evenhand.web.opening_scenarios import open_scenario
from evenhand.web.reports import serve_report
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.studying import REPORTS

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["studies"])


@router.get("/studies", response={200: schemas.Studies, **NO})
def read_studies(
    request: HttpRequest, book_id: UUID | None = None, offset: schemas.Offset = 0, limit: schemas.Limit = 50
) -> dict[str, Any]:
    """List the studies, the latest first."""
    check_may(caller(request), May.MAKE_PLANS)
    studies = list_studies(caller(request))
    if book_id is not None:
        studies = studies.filter(book_id=book_id)
    return {"items": [study_out(one) for one in studies[offset : offset + limit]], "count": studies.count()}


@router.post("/studies", response={202: schemas.StudyOut, **NO}, auth=WRITE)
def make_study(request: HttpRequest, asked: schemas.StudyIn, idempotency_key: Key = None) -> Status[Any]:
    """Ask for a frontier or for scenarios of a book; they are solved in the background."""
    book = access_book(caller(request), asked.book_id, May.MAKE_PLANS)

    def do() -> tuple[int, Any]:
        study = ask_study(caller(request), book, StudyKind(asked.kind), asked.text, asked.title)
        return 202, plain(schemas.StudyOut, study_out(study))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), do))


@router.get("/studies/{study_id}", response={200: schemas.StudyOut, **NO})
def read_study(request: HttpRequest, study_id: UUID) -> dict[str, Any]:
    """Return a study: how far it is, or what came of it."""
    return study_out(access_study(caller(request), study_id))


@router.post("/studies/{study_id}/cancel", response={200: schemas.StudyOut, **NO}, auth=WRITE)
def cancel_study(request: HttpRequest, study_id: UUID) -> dict[str, Any]:
    """Stop a study; one that has ended stays as it is."""
    study = access_study(caller(request), study_id)
    cancel(study, caller(request))
    study.refresh_from_db()
    return study_out(study)


@router.get("/studies/{study_id}/report.html", response=NO, openapi_extra=file_of("text/html"))
def read_study_report(request: HttpRequest, study_id: UUID) -> FileResponse:
    """Return the study as a page: the frontier, or the scenarios side by side."""
    study = access_study(caller(request), study_id)
    if not study.has_report:
        raise ProblemError(409, "There is no report yet", "Wait until the study is done.")
    return serve_report(open_shelf().study(study.folder) / REPORTS[StudyKind(study.kind)])


@router.post("/studies/{study_id}/plans", response={200: schemas.PlanRunOut, **NO}, auth=WRITE)
def make_plan_of_scenario(request: HttpRequest, study_id: UUID, asked: schemas.ScenarioIn) -> dict[str, Any]:
    """Make a plan run of a solved scenario; asked again, it is the same run."""
    study = access_study(caller(request), study_id)
    return run_out(request, open_scenario(caller(request), study, asked.scenario))
