"""The year by the API: days, reviews with their agendas and outcomes, decisions, alerts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from evenhand.adapters.store import cycles as store
from evenhand.adapters.store.doors import access_plan_run, check_may
from evenhand.adapters.store.doors_of_books import access_source
from evenhand.adapters.store.doors_of_cycles import access_alert, access_cycle, list_days
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, file_of, page
from evenhand.web.cycle_parts import FILES, TABLES, folder_of, list_days_ahead, print_agenda, take_step, tell_cycle
from evenhand.web.pages.alerts import see_alerts
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import WatchAlert

router = Router(tags=["the year"])

Words = Annotated[str, Field(max_length=4000)]


class CycleIn(Schema):
    """The first review of the rhythm."""

    model_config = ConfigDict(json_schema_extra={"example": {"due_on": "2027-01-11"}})

    due_on: dt.date
    source_id: UUID | None = Field(None, description="A saved source that is brought in before each review.")


class StepIn(Schema):
    """What is done to a review: prepare (by the newest book), no change, plan, name the plan, close, postpone."""

    model_config = ConfigDict(json_schema_extra={"example": {"step": "no change", "reason": "No trigger fired."}})

    step: str = Field(max_length=40)
    reason: Words = ""
    due_on: dt.date | None = Field(None, description="The new day; to postpone.")
    next_on: dt.date | None = Field(None, description="The next review; nothing: by the policy.")
    plan_run_id: UUID | None = Field(None, description="The plan that came of it; to name it.")


class SnoozeIn(Schema):
    """Until when an alert is to be quiet, and why."""

    model_config = ConfigDict(json_schema_extra={"example": {"until": "2027-01-11", "reason": "After the fair."}})

    until: dt.date
    reason: Words


class CycleOut(Schema):
    """A review: all of it for who decides, for others its day."""

    name: str
    due_on: dt.date
    is_held: bool
    id: UUID | None = None
    stage: str = ""
    book_id: UUID | None = None
    agenda: dict[str, Any] = Field(default_factory=dict)
    decision: str = ""
    reason: str = ""
    decided_by: str | None = None
    decided_on: dt.date | None = None
    closed_on: dt.date | None = None
    closing: str = ""
    plan_run_id: UUID | None = None
    outcome: dict[str, Any] = Field(default_factory=dict)
    version: int = 0


class DayOut(Schema):
    """A day of the calendar; not sure where it only follows from the rhythm."""

    on: dt.date
    name: str
    is_sure: bool


class YearOut(Schema):
    """Reviews, the latest first, and the days ahead."""

    items: list[CycleOut]
    count: int
    days: list[DayOut]


class AlertOut(Schema):
    """An alert; its words for who sees all territories."""

    id: UUID
    trigger: str
    subject_ids: list[str]
    state: str
    message: str
    value: float | None
    first_on: dt.date
    alarmed_on: dt.date
    seen_on: dt.date
    snoozed_until: dt.date | None
    reason: str
    book_id: UUID


class Alerts(Schema):
    """A page of alerts."""

    items: list[AlertOut]
    count: int


@router.get("/cycles", response={200: YearOut, **NO})
def read_year(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the reviews of the year and the days ahead."""
    rows = list(list_days(caller(request)).select_related("decided_by"))
    told = page([tell_cycle(row, caller(request)) for row in rows], offset, limit)
    return told | {"days": [vars(day) for day in list_days_ahead(rows, firm_policy(), today())]}


@router.post("/cycles", response={201: CycleOut, **NO}, auth=WRITE)
def begin_year(request: HttpRequest, said: CycleIn) -> Status[Any]:
    """Set the day of the first review."""
    user = caller(request)
    check_may(user, May.REVIEW_PLANS)
    source = None if said.source_id is None else access_source(user, said.source_id)
    return Status(201, tell_cycle(store.begin(user, said.due_on, source, today()), user))


@router.get("/cycles/{cycle_id}", response={200: CycleOut, **NO})
def read_cycle(request: HttpRequest, cycle_id: UUID) -> dict[str, Any]:
    """Return a review."""
    return tell_cycle(access_cycle(caller(request), cycle_id), caller(request))


@router.post("/cycles/{cycle_id}/steps", response={200: CycleOut, **NO}, auth=WRITE)
def step_cycle(request: HttpRequest, cycle_id: UUID, said: StepIn) -> dict[str, Any]:
    """Record a decision, name the plan, close or postpone a review."""
    user = caller(request)
    run = None if said.plan_run_id is None else access_plan_run(user, said.plan_run_id)
    row = take_step(
        access_cycle(user, cycle_id), user, said.step,
        reason=said.reason, due_on=said.due_on, next_on=said.next_on, run=run,
    )  # fmt: skip
    return tell_cycle(row, user)


@router.get("/cycles/{cycle_id}/agenda.pdf", response=NO, openapi_extra=file_of("application/pdf"))
def download_agenda(request: HttpRequest, cycle_id: UUID) -> HttpResponse:
    """Download the agenda of a review."""
    row = access_cycle(caller(request), cycle_id)
    if not row.agenda:
        raise Http404
    return HttpResponse(print_agenda(row, firm_policy(), "pdf"), content_type="application/pdf")


@router.get(
    "/cycles/{cycle_id}/files/{name}",
    response=NO,
    openapi_extra=file_of("application/json", "application/pdf", "text/csv", "text/html", "application/toml"),
)
def download_outcome(request: HttpRequest, cycle_id: UUID, name: str) -> FileResponse:
    """Download a file of a review's outcome: outcome.json, summary.pdf, report.html, proposal.toml, or a table."""
    row = access_cycle(caller(request), cycle_id)
    folder = folder_of(row)
    kinds = FILES | {f"{table}.csv": "text/csv; charset=utf-8" for table in TABLES}
    if folder is None or name not in kinds or not (folder / name).is_file():
        raise Http404
    return FileResponse((folder / name).open("rb"), content_type=kinds[name], filename=name)


@router.get("/alerts", response={200: Alerts, **NO})
def read_alerts(
    request: HttpRequest,
    state: Annotated[str, Query(max_length=20, description="open, snoozed or settled.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 50,
) -> dict[str, Any]:
    """List the alerts that concern the caller."""
    rows = [row for row in see_alerts(caller(request)) if state in {"", row.state}]
    whole = caller(request).can(May.READ_AUDIT)
    return page([_tell_alert(row, whole=whole) for row in rows], offset, limit)


@router.post("/alerts/{alert_id}/snooze", response={200: AlertOut, **NO}, auth=WRITE)
def snooze_alert(request: HttpRequest, alert_id: UUID, said: SnoozeIn) -> dict[str, Any]:
    """Keep an alert quiet until a day, unless it grows."""
    row = access_alert(caller(request), alert_id)
    return _tell_alert(store.snooze(row, caller(request), said.until, said.reason, today()), whole=True)


def _tell_alert(row: WatchAlert, *, whole: bool) -> dict[str, Any]:
    names = ("trigger", "subject_ids", "state", "first_on", "alarmed_on", "seen_on", "snoozed_until", "book_id")
    told = {name: getattr(row, name) for name in names} | {"id": row.pk}
    return told | {
        "message": row.message if whole else "",
        "value": row.now if whole else None,
        "reason": row.reason if whole else "",
    }
