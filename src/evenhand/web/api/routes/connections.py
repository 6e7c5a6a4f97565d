"""Connections: systems that records are read from, and their syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Router, Status

from evenhand.adapters.store.doors_of_connections import access_connection, access_sync, list_connections
from evenhand.adapters.store.jobs import cancel
from evenhand.adapters.store.models import SyncKind
from evenhand.foundation.secret import Secret
from evenhand.web.api import schemas
from evenhand.web.api import schemas_of_connections as shapes
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, plain
from evenhand.web.api.once import do_once
from evenhand.web.connecting import ask_sync_of, erase_connection, save_connection
from evenhand.wiring.syncing_jobs import open_workspace_connections

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Connection, Sync

router = Router(tags=["connections"])


@router.get("/connections", response={200: shapes.ConnectionsOut, **NO})
def read_connections(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List the connections."""
    rows = list_connections(caller(request))
    return {"items": [_connection(row) for row in rows[offset : offset + limit]], "count": rows.count()}


@router.post("/connections", response={201: shapes.ConnectionOut, **NO}, auth=WRITE)
def make_connection(request: HttpRequest, said: shapes.ConnectionIn) -> Status[Any]:
    """Connect a system; its secrets are kept encrypted and never given back."""
    list_connections(caller(request))
    row = save_connection(
        caller(request), said.name, said.vendor, said.settings, _secrets(said.secrets), every_hours=said.every_hours
    )
    return Status(201, _connection(row))


@router.get("/connections/{connection_id}", response={200: shapes.ConnectionOut, **NO})
def read_connection(request: HttpRequest, connection_id: UUID) -> dict[str, Any]:
    """Return a connection."""
    return _connection(access_connection(caller(request), connection_id))


@router.put("/connections/{connection_id}", response={200: shapes.ConnectionOut, **NO}, auth=WRITE)
def change_connection(request: HttpRequest, connection_id: UUID, said: shapes.ConnectionChange) -> dict[str, Any]:
    """Change settings, secrets or the schedule; what isn't named stays as it is."""
    row = access_connection(caller(request), connection_id)
    secrets = _secrets(said.secrets)
    hours = said.every_hours
    return _connection(
        save_connection(caller(request), row.name, row.vendor, said.settings, secrets, every_hours=hours, row=row)
    )


@router.delete("/connections/{connection_id}", response={200: shapes.Removed, **NO}, auth=WRITE)
def remove_connection(request: HttpRequest, connection_id: UUID) -> dict[str, str]:
    """Forget a connection with its secrets and records; books made of it stay."""
    row = access_connection(caller(request), connection_id)
    erase_connection(caller(request), row)
    return {"removed": row.name}


@router.get("/connections/{connection_id}/syncs", response={200: shapes.SyncsOut, **NO})
def read_syncs(
    request: HttpRequest, connection_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 50
) -> dict[str, Any]:
    """List the syncs and tests of a connection, the latest first: its log."""
    syncs = access_connection(caller(request), connection_id).syncs.all()
    return {"items": [_sync(one) for one in syncs[offset : offset + limit]], "count": syncs.count()}


@router.post("/connections/{connection_id}/syncs", response={202: shapes.SyncOut, **NO}, auth=WRITE)
def ask_for_sync(
    request: HttpRequest, connection_id: UUID, said: shapes.SyncIn, idempotency_key: Key = None
) -> Status[Any]:
    """Ask for a sync or a test; it is done in the background, and a book is made of what changed."""
    row = access_connection(caller(request), connection_id)

    def do() -> tuple[int, Any]:
        return 202, plain(shapes.SyncOut, _sync(ask_sync_of(caller(request), row, SyncKind(said.kind))))

    return Status(*do_once(request, idempotency_key, f"{connection_id}{said.kind}", do))


@router.get("/syncs/{sync_id}", response={200: shapes.SyncOut, **NO})
def read_sync(request: HttpRequest, sync_id: UUID) -> dict[str, Any]:
    """Return a sync or a test: how far it is, or what came of it."""
    return _sync(access_sync(caller(request), sync_id))


@router.post("/syncs/{sync_id}/cancel", response={200: shapes.SyncOut, **NO}, auth=WRITE)
def cancel_sync(request: HttpRequest, sync_id: UUID) -> dict[str, Any]:
    """Stop a sync; what came in is kept, and the next one goes on there."""
    sync = access_sync(caller(request), sync_id)
    cancel(sync, caller(request))
    sync.refresh_from_db()
    return _sync(sync)


def _secrets(said: dict[str, str]) -> dict[str, Secret]:
    return {name: Secret(text) for name, text in said.items()}


def _connection(row: Connection) -> dict[str, Any]:
    connections = open_workspace_connections()
    said = connections.look_up(row.name) if connections.has(row.name) else None
    last = row.syncs.exclude(kind=SyncKind.TEST).first()
    return {
        "id": row.pk,
        "name": row.name,
        "vendor": row.vendor,
        "settings": dict(said.settings) if said else {},
        "secrets": sorted(said.secrets) if said else [],
        "every_hours": row.every_hours,
        "last_sync": _sync(last) if last else None,
    }


def _sync(one: Sync) -> dict[str, Any]:
    names = ("kind", "state", "by_schedule", "progress", "problem", "summary", "book_id", "created_at", "finished_at")
    return {"id": one.pk, "connection_id": one.connection_id, **{name: getattr(one, name) for name in names}}
