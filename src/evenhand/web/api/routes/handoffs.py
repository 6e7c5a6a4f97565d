"""Handoffs: asked for, read as far as they concern the person, and done to; letters in the firm's own words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from django.http import Http404
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from evenhand.adapters.letters.writing import NAMES
from evenhand.adapters.store import jobs
from evenhand.adapters.store.doors import access_review, check_may
from evenhand.adapters.store.doors_of_handoffs import Scope, access_handoff, access_message, list_handoffs
from evenhand.adapters.store.handoffs import decide
from evenhand.adapters.store.models import Handoff, HandoffMessage, LetterTemplate
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, file_of, page
from evenhand.web.api.once import do_once
from evenhand.web.api.problems import ProblemError
from evenhand.web.crediting import decide_dispute, list_credit, list_disputes, raise_dispute, sum_credit
from evenhand.web.handing import Told, ask_handoff, do_deed, offices_of, read_deed
from evenhand.web.handoff_outcome import look_after
from evenhand.web.handoff_parts import list_days, list_rows, look
from evenhand.web.pages.handoff_files import serve_message
from evenhand.web.writing_letters import find_version, keep_version, preview, text_in_force

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from evenhand.web.handoff_parts import Line

router = Router(tags=["handoffs"])

Words = Annotated[str, Field(max_length=4000)]
Version = Annotated[int | None, Query(ge=1, le=1_000_000)]


def _said(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class HandoffIn(Schema):
    """A handoff that is asked for."""

    model_config = _said({"review_id": "00000000-0000-0000-0000-000000000000", "own_templates": True})

    review_id: UUID
    starts_on: dt.date | None = Field(None, description="The first conversation; nothing: the next working day.")
    own_templates: bool = Field(True, description="Letters in the firm's own words, where it has some.")


class DeedIn(Schema):
    """What is done to a handoff: release, stop, log conversation, take conversation back, override, withdraw."""

    model_config = _said({"action": "log conversation", "subject": "T07", "held_on": "2026-10-05", "how": "call"})

    action: str = Field(max_length=40)
    subject: str = Field("", max_length=420, description="Key of a message, or the territory of a conversation.")
    reason: Words = ""
    held_on: str = Field("", max_length=20)
    how: str = Field("", max_length=20, description="in person, or call")
    note: Words = ""


class VerdictIn(Schema):
    """What became of a message: arrived, again (send it once more), bounced. A hook of a mail system can say so."""

    model_config = _said({"message_id": "<00000000@firm.example>", "word": "bounced", "words": "550 unknown user"})

    message_id: str = Field(max_length=200, description="The Message-ID of the mail, or the key of the message.")
    word: str = Field(max_length=20)
    words: str = Field("", max_length=2000)


class DisputeIn(Schema):
    """A deal whose credit is disputed."""

    model_config = _said({"opportunity_id": "O-17", "reason": "I closed it with the customer in September."})

    opportunity_id: str = Field(max_length=200)
    reason: Words = ""


class DecisionIn(Schema):
    """How a dispute is decided."""

    model_config = _said({"answer": "The offer was yours.", "share_from": "100"})

    answer: Words = ""
    share_from: str = Field("", max_length=10, description="The former rep's per cent; nothing: as the rules say.")


class LetterIn(Schema):
    """A letter's words as Markdown; empty: back to the ones that come with Evenhand."""

    model_config = _said({"text": "# Hello\n\nDear {{ to_name }}", "note": "Shorter", "after": 0})

    text: str = Field("", max_length=60_000)
    note: str = Field("", max_length=200)
    after: int = Field(0, ge=0, le=1_000_000, description="Number of the version that was edited.")


@router.get("/handoffs", response={200: schemas.Rows, **NO})
def read_handoffs(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the handoffs that concern the person, the latest first."""
    rows = list_handoffs(caller(request), offices_of(caller(request)))
    return page([_outline(row) for row in rows], offset, limit)


@router.post("/handoffs", response={202: dict[str, Any], **NO}, auth=WRITE)
def make_handoff(request: HttpRequest, asked: HandoffIn, idempotency_key: Key = None) -> Status[Any]:
    """Prepare the handoff of a published plan, or another round of it, in the background. It sends nothing."""
    user = caller(request)
    check_may(user, May.HAND_OVER)
    review = access_review(user, asked.review_id, offices_of(user))

    def do() -> tuple[int, Any]:
        made = ask_handoff(user, review, asked.starts_on, own_templates=asked.own_templates)
        return 202, _outline(made)

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), do))


@router.get("/handoffs/{handoff_id}", response={200: dict[str, Any], **NO})
def read_handoff(request: HttpRequest, handoff_id: UUID) -> dict[str, Any]:
    """Return a handoff as far as it concerns the person: its days, conversations, and what they may do."""
    row, scope = _open(request, handoff_id)
    if not row.is_ready:
        return _outline(row)
    seen = look(caller(request), row, scope)
    return _outline(row) | {
        "days": list_days(row, scope),
        "conversations": [
            {
                "territory_id": one.territory_id,
                "rep": one.rep,
                "manager": one.manager,
                "planned_on": one.on,
                "n_accounts": one.n_accounts,
                "held_on": one.talk.held_on.isoformat() if one.talk else None,
                "how": one.talk.how if one.talk else None,
            }
            for one in seen.conversations
        ],
        "may": {
            "release": seen.release.message if seen.release else None,
            "stop": seen.stop.message if seen.stop else None,
        },
        "findings": row.summary.get("findings", []) if scope.whole else [],
    }


@router.post("/handoffs/{handoff_id}/cancel", response={200: dict[str, Any], **NO}, auth=WRITE)
def cancel_handoff(request: HttpRequest, handoff_id: UUID) -> dict[str, Any]:
    """Stop preparing a handoff; one that is prepared stays as it is."""
    row, _ = access_handoff(caller(request), handoff_id, offices_of(caller(request)), May.HAND_OVER)
    jobs.cancel(row, caller(request))
    row.refresh_from_db()
    return _outline(row)


@router.post("/handoffs/{handoff_id}/actions", response={200: dict[str, Any], **NO}, auth=WRITE)
def act_on_handoff(request: HttpRequest, handoff_id: UUID, said: DeedIn) -> dict[str, Any]:
    """Log a conversation, release or stop the messages, override or withdraw one: the rules are those of the page."""
    row, scope = _open_ready(request, handoff_id)
    given = said.model_dump()
    do_deed(caller(request), row, scope, read_deed(given.pop("action")), Told(**given))
    return _outline(row)


@router.get("/handoffs/{handoff_id}/messages", response={200: schemas.Rows, **NO})
def read_messages(
    request: HttpRequest, handoff_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 50
) -> dict[str, Any]:
    """List the messages that the person may read, in the order of sending, with what holds each."""
    row, scope = _open_ready(request, handoff_id)
    return page([_message(line) for line in look(caller(request), row, scope).lines], offset, limit)


@router.get(
    "/handoffs/{handoff_id}/messages/{number}",
    response=NO,
    openapi_extra=file_of("text/html", "application/pdf", "text/plain", "text/calendar"),
)
def read_message(
    request: HttpRequest, handoff_id: UUID, number: int, form: Literal["html", "pdf", "mail", "txt", "ics"] = "html"
) -> HttpResponseBase:
    """Return a message: the letter as a page or PDF, the mail, its text, its appointments."""
    row, scope = _open_ready(request, handoff_id)
    return serve_message(row, access_message(row, scope, _fit(number)), form)


@router.post("/handoffs/{handoff_id}/verdicts", response={200: dict[str, Any], **NO}, auth=WRITE)
def decide_message(request: HttpRequest, handoff_id: UUID, said: VerdictIn) -> dict[str, Any]:
    """Say what became of a message: it came back, it arrived, or it is to be sent again."""
    row, _ = _open_ready(request, handoff_id, May.HAND_OVER)
    found = row.messages.filter(message_id=said.message_id) | row.messages.filter(key=said.message_id)
    message = found.first()
    if message is None:
        raise Http404
    decide(row, message, said.word, caller(request), said.words)
    message.refresh_from_db()
    return {"key": message.key, "standing": message.standing, "words": message.words}


@router.get("/handoffs/{handoff_id}/tables/{table}", response={200: schemas.Rows, **NO})
def read_handoff_table(
    request: HttpRequest,
    handoff_id: UUID,
    table: Literal["ledger", "tasks", "changes"],
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 50,
) -> dict[str, Any]:
    """Return rows of a table of the handoff, as far as the person sees it."""
    row, scope = _open_ready(request, handoff_id)
    frame = list_rows(row, scope, table)
    return {"items": frame.slice(offset, limit).to_dicts(), "count": frame.height}


@router.get("/handoffs/{handoff_id}/credit", response={200: dict[str, Any], **NO})
def read_credit(request: HttpRequest, handoff_id: UUID) -> dict[str, Any]:
    """Return who is paid for the deals that a newer book shows as won, the statements, and the disputes."""
    row, scope = _open_ready(request, handoff_id)
    credit = list_credit(row, scope)
    return {
        "deals": [one | {"won_on": one["won_on"].isoformat()} for one in credit.to_dicts()],
        "statements": sum_credit(row, credit, scope),
        "disputes": [
            {
                "id": str(one.pk),
                "opportunity_id": one.opportunity_id,
                "rep_id": one.rep_id,
                "reason": one.reason,
                "raised_on": one.raised_on.isoformat(),
                "answer": one.answer,
                "share_from": one.share_from,
                "decided_on": one.decided_on.isoformat() if one.decided_on else None,
            }
            for one in list_disputes(row, scope)
        ],
    }


@router.post("/handoffs/{handoff_id}/disputes", response={200: dict[str, Any], **NO}, auth=WRITE)
def make_dispute(request: HttpRequest, handoff_id: UUID, said: DisputeIn) -> dict[str, Any]:
    """Dispute the credit of one's own deal."""
    row, scope = _open_ready(request, handoff_id)
    made = raise_dispute(caller(request), row, scope, said.opportunity_id, said.reason)
    return {"id": str(made.pk)}


@router.post("/handoffs/{handoff_id}/disputes/{dispute_id}", response={200: dict[str, Any], **NO}, auth=WRITE)
def settle_dispute(request: HttpRequest, handoff_id: UUID, dispute_id: UUID, said: DecisionIn) -> dict[str, Any]:
    """Decide a dispute, with a reason."""
    row, _ = _open_ready(request, handoff_id, May.HAND_OVER)
    made = decide_dispute(caller(request), row, str(dispute_id), said.answer, said.share_from)
    return {"id": str(made.pk), "share_from": made.share_from}


@router.get("/handoffs/{handoff_id}/follow-up", response={200: dict[str, Any], **NO})
def read_follow_up(request: HttpRequest, handoff_id: UUID) -> dict[str, Any]:
    """Return what became of the accounts, each with its evidence, and what is to be done."""
    row, scope = _open_ready(request, handoff_id)
    seen = look_after(row, scope)
    return {
        "book_id": str(seen["book"].pk) if seen["book"] else None,
        "rounds": [
            {"after_days": one["after_days"], "due_on": one["due_on"].isoformat(), "is_done": one["done"] is not None}
            for one in seen["rounds"]
        ],
        "accounts": [
            one | {"last_activity_on": one["last_activity_on"] and one["last_activity_on"].isoformat()}
            for one in seen["rows"]
        ],
        "tasks": [
            {
                "account_id": task.account_id,
                "rep_id": task.rep_id,
                "state": task.state,
                "words": task.words,
                "is_done": task.done_at is not None,
            }
            for task in seen["late"]
        ],
    }


@router.get("/letters", response={200: schemas.Rows, **NO})
def read_letters(request: HttpRequest) -> dict[str, Any]:
    """List the letters with the words that are in force."""
    check_may(caller(request), May.HAND_OVER)
    items = [_letter(name, find_version(name)) for name in NAMES]
    return {"items": items, "count": len(items)}


@router.get("/letters/{name}", response={200: dict[str, Any], **NO})
def read_letter(request: HttpRequest, name: str, version: Version = None) -> dict[str, Any]:
    """Return a letter's words: those in force, or of a version."""
    _check_letter(request, name)
    found = find_version(name, version)
    if version is not None and found is None:
        raise Http404
    versions = LetterTemplate.objects.filter(name=name).values_list("number", flat=True)
    text = found.text if version is not None and found is not None else text_in_force(name)
    return _letter(name, found) | {"text": text, "versions": list(versions)}


@router.put("/letters/{name}", response={200: dict[str, Any], **NO}, auth=WRITE)
def write_letter(request: HttpRequest, name: str, said: LetterIn) -> dict[str, Any]:
    """Keep a letter's words as its next version."""
    _check_letter(request, name)
    return _letter(name, keep_version(caller(request), name, said.text, said.note, said.after))


@router.post("/letters/{name}/preview", response={200: dict[str, Any], **NO}, auth=WRITE)
def preview_letter(request: HttpRequest, name: str, said: LetterIn) -> dict[str, Any]:
    """Return the letter that words make, with a real person's facts; nothing is kept."""
    _check_letter(request, name)
    html, text = preview(name, said.text, None)
    return {"html": html, "text": text}


def _check_letter(request: HttpRequest, name: str) -> None:
    check_may(caller(request), May.HAND_OVER)
    if name not in NAMES:
        raise Http404


def _open(request: HttpRequest, pk: UUID) -> tuple[Handoff, Scope]:
    return access_handoff(caller(request), pk, offices_of(caller(request)))


def _open_ready(request: HttpRequest, pk: UUID, needs: May | None = None) -> tuple[Handoff, Scope]:
    row, scope = access_handoff(caller(request), pk, offices_of(caller(request)), needs)
    if not row.is_ready:
        raise ProblemError(409, "The handoff isn't prepared yet", "Wait until its state is done.")
    return row, scope


def _fit(number: int) -> int:
    if not 0 < number < 1_000_000:
        raise Http404
    return number


def _outline(row: Handoff) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "review_id": str(row.review_id),
        "plan_run_id": str(row.run_id),
        "title": row.run.title,
        "round": row.number,
        "state": row.state,
        "problem": row.problem,
        "progress": row.progress,
        "is_released": row.is_released,
        "starts_on": row.starts_on.isoformat() if row.starts_on else None,
        "told_on": row.summary.get("told_on"),
        "latest_on": row.summary.get("latest_on"),
        "templates": row.templates,
    }


def _message(line: Line) -> dict[str, Any]:
    row: HandoffMessage = line.row
    return {
        "number": row.number,
        "key": row.key,
        "kind": row.kind,
        "to": line.person,
        "email": row.email,
        "territory_id": row.territory_id,
        "subject": row.subject,
        "send_on": row.send_on.isoformat(),
        "standing": row.standing,
        "message_id": row.message_id,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "held": line.held.message if line.held and row.standing == "planned" else None,
        "excuse": row.excuse,
        "words": row.words,
    }


def _letter(name: str, row: LetterTemplate | None) -> dict[str, Any]:
    return {
        "name": name,
        "version": row.number if row else 0,
        "is_own": bool(row and row.text),
        "by": str(row.created_by) if row else "",
        "at": row.created_at.isoformat() if row else None,
        "note": row.note if row else "",
    }
