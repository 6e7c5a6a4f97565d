"""The policy before the signers: put to them, signed, published, withdrawn; and who holds which title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Router, Status

from evenhand.adapters.store import sign_off
from evenhand.adapters.store.doors import access_person, access_plan_run, check_may
from evenhand.adapters.store.doors_of_reviews import access_policy, list_policies
from evenhand.adapters.store.models import User
from evenhand.adapters.store.reviews import find_person, list_holders
from evenhand.app.roles import May
from evenhand.review.sign_off import find_refusal_to_sign
from evenhand.web.api import schemas
from evenhand.web.api import schemas_of_reviews as shapes
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, check_plan, plain
from evenhand.web.api.once import do_once
from evenhand.web.reviewing import today
from evenhand.web.signing import put_exception, put_policy

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import PolicyVersion

router = Router(tags=["policies"])


@router.get("/policies", response={200: shapes.Policies, **NO})
def read_policies(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the versions of the policy with their signatures; for most people, those that are published."""
    rows = list_policies(caller(request))
    return {"items": [_outline(row) for row in rows[offset : offset + limit]], "count": len(rows)}


@router.post("/policies", response={201: shapes.PolicyOut, **NO}, auth=WRITE)
def make_policy(request: HttpRequest, asked: shapes.PolicyIn, idempotency_key: Key = None) -> Status[Any]:
    """Put the firm's policy to the signers, or the policy of a plan as an exception to the signed one."""
    user = caller(request)
    check_may(user, May.KEEP_POLICY)
    named = asked.exception_of_plan_run_id
    run = None if named is None else check_plan(access_plan_run(user, named, May.MAKE_PLANS))

    def put() -> tuple[int, Any]:
        row = put_policy(user) if run is None else put_exception(user, run, asked.reason)
        return 201, plain(shapes.PolicyOut, _say(user, row))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), put))


@router.get("/policies/{policy_id}", response={200: shapes.PolicyOut, **NO})
def read_policy(request: HttpRequest, policy_id: UUID) -> dict[str, Any]:
    """Return a version with its rules, its signatures, and where one may sign."""
    return _say(caller(request), access_policy(caller(request), policy_id))


@router.post("/policies/{policy_id}/signatures", response={201: shapes.PolicyOut, **NO}, auth=WRITE)
def sign_policy(request: HttpRequest, policy_id: UUID, said: shapes.SignIn) -> Status[Any]:
    """Sign a version for a title that is one's own, or whose holder one stands in for."""
    row = access_policy(caller(request), policy_id)
    sign_off.sign(row, said.title, caller(request), today())
    return Status(201, _say(caller(request), access_policy(caller(request), policy_id)))


@router.post("/policies/{policy_id}/publish", response={200: shapes.PolicyOut, **NO}, auth=WRITE)
def publish_policy(request: HttpRequest, policy_id: UUID) -> dict[str, Any]:
    """Let everyone read a version that is signed by all."""
    row = access_policy(caller(request), policy_id)
    check_may(caller(request), May.KEEP_POLICY)
    sign_off.publish(row, caller(request))
    return _say(caller(request), access_policy(caller(request), policy_id))


@router.post("/policies/{policy_id}/withdraw", response={200: shapes.PolicyOut, **NO}, auth=WRITE)
def withdraw_policy(request: HttpRequest, policy_id: UUID) -> dict[str, Any]:
    """Take a version back before everyone has signed."""
    row = access_policy(caller(request), policy_id)
    check_may(caller(request), May.KEEP_POLICY)
    sign_off.withdraw(row, caller(request))
    return _say(caller(request), access_policy(caller(request), policy_id))


@router.put("/titles", response={200: dict[str, str], **NO}, auth=WRITE)
def write_title(request: HttpRequest, asked: shapes.TitleIn) -> dict[str, str]:
    """Say who holds a title; nobody gives one to themselves. Returns every title with its holder."""
    user = caller(request)
    check_may(user, May.KEEP_PEOPLE)
    person = None if asked.person_id is None else access_person(user, asked.person_id)
    sign_off.give_title(user, asked.title, person)
    held = User.objects.filter(is_active=True).exclude(title="").order_by("title")
    return {one.title: str(one) for one in held}


def _outline(row: PolicyVersion) -> dict[str, Any]:
    version = sign_off.read_version(row)
    return {
        "id": row.pk,
        "name": row.name,
        "policy_hash": row.policy_hash,
        "exception_to": row.exception_to_id,
        "reason": row.reason,
        "changes": row.changes,
        "missing_signatures": list(version.missing),
        "signed_at": version.signed_at,
        "published_at": row.published_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _say(user: User, row: PolicyVersion) -> dict[str, Any]:
    version, holders, offices = sign_off.read_version(row), list_holders(), find_person(user, today()).offices
    given = {one.title: one for one in row.signatures.select_related("holder", "signed_by")}
    named = {one.title: str(one) for one in User.objects.filter(is_active=True).exclude(title="")}
    signatures = []
    for title in version.signers:
        refusal, one = find_refusal_to_sign(version, title, holders, offices), given.get(title)
        signatures.append(
            {
                "title": title,
                "holder": str(one.holder) if one else named.get(title, ""),
                "signed_by": str(one.signed_by) if one else "",
                "signed_at": one.at if one else None,
                "refusal": None if refusal is None else refusal.message,
            }
        )
    return _outline(row) | {"text": row.text, "signatures": signatures}
