"""Plans: asking for them, their tables and moves, sharing, downloads, comparing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import FileResponse
from ninja import Path, Query, Router, Status

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import (
    access_book,
    access_plan_run,
    access_whole_plan_run,
    check_may,
    list_plan_runs,
)
from evenhand.adapters.store.jobs import cancel
from evenhand.adapters.store.models import Audience, PlanRun
from evenhand.app.question import Question
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, changed_meanwhile, check_plan, file_of, plain, run_out
from evenhand.web.api.once import do_once
from evenhand.web.api.problems import ProblemError
from evenhand.web.browsing import sort_table
from evenhand.web.pages.compare import MOST_PLANS, compare_runs, figures_of
from evenhand.web.pages.moves import COLUMNS, choose_moves
from evenhand.web.pages.plans import pack_folder, serve_plan_report
from evenhand.web.requesting import ask_plan
from evenhand.web.tables import page_of
from evenhand.web.views_of_team import visible_plan

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["plans"])
Chosen = Annotated[list[UUID], Query(min_length=2, max_length=MOST_PLANS)]


@router.get("/plan-runs", response={200: schemas.PlanRuns, **NO})
def read_plan_runs(
    request: HttpRequest,
    book_id: UUID | None = None,
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 50,
) -> dict[str, Any]:
    """List the plan runs, the latest first."""
    check_may(caller(request), May.READ_PLANS)
    runs = list_plan_runs(caller(request))
    if book_id is not None:
        runs = runs.filter(book_id=book_id)
    return {"items": [run_out(request, run) for run in runs[offset : offset + limit]], "count": runs.count()}


@router.post("/plan-runs", response={202: schemas.PlanRunOut, **NO}, auth=WRITE)
def make_plan_run(request: HttpRequest, asked: schemas.PlanRunIn, idempotency_key: Key = None) -> Status[Any]:
    """Ask for a plan; it is solved in the background."""
    book = access_book(caller(request), asked.book_id, May.MAKE_PLANS)

    def do() -> tuple[int, Any]:
        run = ask_plan(caller(request), book, Question(asked.values, tuple(asked.events)), asked.title)
        return 202, plain(schemas.PlanRunOut, run_out(request, run))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), do))


@router.get("/plan-runs/{run_id}", response={200: schemas.PlanRunOut, **NO})
def read_plan_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Return a plan run: how far its solve is, or the figures of its plan."""
    return run_out(request, access_plan_run(caller(request), run_id))


@router.post("/plan-runs/{run_id}/cancel", response={200: schemas.PlanRunOut, **NO}, auth=WRITE)
def cancel_plan_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Stop a solve; one that has ended stays as it is."""
    run = access_plan_run(caller(request), run_id, May.MAKE_PLANS)
    cancel(run, caller(request))
    run.refresh_from_db()
    return run_out(request, run)


@router.post("/plan-runs/{run_id}/share", response={200: schemas.PlanRunOut, **NO}, auth=WRITE)
def share_plan_run(
    request: HttpRequest,
    run_id: UUID,
    if_match: Annotated[int, Query(ge=1, le=2_000_000_000, description="The version that was seen.")],
    audience: Audience = Audience.SHARED,
) -> dict[str, Any]:
    """Share a plan with managers and viewers, or take it back."""
    run = check_plan(access_plan_run(caller(request), run_id, May.SHARE_PLANS))
    with transaction.atomic():
        changed = PlanRun.objects.filter(pk=run.pk, version=if_match).update(
            audience=audience, version=F("version") + 1
        )
        if changed:
            record(caller(request), "plan_run.shared", run, audience=str(audience))
    run.refresh_from_db()
    if not changed:
        raise changed_meanwhile(plain(schemas.PlanRunOut, run_out(request, run)))
    return run_out(request, run)


@router.get("/plan-runs/{run_id}/tables/{table}", response={200: schemas.Rows, **NO})
def read_plan_table(
    request: HttpRequest,
    run_id: UUID,
    table: Annotated[schemas.PlanTable, Path()],
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return rows of a table of the plan: its moves, every account's territory, the territories, the quotas."""
    run = check_plan(access_plan_run(caller(request), run_id))
    frame = getattr(visible_plan(caller(request), run), table)
    return {"items": page_of(frame, offset, limit), "count": frame.height}


@router.get("/plan-runs/{run_id}/moves", response={200: schemas.Rows, **NO})
def read_moves(
    request: HttpRequest,
    run_id: UUID,
    *,
    find: Annotated[str, Query(max_length=200, description="Words that must all occur.")] = "",
    grade: Annotated[str, Query(max_length=10, description="low, medium or high.")] = "",
    from_territory: Annotated[str, Query(alias="from", max_length=200)] = "",
    to_territory: Annotated[str, Query(alias="to", max_length=200)] = "",
    sort: Annotated[str, Query(max_length=60, description="A column's name; a minus for descending.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return the moves with their reasons, filtered and sorted as the page does it; the gravest first."""
    run = check_plan(access_plan_run(caller(request), run_id))
    said = {"find": find, "grade": grade, "from": from_territory, "to": to_territory}
    table = choose_moves(visible_plan(caller(request), run).moves, said)
    return {"items": page_of(sort_table(table, sort, COLUMNS, ("account_id",)), offset, limit), "count": table.height}


@router.get("/plan-runs/{run_id}/report.html", response=NO, openapi_extra=file_of("text/html"))
def read_plan_report(request: HttpRequest, run_id: UUID) -> FileResponse:
    """Return the plan as the page that can be sent around."""
    return serve_plan_report(check_plan(access_whole_plan_run(caller(request), run_id)))


@router.get("/plan-runs/{run_id}/plan.zip", response=NO, openapi_extra=file_of("application/zip"))
def download_plan_folder(request: HttpRequest, run_id: UUID) -> FileResponse:
    """Download the plan folder, with which anyone can check the plan."""
    return pack_folder(check_plan(access_whole_plan_run(caller(request), run_id)))


@router.get("/compare", response={200: schemas.Comparison, **NO})
def compare(request: HttpRequest, plan: Chosen) -> dict[str, Any]:
    """Set plans of a book side by side."""
    runs = _sides(request, plan)
    rows = figures_of(compare_runs(runs))
    figures = [{"figure": row.name, "values": row.values, "differs": row.differs} for row in rows]
    return {"plans": plan, "figures": figures}


@router.get("/compare/different", response={200: schemas.Rows, **NO})
def compare_accounts(
    request: HttpRequest, plan: Chosen, offset: schemas.Offset = 0, limit: schemas.Limit = 200
) -> dict[str, Any]:
    """Return the accounts that two plans treat differently."""
    runs = _sides(request, plan)
    if len(runs) != 2:
        raise ProblemError(422, "Name two plans", "More can be set side by side, not told apart account by account.")
    table = compare_runs(runs).differences[0].accounts
    return {"items": page_of(table, offset, limit), "count": table.height}


def _sides(request: HttpRequest, plan: list[UUID]) -> list[PlanRun]:
    check_may(caller(request), May.READ_PLANS)
    return [check_plan(access_whole_plan_run(caller(request), pk)) for pk in plan]
