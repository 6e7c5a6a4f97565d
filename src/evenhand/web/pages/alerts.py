"""Alerts between the reviews: what a new book showed, with its evidence, and what can wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.adapters.store.cycles import snooze
from evenhand.adapters.store.doors import list_books
from evenhand.adapters.store.doors_of_cycles import access_alert, list_alerts
from evenhand.app.roles import Sees
from evenhand.foundation.errors import EvenhandError, Refusal
from evenhand.web.cycle_parts import read_day
from evenhand.web.reviewing import today
from evenhand.web.views_of_team import visible_territories

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import User, WatchAlert
    from evenhand.web.request import Request

_MOST_WORDS = 2000


def see_alerts(user: User) -> list[WatchAlert]:
    """Return the alerts that somebody sees: who sees a team those that are about nothing but its territories."""
    seen: frozenset[str] | None = None
    if user.role_entry.sees is not Sees.ALL:
        book = list_books(user).filter(state="done").exclude(content_hash="").order_by("-as_of").first()
        seen = (visible_territories(user, book) if book is not None else frozenset()) or frozenset()
    return list_alerts(user, seen)


@require_safe
def alerts(request: Request) -> HttpResponse:
    """List the alerts, those that wait for somebody first."""
    rows = see_alerts(request.user)
    return render(
        request,
        "web/alerts.html",
        {
            "open": [row for row in rows if row.state == "open"],
            "snoozed": [row for row in rows if row.state == "snoozed"],
            "settled": [row for row in rows if row.state == "settled"][:50],
            "whole": request.user.role_entry.sees is Sees.ALL,
            "today": today(),
        },
    )


@require_POST
def alert_snooze(request: Request, pk: UUID) -> HttpResponse:
    """Keep an alert quiet until a day."""
    row = access_alert(request.user, pk)
    try:
        until = read_day(request.POST.get("until", ""), "until")
        snooze(row, request.user, until, request.POST.get("reason", "")[:_MOST_WORDS], today())
    except Refusal as error:
        messages.error(request, f"{error.message} {error.hint}")
    except EvenhandError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Quiet until {until:%d %B %Y}, unless it grows.")
    return redirect("alerts")
