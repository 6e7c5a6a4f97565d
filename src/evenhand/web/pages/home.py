"""The front page: where things stand, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import list_books, list_plan_runs

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evenhand.web.request import Request

_LATEST = 5


@require_safe
def home(request: Request) -> HttpResponse:
    """Show the latest book with its conclusion, the latest plans, and what to do next."""
    books, runs = list_books(request.user), list_plan_runs(request.user)
    latest = next((book for book in books[:20] if book.is_ready), None)
    return render(
        request,
        "web/home.html",
        {
            "book": latest,
            "pending": [book for book in books[:_LATEST] if not book.has_ended],
            "runs": runs[:_LATEST],
            "n_done": sum(run.has_plan for run in runs[:20]),
            "sees_all": request.user.role_entry.sees == "all",
        },
    )
