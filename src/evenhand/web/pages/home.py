"""The front page: where things stand, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import list_books, list_plan_runs
from evenhand.app.roles import May, Sees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Book, PlanRun
    from evenhand.web.request import Request

_LATEST = 5
_LOOKED_THROUGH = 20


@dataclass(frozen=True)
class Step:
    """A step of the way from a book to a decision, and where it is taken."""

    title: str
    text: str
    action: str
    address: str
    is_done: bool = False
    is_next: bool = False


@require_safe
def home(request: Request) -> HttpResponse:
    """Show the latest book with its conclusion, the latest plans, and what to do next."""
    books = list(list_books(request.user)[:_LOOKED_THROUGH])
    runs = list(list_plan_runs(request.user)[:_LOOKED_THROUGH])
    latest = next((book for book in books if book.is_ready), None)
    makes_plans = request.user.can(May.MAKE_PLANS)
    return render(
        request,
        "web/home.html",
        {
            "book": latest,
            "pending": [job for job in books[:_LATEST] if not job.has_ended],
            "runs": runs[:_LATEST],
            "steps": find_steps(latest, runs) if latest and makes_plans else [],
            "sees_all": request.user.role_entry.sees is Sees.ALL,
        },
    )


def find_steps(book: Book, runs: Sequence[PlanRun]) -> list[Step]:
    """Return the way from a book to plans set side by side: what is done of it, and the step that is next."""
    asked = [run for run in runs if run.book_id == book.pk]
    made = [run for run in asked if run.has_plan]
    at_work = next((run for run in asked if not run.has_ended), None)
    new = reverse("plan_new", args=[book.pk])
    second = f"{new}?{urlencode({'tolerance': '10'})}" if made else ""
    if at_work is not None:
        new = second = reverse("plan", args=[at_work.pk])
    pair = urlencode([("plan", str(run.pk)) for run in reversed(made[:2])])
    return [
        Step(
            "Read the diagnosis",
            "Which territories are overloaded or starved, and which figures say so.",
            "Read it",
            reverse("diagnosis", args=[book.pk]),
        ),
        Step(
            "Build a plan",
            "The fewest, gentlest moves. The defaults are a good start; it takes a minute.",
            "See how far it is" if at_work else "Build a plan",
            new,
            is_done=bool(made),
            is_next=not made,
        ),
        Step(
            "Build a second one",
            "Another band, an event, other limits: a decision is a choice between two.",
            "See how far it is" if at_work else "Try a band of 10 %",
            second,
            is_done=len(made) > 1,
            is_next=len(made) == 1,
        ),
        Step(
            "Set the two side by side",
            "Moves, balance, quotas, who is touched, and the accounts that they treat differently.",
            "Compare them",
            f"{reverse('compare')}?{pair}" if len(made) > 1 else "",
            is_next=len(made) > 1,
        ),
    ]
