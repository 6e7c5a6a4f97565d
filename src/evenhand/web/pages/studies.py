"""Studies of a book: what each point of balance costs, and scenarios side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.report.page import take_part
from evenhand.adapters.store.doors import access_book, access_study, list_studies
from evenhand.adapters.store.models import StudyKind
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError
from evenhand.web.asking_studies import ask_study
from evenhand.web.opening_scenarios import find_opened, list_scenarios, open_scenario
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.studying import REPORTS

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Study
    from evenhand.web.request import Request

EXAMPLE = """\
[scenario.gentle]
description = "A wide band, few moves"

[scenario.gentle.bands]
potential = 0.20

[scenario.fair]
description = "A narrow band"

[scenario.fair.bands]
potential = 0.10
"""


@require_http_methods(["GET", "HEAD", "POST"])
def study_new(request: Request, pk: UUID) -> HttpResponse:
    """Ask for a frontier or for scenarios of a book."""
    book = access_book(request.user, pk, May.MAKE_PLANS)
    if not book.is_ready:
        raise Http404
    problems: list[str] = []
    text = request.POST.get("text", EXAMPLE)
    if request.method == "POST":
        is_frontier = request.POST.get("kind") == StudyKind.FRONTIER
        try:
            study = ask_study(
                request.user,
                book,
                StudyKind.FRONTIER if is_frontier else StudyKind.SCENARIOS,
                text,
                request.POST.get("title", ""),
            )
        except InputError as error:
            problems = [f"{at}: {said}" for at, said in error.problems.items()]
        else:
            return redirect("study", pk=study.pk)
    return render(
        request,
        "web/study_new.html",
        {
            "book": book,
            "problems": problems,
            "text": text,
            "studies": list_studies(request.user).filter(book=book)[:20],
        },
        status=422 if problems else 200,
    )


@require_safe
def study(request: Request, pk: UUID) -> HttpResponse:
    """Show a study, or how far it is."""
    found = access_study(request.user, pk)
    content, opened = "", find_opened(found)
    if found.has_report:
        page = (open_shelf().study(found.folder) / REPORTS[StudyKind(found.kind)]).read_text("utf-8")
        content = mark_safe(take_part(page))  # noqa: S308 - our own template, which escapes
    return render(
        request,
        "web/study.html",
        {
            "study": found,
            "content": content,
            "steps": _tolerances(found) if found.has_report else [],
            "scenarios": [(name, opened.get(name)) for name in list_scenarios(found)],
        },
    )


@require_POST
def study_plan(request: Request, pk: UUID) -> HttpResponse:
    """Make a plan of its own of a solved scenario."""
    made = open_scenario(request.user, access_study(request.user, pk), request.POST.get("scenario", ""))
    return redirect("plan", pk=made.pk)


@require_safe
def study_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far it is; when it has ended the whole page is loaded again."""
    return show_progress(request, access_study(request.user, pk), "study")


@require_POST
def study_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop a study."""
    return stop(request, access_study(request.user, pk), "study")


def _tolerances(study: Study) -> list[dict[str, Any]]:
    """List the tolerances that can be met, as the form for a plan takes them; the recommended one is marked."""
    said = study.summary
    if study.kind != StudyKind.FRONTIER or said.get("measure") not in {
        "potential",
        "accounts",
        "qualified",
        "workload",
    }:
        return []
    field = "tolerance" if said["measure"] == "potential" else said["measure"]
    return [
        {
            "field": field,
            "percent": f"{point['tolerance_share'] * 100:g}",
            "n_moves": point["n_moves"],
            "is_recommended": point["is_recommended"],
        }
        for point in said["points"]
        if point["meets_bands"]
    ]
