"""Edits of a plan: weighed before they are made, kept for later, made into a plan of their own, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Router, Status

from evenhand.adapters.store.doors import access_whole_plan_run
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, changed_meanwhile, check_plan, draft_out, plain, run_out
from evenhand.web.api.once import do_once
from evenhand.web.asking_edits import ask_edits
from evenhand.web.drafts import weigh_edits
from evenhand.web.keeping_drafts import find_draft, keep_draft
from evenhand.web.meanwhile import ChangedMeanwhileError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import PlanRun

router = Router(tags=["edits"])


@router.post("/plan-runs/{run_id}/edits/preview", response={200: schemas.EditsEffect, **NO})
def weigh(request: HttpRequest, run_id: UUID, asked: schemas.EditsPreview) -> dict[str, Any]:
    """Say what edits would do to every measure, and what they break; nothing is changed."""
    return dict(weigh_edits(_open(request, run_id), asked.edits).consequence.as_dict())


@router.post("/plan-runs/{run_id}/edits", response={202: schemas.PlanRunOut, **NO}, auth=WRITE)
def make_edits(request: HttpRequest, run_id: UUID, asked: schemas.EditsIn, idempotency_key: Key = None) -> Status[Any]:
    """Make edits into a plan of its own, or take the last step back; the plan itself stays as it is.

    Of two who do so at the same version the later is answered 409 with the plan as it stands.
    """
    run = _open(request, run_id)

    def do() -> tuple[int, Any]:
        if asked.edits:
            weigh_edits(run, asked.edits)  # an account that isn't there is said here, not by the worker
        try:
            made = ask_edits(caller(request), run, **asked.model_dump())
        except ChangedMeanwhileError:
            run.refresh_from_db()
            raise changed_meanwhile(plain(schemas.PlanRunOut, run_out(request, run))) from None
        return 202, plain(schemas.PlanRunOut, run_out(request, made))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), do))


@router.get("/plan-runs/{run_id}/draft", response={200: schemas.DraftOut, **NO})
def read_draft(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Return the edits that are kept for later; version 0 where there never were any."""
    return draft_out(find_draft(_open(request, run_id)))


@router.put("/plan-runs/{run_id}/draft", response={200: schemas.DraftOut, **NO}, auth=WRITE)
def write_draft(request: HttpRequest, run_id: UUID, asked: schemas.DraftIn) -> dict[str, Any]:
    """Keep edits for later, for everyone who works on the plan.

    Where somebody else kept others since that version, theirs stay and the answer is 409 with them as `current`.
    """
    run = _open(request, run_id)
    try:
        return draft_out(keep_draft(caller(request), run, asked.edits, asked.version))
    except ChangedMeanwhileError:
        raise changed_meanwhile(plain(schemas.DraftOut, draft_out(find_draft(run)))) from None


def _open(request: HttpRequest, run_id: UUID) -> PlanRun:
    return check_plan(access_whole_plan_run(caller(request), run_id, May.MAKE_PLANS))
