"""Pushes: a handoff's changes going to a connected system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import polars as pl
from ninja import Router, Status

from evenhand.adapters.store.doors_of_pushes import access_push, access_pushes
from evenhand.adapters.store.jobs import cancel
from evenhand.adapters.store.models import Push
from evenhand.app.push.modes import Mode
from evenhand.web.api import schemas
from evenhand.web.api import schemas_of_pushes as shapes
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, plain
from evenhand.web.api.once import do_once
from evenhand.web.pushing import ask_push_of
from evenhand.web.reviewing import today
from evenhand.wiring.pushing_jobs import find_records

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["pushes"])


@router.get("/handoffs/{handoff_id}/pushes", response={200: shapes.PushesOut, **NO})
def read_pushes(
    request: HttpRequest, handoff_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 50
) -> dict[str, Any]:
    """List the pushes of a handoff, the latest first."""
    rows = Push.objects.filter(handoff=access_pushes(caller(request), handoff_id))
    return {"items": [_push(row) for row in rows[offset : offset + limit]], "count": rows.count()}


@router.post("/handoffs/{handoff_id}/pushes", response={202: shapes.PushOut, **NO}, auth=WRITE)
def ask_for_push(
    request: HttpRequest, handoff_id: UUID, said: shapes.PushIn, idempotency_key: Key = None
) -> Status[Any]:
    """Ask for a dry run, a push or a roll-back; the last two need a dry run before and the connection's name."""
    handoff = access_pushes(caller(request), handoff_id)

    def do() -> tuple[int, Any]:
        asked = ask_push_of(
            caller(request), handoff, said.connection_id, Mode(said.mode), said.until or today(),
            confirmed=said.confirmed, again=said.again,
        )  # fmt: skip
        return 202, plain(shapes.PushOut, _push(asked))

    return Status(*do_once(request, idempotency_key, f"{handoff_id}{said.model_dump_json()}", do))


@router.get("/pushes/{push_id}", response={200: shapes.PushOut, **NO})
def read_push(request: HttpRequest, push_id: UUID) -> dict[str, Any]:
    """Return a push: how far it is, or what came of it."""
    return _push(access_push(caller(request), push_id))


@router.post("/pushes/{push_id}/cancel", response={200: shapes.PushOut, **NO}, auth=WRITE)
def cancel_push(request: HttpRequest, push_id: UUID) -> dict[str, Any]:
    """Stop a push; what was written is in the journal, and the next one goes on there."""
    push = access_push(caller(request), push_id)
    cancel(push, caller(request))
    push.refresh_from_db()
    return _push(push)


@router.get("/pushes/{push_id}/records", response={200: shapes.RecordsOut, **NO})
def read_records(
    request: HttpRequest, push_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 200
) -> dict[str, Any]:
    """Return what became of each record; none before the push has ended."""
    path = find_records(access_push(caller(request), push_id))
    if not path.is_file():
        return {"items": [], "count": 0}
    table = pl.read_csv(path, infer_schema=False)
    return {"items": table.slice(offset, limit).to_dicts(), "count": table.height}


def _push(row: Push) -> dict[str, Any]:
    names = ("to", "mode", "until", "again", "state", "progress", "problem", "summary", "created_at", "finished_at")
    ids = {"id": row.pk, "handoff_id": row.handoff_id, "connection_id": row.connection_id}
    return {**ids, **{name: getattr(row, name) for name in names}}
