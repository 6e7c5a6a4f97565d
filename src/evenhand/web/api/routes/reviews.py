"""Plans under review: putting them to the managers, and everything that is then done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ninja import Router, Status

from evenhand.adapters.store.doors import access_plan_run, access_review, check_may, list_reviews
from evenhand.adapters.store.reviews import find_person
from evenhand.app.roles import May
from evenhand.review.states import Action
from evenhand.web.api import schemas
from evenhand.web.api import schemas_of_reviews as shapes
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, changed_meanwhile, check_plan, plain, run_out
from evenhand.web.api.once import do_once
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.review_parts import list_voices, look, show_chain
from evenhand.web.reviewing import Said, do, read_action, solve_again, start_review, submit, today

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Review, User
    from evenhand.web.exceptions import ExceptionNotice
    from evenhand.web.review_parts import Seen, Shown

router = Router(tags=["reviews"])


@router.get("/reviews", response={200: shapes.Reviews, **NO})
def read_reviews(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the reviews that concern the person, the latest first."""
    rows = list_reviews(caller(request), _offices(caller(request)))
    return {"items": [_outline(row) for row in rows[offset : offset + limit]], "count": len(rows)}


@router.post("/reviews", response={201: shapes.ReviewOut, **NO}, auth=WRITE)
def make_review(request: HttpRequest, asked: shapes.ReviewIn, idempotency_key: Key = None) -> Status[Any]:
    """Put a plan to the managers of the teams that it touches; one that was sent back goes on with its flags."""
    user = caller(request)
    check_may(user, May.REVIEW_PLANS)
    run = check_plan(access_plan_run(user, asked.plan_run_id))

    def put() -> tuple[int, Any]:
        return 201, plain(shapes.ReviewOut, _say(user, start_review(user, run)))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), put))


@router.get("/reviews/{review_id}", response={200: shapes.ReviewOut, **NO})
def read_review(request: HttpRequest, review_id: UUID) -> dict[str, Any]:
    """Return a review as far as it concerns the person: seats, accounts, flags with price and answer, what they may."""
    return _say(caller(request), _access(request, review_id))


@router.post("/reviews/{review_id}/actions", response={200: shapes.ReviewOut, **NO}, auth=WRITE)
def act_on_review(
    request: HttpRequest, review_id: UUID, said: shapes.ActionIn, idempotency_key: Key = None
) -> Status[Any]:
    """Do something to a plan under review: flag, confirm, answer, approve, publish; the rules are those of the page."""
    row, user = _access(request, review_id), caller(request)
    given = said.model_dump()

    def act() -> tuple[int, Any]:
        return 200, plain(shapes.ReviewOut, _say(user, do(user, row, read_action(given.pop("action")), Said(**given))))

    return Status(*do_once(request, idempotency_key, said.model_dump_json(), act))


@router.post("/reviews/{review_id}/plans", response={202: schemas.PlanRunOut, **NO}, auth=WRITE)
def make_revised_plan(request: HttpRequest, review_id: UUID, idempotency_key: Key = None) -> Status[Any]:
    """Solve again with what was accepted; the plan is put in place by the next operation, once it is done."""
    row, user = _access(request, review_id), caller(request)
    check_may(user, May.MAKE_PLANS)

    def solve() -> tuple[int, Any]:
        try:
            run = solve_again(user, row)
        except ChangedMeanwhileError:
            row.run.refresh_from_db()
            raise changed_meanwhile(plain(schemas.PlanRunOut, run_out(request, row.run))) from None
        return 202, plain(schemas.PlanRunOut, run_out(request, run))

    return Status(*do_once(request, idempotency_key, "", solve))


@router.put("/reviews/{review_id}/plan", response={200: shapes.ReviewOut, **NO}, auth=WRITE)
def replace_plan(request: HttpRequest, review_id: UUID, asked: shapes.ReviewIn) -> dict[str, Any]:
    """Put another plan of the same book in the place of the one under review; managers answer anew."""
    row, user = _access(request, review_id), caller(request)
    check_may(user, May.MAKE_PLANS)
    return _say(user, submit(user, row, check_plan(access_plan_run(user, asked.plan_run_id)), Action.REVISE))


def _access(request: HttpRequest, review_id: UUID) -> Review:
    return access_review(caller(request), review_id, _offices(caller(request)))


def _offices(user: User) -> frozenset[str]:
    return find_person(user, today()).offices


def _outline(row: Review) -> dict[str, Any]:
    return {
        "id": row.pk,
        "plan_run_id": row.run_id,
        "title": row.run.title,
        "stage": row.stage,
        "plan_hash": row.plan_hash,
        "flags_until": row.flags_until,
        "dispute_until": row.dispute_until,
    }


def _say(user: User, row: Review) -> dict[str, Any]:
    seen = look(user, row)
    return _outline(row) | {
        "may": {
            str(button.action): None if button.refusal is None else button.refusal.message
            for button in seen.buttons.values()
        },
        "seats": [
            {
                "territory_id": seat.territory_id,
                "name": seat.name,
                "n_leaving": seat.n_leaving,
                "n_arriving": seat.n_arriving,
                "measures": [
                    dict(zip(("measure", "before", "after", "status"), line, strict=True)) for line in seat.measures
                ],
                "quota": [dict(zip(("line", "amount", "text"), line, strict=True)) for line in seat.quota],
            }
            for seat in seen.seats
        ],
        "losing": seen.losing,
        "gaining": seen.gaining,
        "flags": _say_flags(seen),
        "voices": [
            {
                "id": voice.pk,
                "kind": voice.kind,
                "territory_id": voice.territory_id,
                "words": voice.words,
                "said_by": str(voice.said_by),
                "raised_on": voice.raised_on,
                "answer": voice.answer,
                "answered_by": str(voice.answered_by or ""),
                "answered_on": voice.answered_on,
            }
            for voice in list_voices(user, row, decides=seen.decides)
        ],
        "approvals": [
            {
                "approver": who,
                "given_by": str(given.given_by) if given else "",
                "given_on": given.on if given else None,
            }
            for who, given in show_chain(row, seen.people)
        ],
        "flag_reasons": list(seen.case.terms.reasons),
        "unheard": list(seen.case.unheard) if seen.decides else [],
        "bundle": row.bundle if seen.decides and row.bundle_hash == row.plan_hash else {},
        "exception": _say_exception(seen.exception),
    }


def _say_flags(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "id": flag.row.pk,
            "account_id": flag.row.account_id,
            "wants": flag.row.wants,
            "reason": flag.row.reason,
            "words": flag.row.words,
            "evidence": flag.row.evidence,
            "raised_by": str(flag.row.raised_by),
            "raised_on": flag.row.raised_on,
            "state": flag.row.state,
            "is_honoured": flag.row.is_honoured,
            "answer": flag.row.answer,
            "answered_by": str(flag.row.answered_by or ""),
            "price": _say_price(seen, flag),
        }
        for flag in seen.flags
    ]


def _say_price(seen: Seen, flag: Shown) -> dict[str, Any] | None:
    """Return the price; to whoever doesn't see other teams' figures, whether it can be honoured."""
    price: dict[str, Any] = flag.row.price
    if not flag.is_priced:
        return None
    return price if seen.decides else {name: price[name] for name in ("keeps_bands", "fault")}


def _say_exception(notice: ExceptionNotice | None) -> dict[str, Any] | None:
    if notice is None:
        return None
    row = notice.row
    return {
        "policy_id": row.pk,
        "reason": row.reason,
        "changes": row.changes,
        "signatures": [
            {"title": one.title, "holder": str(one.holder), "signed_by": str(one.signed_by), "at": one.at}
            for one in row.signatures.select_related("holder", "signed_by")
        ],
    }
