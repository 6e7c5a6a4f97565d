"""People, invitations, tokens and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast
from uuid import UUID

from django.utils import timezone
from ninja import Query, Router, Status

from evenhand.adapters.store.doors import access_person, access_token, check_may
from evenhand.adapters.store.models import ApiToken, AuditEvent, Invitation, User
from evenhand.adapters.store.secrets import make_token, revoke_token
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, changed_meanwhile, plain
from evenhand.web.forms.people import InviteForm, RoleForm
from evenhand.web.keeping_people import change_person, check_form, invite_person
from evenhand.web.meanwhile import ChangedMeanwhileError

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["people"])


@router.get("/me", response={200: schemas.Me, **NO})
def me(request: HttpRequest) -> dict[str, Any]:
    """Say who the token acts as, and what they may do."""
    user = caller(request)
    may = sorted(str(what) for what in user.role_entry.may)
    return {"id": user.pk, "email": user.email, "name": user.name, "role": user.role, "may": may}


@router.get("/people", response={200: schemas.People, **NO})
def read_people(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List everyone who is here."""
    check_may(caller(request), May.KEEP_PEOPLE)
    people = User.objects.all()
    return {"items": [_person(person) for person in people[offset : offset + limit]], "count": people.count()}


@router.put("/people/{person_id}", response={200: schemas.PersonOut, **NO}, auth=WRITE)
def write_person(request: HttpRequest, person_id: UUID, asked: schemas.PersonIn) -> dict[str, Any]:
    """Change what someone is, and whether they may sign in; the last one who keeps people stays."""
    person = access_person(caller(request), person_id)
    said = check_form(RoleForm(asked.model_dump()))
    try:
        change_person(caller(request), person, **said)
    except ChangedMeanwhileError:
        person.refresh_from_db()
        raise changed_meanwhile(plain(schemas.PersonOut, _person(person))) from None
    person.refresh_from_db()
    return _person(person)


@router.get("/invitations", response={200: schemas.Invitations, **NO})
def read_invitations(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List who is invited and not here yet."""
    check_may(caller(request), May.KEEP_PEOPLE)
    waiting = Invitation.objects.filter(used_at=None, expires_at__gt=timezone.now()).select_related("invited_by")
    return {"items": [_invitation(one) for one in waiting[offset : offset + limit]], "count": waiting.count()}


@router.post("/invitations", response={201: schemas.InvitedOut, **NO}, auth=WRITE)
def invite(request: HttpRequest, asked: schemas.InvitationIn) -> Status[Any]:
    """Invite someone by mail; an earlier invitation to the same address no longer works."""
    check_may(caller(request), May.KEEP_PEOPLE)
    said = check_form(InviteForm(asked.model_dump()))
    made = invite_person(caller(request), said["email"], said["role"], said["rep_id"])
    link = None if made.is_mailed else made.link
    return Status(201, _invitation(made.invitation) | {"is_mailed": made.is_mailed, "link": link})


@router.get("/tokens", response={200: schemas.Tokens, **NO})
def read_tokens(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List one's own tokens."""
    tokens = ApiToken.objects.filter(user=caller(request))
    return {"items": [_token(one) for one in tokens[offset : offset + limit]], "count": tokens.count()}


@router.post("/tokens", response={201: schemas.MadeToken, **NO}, auth=WRITE)
def write_token(request: HttpRequest, asked: schemas.TokenIn) -> Status[Any]:
    """Make a token that lasts no longer than the one that is used; its secret is told this once."""
    check_may(caller(request), May.USE_API)
    own = cast("ApiToken", request.auth)  # type: ignore[attr-defined]  # ninja sets it
    if own.expires_at is not None and asked.days > (own.expires_at - timezone.now()).total_seconds() / 86_400:
        left = f"{own.expires_at:%Y-%m-%d}"
        raise InputError({"days": f"a token made by a token lasts no longer than that one, which ends on {left}"})
    scopes = ["read", "write"] if asked.scope == "write" else ["read"]
    token, secret = make_token(caller(request), asked.name, scopes, asked.days)
    return Status(201, _token(token) | {"secret": secret})


@router.delete("/tokens/{token_id}", response={200: schemas.TokenOut, **NO}, auth=WRITE)
def delete_token(request: HttpRequest, token_id: UUID) -> dict[str, Any]:
    """Let one of one's own tokens open nothing any more."""
    token = access_token(caller(request), token_id)
    revoke_token(token, caller(request))
    token.refresh_from_db()
    return _token(token)


@router.get("/audit", response={200: schemas.AuditEvents, **NO}, tags=["audit"])
def read_audit(
    request: HttpRequest,
    about: Annotated[str, Query(max_length=64, description="The id of what it was done to.")] = "",
    action: Annotated[str, Query(max_length=60, description="plan_run.shared, say.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return who did what, the latest first."""
    check_may(caller(request), May.READ_AUDIT)
    events = AuditEvent.objects.select_related("actor")
    for name, value in {"subject_id": about, "action": action}.items():
        if value and "\x00" not in value:
            events = events.filter(**{name: value})
    return {"items": [_event(one) for one in events[offset : offset + limit]], "count": events.count()}


def _person(person: User) -> dict[str, Any]:
    return {name: getattr(person, name) for name in schemas.PersonOut.model_fields}


def _invitation(one: Invitation) -> dict[str, Any]:
    names = ("id", "email", "role", "rep_id", "created_at", "expires_at")
    return {**{name: getattr(one, name) for name in names}, "invited_by": str(one.invited_by)}


def _token(token: ApiToken) -> dict[str, Any]:
    return {name: getattr(token, name) for name in schemas.TokenOut.model_fields}


def _event(event: AuditEvent) -> dict[str, Any]:
    names = ("at", "action", "subject", "subject_id", "detail")
    return {
        **{name: getattr(event, name) for name in names},
        "actor": None if event.actor is None else str(event.actor),
    }
