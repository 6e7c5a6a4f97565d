"""The API's routes about reviews, the policy's signatures and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Router, Schema
from pydantic import ConfigDict, Field

from evenhand.adapters.store.doors import access_review, check_may, list_reviews
from evenhand.adapters.store.models import AuditEvent
from evenhand.adapters.store.reviews import find_person
from evenhand.adapters.store.sign_off import list_versions, read_version
from evenhand.adapters.store.trail import check_trail
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import TokenAuth, caller
from evenhand.web.review_parts import look
from evenhand.web.reviewing import Said, do, read_action, today

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Review, User

router = Router(tags=["reviews"])
_NO = {frozenset({400, 401, 403, 404, 409, 413, 422, 503}): schemas.Problem}


class ActionIn(Schema):
    """What to do to a plan under review; which fields count depends on the action."""

    model_config = ConfigDict(json_schema_extra={"example": {"action": "confirm", "reason": "My team takes it."}})

    action: str = Field(max_length=40, description="flag, confirm, accept flag, override flag, approve, publish …")
    reason: str = Field("", max_length=4000, description="Why; of a flag or a rep's words: what is said.")
    subject: str = Field("", max_length=200, description="Id of the flag or voice, or the manager, it is about.")
    plan_hash: str = Field("", max_length=64, description="Of the plan as it was looked at.")
    account_id: str = Field("", max_length=200)
    to_territory_id: str = Field("", max_length=200)
    instead_account_id: str = Field("", max_length=200)
    instead_to_territory_id: str = Field("", max_length=200)
    flag_reason: str = Field("", max_length=200)
    evidence: str = Field("", max_length=4000)
    territory_id: str = Field("", max_length=200)


@router.get("/reviews", response={200: schemas.Rows, **_NO})
def read_reviews(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the reviews that concern the person, the latest first."""
    rows = list_reviews(caller(request), _offices(caller(request)))
    return {"items": [_outline(row) for row in rows[offset : offset + limit]], "count": len(rows)}


@router.get("/reviews/{review_id}", response={200: dict[str, Any], **_NO})
def read_review(request: HttpRequest, review_id: UUID) -> dict[str, Any]:
    """Return a review as far as it concerns the person: their flags with price and answer, what they may do."""
    user = caller(request)
    return _say(user, access_review(user, review_id, _offices(user)))


@router.post("/reviews/{review_id}/actions", response={200: dict[str, Any], **_NO}, auth=TokenAuth("write"))
def act_on_review(request: HttpRequest, review_id: UUID, said: ActionIn) -> dict[str, Any]:
    """Do something to a plan under review: the rules are those of the page."""
    user = caller(request)
    row = access_review(user, review_id, _offices(user))
    given = said.model_dump()
    return _say(user, do(user, row, read_action(given.pop("action")), Said(**given)))


@router.get("/policies", response={200: schemas.Rows, **_NO})
def read_policies(request: HttpRequest) -> dict[str, Any]:
    """List the versions of the policy with their signatures; for most people, those that are published."""
    sees_all = caller(request).can(May.SIGN_POLICY)
    rows = [row for row in list_versions() if sees_all or row.published_at]
    items = []
    for row in rows:
        version = read_version(row)
        items.append(
            {
                "id": str(row.pk),
                "name": row.name,
                "policy_hash": row.policy_hash,
                "exception_to": str(row.exception_to_id) if row.exception_to_id else None,
                "reason": row.reason,
                "changes": row.changes,
                "missing_signatures": list(version.missing),
                "signed_at": version.signed_at.isoformat() if version.signed_at else None,
                "published_at": row.published_at.isoformat() if row.published_at else None,
            }
        )
    return {"items": items, "count": len(items)}


@router.get("/audit/check", response={200: dict[str, Any], **_NO})
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


def _offices(user: User) -> frozenset[str]:
    return find_person(user, today()).offices


def _outline(row: Review) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "plan_run_id": str(row.run_id),
        "title": row.run.title,
        "stage": row.stage,
        "plan_hash": row.plan_hash,
        "flags_until": row.flags_until.isoformat() if row.flags_until else None,
        "dispute_until": row.dispute_until.isoformat() if row.dispute_until else None,
    }


def _say(user: User, row: Review) -> dict[str, Any]:
    seen = look(user, row)
    return _outline(row) | {
        "may": {
            str(button.action): None if button.refusal is None else button.refusal.message
            for button in seen.buttons.values()
        },
        "flags": [
            {
                "id": str(flag.row.pk),
                "account_id": flag.row.account_id,
                "wants": flag.row.wants,
                "reason": flag.row.reason,
                "words": flag.row.words,
                "state": flag.row.state,
                "answer": flag.row.answer,
                "price": flag.row.price if seen.decides and flag.is_priced else None,
            }
            for flag in seen.flags
        ],
        "unheard": list(seen.case.unheard) if seen.decides else [],
        "bundle": row.bundle if seen.decides and row.bundle_hash == row.plan_hash else {},
    }
