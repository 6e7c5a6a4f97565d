"""Pages for what went wrong: what happened, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from evenhand.foundation.errors import EvenhandError, InputError, Refusal, SourceError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def show_error(request: HttpRequest, error: EvenhandError) -> HttpResponse:
    """Show a refusal, wrong input or an outage."""
    if isinstance(error, InputError):
        status, title, lines = 422, "Something in this isn't right", [f"{a}: {b}" for a, b in error.problems.items()]
    elif isinstance(error, Refusal):
        status, title, lines = 409, error.message, [error.hint] if error.hint else []
    elif isinstance(error, SourceError):
        next_step = "Try again in a minute; if it fails again, tell whoever runs the workspace."
        status, title, lines = 503, "Something outside failed", [error.message, next_step]
    else:
        status, title, lines = 500, "This is a bug", [str(error)]
    return _show(request, status, title, lines)


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show that there is nothing here for this person."""
    return _show(
        request,
        404,
        "There is nothing here",
        ["The link may be old, or what it shows isn't shared with you. Ask whoever sent it."],
    )


def show_bug(request: HttpRequest) -> HttpResponse:
    """Show that we failed."""
    number = request.META.get("EVENHAND_REQUEST_ID", "")
    return _show(
        request,
        500,
        "This is a bug in Evenhand",
        ["Nothing was lost: whatever you did was done whole or not at all.", f"If you report it, say {number}."],
    )


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show that a form was too old or came from elsewhere."""
    return _show(
        request, 403, "This form has grown old", ["Go back, reload the page, and send it again. Are cookies allowed?"]
    )


def _show(request: HttpRequest, status: int, title: str, lines: list[str]) -> HttpResponse:
    return render(request, "web/error.html", {"title": title, "lines": lines, "status": status}, status=status)
