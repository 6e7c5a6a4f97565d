"""Handoffs: prepared, talked about, released, sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.adapters.store.doors import access_review
from evenhand.adapters.store.doors_of_handoffs import access_handoff, list_handoffs
from evenhand.adapters.store.handoffs import decide
from evenhand.app.roles import May
from evenhand.foundation.errors import EvenhandError, InputError, Refusal
from evenhand.handoff.gate import HOWS, Deed
from evenhand.web.handing import (
    Told,
    ask_handoff,
    do_deed,
    list_unprepared,
    offices_of,
    read_deed,
    suggest_start,
    templates_in_force,
)
from evenhand.web.handoff_parts import list_days, list_rows, look
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.doors_of_handoffs import Scope
    from evenhand.adapters.store.models import Handoff
    from evenhand.web.request import Request

_DONE = {
    Deed.RELEASE: "Released; messages go as their days come, each after the conversations that it waits for.",
    Deed.STOP: "Stopped; nothing more goes until the messages are released again.",
    Deed.LOG: "Logged. What waited for this conversation alone goes as its day comes.",
    Deed.TAKE_BACK: "Taken back; what waits for this conversation is held again.",
    Deed.OVERRIDE: "It goes before its conversations; your reason is kept.",
    Deed.WITHDRAW: "Withdrawn; it is never sent.",
}
_DAYS_A_PAGE = 100


def open_ready(request: Request, pk: UUID, needs: May | None = None) -> tuple[Handoff, Scope]:
    """Open a handoff that is prepared; Http404 where it isn't, or nothing of it is for the person."""
    row, scope = access_handoff(request.user, pk, offices_of(request.user), needs)
    if not row.is_ready:
        raise Http404
    return row, scope


@require_safe
def handoffs(request: Request) -> HttpResponse:
    """List the handoffs that concern the person, and published plans that wait for theirs."""
    return render(
        request,
        "web/handoffs.html",
        {
            "rows": list_handoffs(request.user, offices_of(request.user)),
            "unprepared": list_unprepared(request.user),
            "starts_on": suggest_start(),
            "today": today(),
            "own": templates_in_force(),
        },
    )


@require_POST
def review_handoff(request: Request, pk: UUID) -> HttpResponse:
    """Prepare the handoff of a published plan, or another round of it."""
    review = access_review(request.user, pk, offices_of(request.user))
    if not request.user.can(May.HAND_OVER):
        raise Http404
    try:
        text = request.POST.get("starts_on", "")
        asked = ask_handoff(
            request.user,
            review,
            _read_day(text) if text else None,
            own_templates=request.POST.get("templates", "own") == "own",
        )
    except EvenhandError as error:
        say(request, error)
        return redirect("handoffs")
    return redirect("handoff", pk=asked.pk)


@require_safe
def handoff(request: Request, pk: UUID) -> HttpResponse:
    """Show a handoff as far as it concerns the person: conversations, messages, days, and what they may do."""
    row, scope = access_handoff(request.user, pk, offices_of(request.user))
    if not row.is_ready:
        return render(request, "web/handoff_job.html", {"handoff": row})
    days = Paginator(list_days(row, scope), _DAYS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "web/handoff.html",
        {
            "handoff": row,
            "scope": scope,
            "seen": look(request.user, row, scope),
            "days": days,
            "n_tasks": list_rows(row, scope, "tasks").height,
            "n_deals": list_rows(row, scope, "ledger").height,
            "hows": HOWS,
            "today": today(),
            "starts_on": suggest_start(),
            "span": {name: dt.date.fromisoformat(row.summary[name]) for name in _SPAN},
            "own": templates_in_force(),
        },
    )


@require_safe
def handoff_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far it is; when it has ended the whole page is loaded again."""
    return show_progress(request, access_handoff(request.user, pk, offices_of(request.user))[0], "handoff")


@require_POST
def handoff_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop preparing a handoff."""
    return stop(request, access_handoff(request.user, pk, offices_of(request.user), May.HAND_OVER)[0], "handoff")


@require_POST
def handoff_act(request: Request, pk: UUID) -> HttpResponse:
    """Do something at the gate: log a conversation, release, override, withdraw."""
    row, scope = open_ready(request, pk)
    said = Told(**{name: request.POST[name] for name in Told.__dataclass_fields__ if name in request.POST})
    try:
        deed = read_deed(request.POST.get("action", ""))
        do_deed(request.user, row, scope, deed, said)
    except EvenhandError as error:
        say(request, error)
    else:
        messages.success(request, _DONE[deed])
    return redirect(request.POST.get("back", "") if request.POST.get("back") in _ROOMS else "handoff", pk=row.pk)


@require_safe
def handoff_messages(request: Request, pk: UUID) -> HttpResponse:
    """Show the send plan: who gets what when, what holds it, and what became of it."""
    row, scope = open_ready(request, pk)
    return render(
        request,
        "web/handoff_messages.html",
        {"handoff": row, "scope": scope, "seen": look(request.user, row, scope)},
    )


@require_POST
def handoff_decide(request: Request, pk: UUID) -> HttpResponse:
    """Say what became of a message that may have been sent, failed, or came back."""
    row, _ = open_ready(request, pk, May.HAND_OVER)
    number = request.POST.get("number", "")
    message = row.messages.filter(number=int(number) if number.isdecimal() else 0).first()
    try:
        if message is None:
            raise InputError({"number": "names no message of this handoff"})
        decide(row, message, request.POST.get("word", ""), request.user, request.POST.get("words", "")[:2000])
    except EvenhandError as error:
        say(request, error)
    else:
        messages.success(request, "Noted.")
    return redirect("handoff_messages", pk=row.pk)


@require_safe
def handoff_tasks(request: Request, pk: UUID) -> HttpResponse:
    """Show who does what by when."""
    row, scope = open_ready(request, pk)
    tasks = list_rows(row, scope, "tasks").to_dicts()
    people = row.summary.get("people", {})
    for task in tasks:
        task["owner"] = people.get(task["owner_id"], task["owner_id"]) or "revenue operations"
        task["with"] = people.get(task["with_id"], task["with_id"])
    return render(
        request,
        "web/handoff_tasks.html",
        {"handoff": row, "scope": scope, "page": Paginator(tasks, 200).get_page(request.GET.get("page"))},
    )


def say(request: Request, error: EvenhandError) -> None:
    """Tell the person why something wasn't done."""
    if isinstance(error, Refusal):
        messages.error(request, f"{error.message} {error.hint}")
    elif isinstance(error, InputError):
        messages.error(request, " ".join(f"{at}: {said}" for at, said in error.problems.items()))
    else:
        messages.error(request, str(error))


def _read_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError({"starts_on": f"{text[:20]!r} is no date like 2026-10-05"}) from None


_ROOMS = ("handoff", "handoff_messages")
_SPAN = ("starts_on", "told_on", "introductions_from", "latest_on")
