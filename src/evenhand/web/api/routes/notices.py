"""One's news, who stands in for whom, and whether the audit trail holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from ninja import Router, Status

from evenhand.adapters.store.delegations import delegate, end_delegation
from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.doors_of_reviews import access_delegation, list_delegates, list_delegations
from evenhand.adapters.store.models import AuditEvent
from evenhand.adapters.store.trail import check_trail
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api import schemas_of_reviews as shapes
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Delegation, User

router = Router(tags=["reviews"])


@router.get("/notices", response={200: shapes.Notices, **NO})
def read_notices(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List one's news, the latest first."""
    rows = caller(request).notices.all()
    return {
        "items": [
            {name: getattr(row, name) for name in shapes.NoticeOut.model_fields}
            for row in rows[offset : offset + limit]
        ],
        "count": rows.count(),
        "n_unread": rows.filter(read_at=None).count(),
    }


@router.post("/notices/read", response={200: shapes.Notices, **NO}, auth=WRITE)
def mark_notices_read(request: HttpRequest) -> dict[str, Any]:
    """Mark everything as read."""
    caller(request).notices.filter(read_at=None).update(read_at=timezone.now())
    return read_notices(request)


@router.get("/delegations", response={200: shapes.Delegations, **NO})
def read_delegations(request: HttpRequest) -> dict[str, Any]:
    """List one's own delegations, and those to one."""
    check_may(caller(request), May.DELEGATE)
    return _list(caller(request))


@router.post("/delegations", response={201: shapes.DelegationOut, **NO}, auth=WRITE)
def make_delegation(request: HttpRequest, asked: shapes.DelegationIn) -> Status[Any]:
    """Let somebody sign and approve in one's stead for a time."""
    user = caller(request)
    check_may(user, May.DELEGATE)
    to = list_delegates(user).filter(pk=asked.to).first()
    if to is None:
        raise Http404
    return Status(201, _say(delegate(user, to, asked.starts_on, asked.ends_on, today())))


@router.delete("/delegations/{delegation_id}", response={200: shapes.Delegations, **NO}, auth=WRITE)
def delete_delegation(request: HttpRequest, delegation_id: UUID) -> dict[str, Any]:
    """End one's own delegation now."""
    end_delegation(access_delegation(caller(request), delegation_id), caller(request))
    return _list(caller(request))


@router.get("/audit/check", response={200: shapes.TrailOut, **NO}, tags=["audit"])
def read_audit_check(request: HttpRequest) -> dict[str, Any]:
    """Check the chain of the audit trail; keep number and hash of the last event elsewhere."""
    check_may(caller(request), May.READ_AUDIT)
    broken, last = check_trail(), AuditEvent.objects.first()
    return {
        "holds": broken is None,
        "first_broken": broken and {"number": broken.number, "why": broken.why},
        "n_events": AuditEvent.objects.count(),
        "last": last and {"number": last.pk, "own_hash": last.own_hash},
    }


def _list(user: User) -> dict[str, Any]:
    rows = [_say(row) for row in list_delegations(user)]
    delegates = [{"id": one.pk, "name": one.name, "email": one.email} for one in list_delegates(user)]
    return {"items": rows, "count": len(rows), "may_stand_in": delegates}


def _say(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "of": str(row.of),
        "to": str(row.to),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }
