"""Pushing a handoff's changes to the CRM: looked at first, confirmed by name, read back, taken back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.doors_of_pushes import access_push, access_pushes
from evenhand.adapters.store.models import Push
from evenhand.app.push.modes import Mode
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.web.pushing import ask_push_of, list_targets
from evenhand.web.reviewing import today
from evenhand.web.tables import serve_table
from evenhand.wiring.pushing_jobs import find_records

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Handoff
    from evenhand.web.request import Request

_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def handoff_pushes(request: Request, pk: UUID) -> HttpResponse:
    """Show where a handoff's changes can go and what was done so far (GET), and ask for a push (POST)."""
    handoff = access_pushes(request.user, pk)
    if request.method == "POST":
        try:
            asked = _ask(request, handoff)
        except InputError as error:
            messages.error(request, "; ".join(error.problems.values()))
            return redirect("handoff_pushes", pk=handoff.pk)
        except EvenhandError as error:
            messages.error(request, str(error))
            return redirect("handoff_pushes", pk=handoff.pk)
        return redirect("push", pk=asked.pk)
    return render(
        request,
        "web/handoff_pushes.html",
        {
            "handoff": handoff,
            "targets": list_targets(request.user),
            "rows": Push.objects.filter(handoff=handoff).select_related("created_by")[:_SHOWN],
            "today": today(),
        },
    )


def _ask(request: Request, handoff: Handoff) -> Any:
    said = request.POST
    try:
        mode = Mode(said.get("mode", ""))
        connection = next(row for row in list_targets(request.user) if str(row.pk) == said.get("connection"))
    except (ValueError, StopIteration):
        raise Http404 from None
    try:
        until = dt.date.fromisoformat(said.get("until") or today().isoformat())
    except ValueError:
        raise InputError({"until": "Say the day as in 2026-10-15."}) from None
    return ask_push_of(
        request.user, handoff, connection.pk, mode, until, confirmed=said.get("confirmed", ""), again="again" in said
    )


@require_safe
def push(request: Request, pk: UUID) -> HttpResponse:
    """Show a push: how far it is, or what came of it and what can be done next."""
    job = access_push(request.user, pk)
    latest = Push.objects.filter(connection=job.connection, handoff=job.handoff).first()
    last = job.connection is not None and latest == job
    return render(request, "web/push.html", {"job": job, "handoff": job.handoff, "said": job.summary, "is_last": last})


@require_safe
def push_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far a push is."""
    return show_progress(request, access_push(request.user, pk), "push")


@require_POST
def push_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop a push; what was written is in the journal, and the next one goes on there."""
    return stop(request, access_push(request.user, pk), "push")


@require_safe
def push_records(request: Request, pk: UUID) -> HttpResponse:
    """Download every record of a push with what became of it."""
    path = find_records(access_push(request.user, pk))
    if not path.is_file():
        raise Http404
    return serve_table(pl.read_csv(path, infer_schema=False), "records.csv")
