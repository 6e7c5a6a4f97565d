"""The year: each review with its agenda, its decision and what came of it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.adapters.store import cycles as store
from evenhand.adapters.store.doors import access_plan_run, check_may, list_books, list_plan_runs
from evenhand.adapters.store.doors_of_cycles import access_cycle, list_cycles, list_days
from evenhand.adapters.store.models import SavedSource
from evenhand.app.roles import May, Sees
from evenhand.foundation.errors import EvenhandError, InputError, Refusal
from evenhand.measure.cycle import Stage, Step, can_take, find_next
from evenhand.web.cycle_parts import (
    FILES,
    TABLES,
    folder_of,
    list_days_ahead,
    print_agenda,
    read_day,
    read_report,
    take_step,
    write_calendar,
)
from evenhand.web.pages.alerts import see_alerts
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today

if TYPE_CHECKING:
    from uuid import UUID

    from evenhand.adapters.store.models import Cycle
    from evenhand.web.request import Request

_MOST_WORDS = 4000
_DONE = {
    "no change": "Recorded: no changes needed. Everybody is told the day of the next review.",
    "plan": "Recorded: something has to move. Build the plan and put it to the managers; then name it here.",
    "postpone": "The new day is set, and told.",
    "name the plan": "Named; its outcome is measured with every newer book.",
    "close": "Closed.",
    "prepare": "The agenda is by the newest book.",
}


@require_safe
def year(request: Request) -> HttpResponse:
    """Show the year: to who decides the whole story, to others the days."""
    policy, day = firm_policy(), today()
    rows = list(list_cycles(request.user))
    sees_alerts = request.user.role_entry.sees is not Sees.OWN
    return render(
        request,
        "web/year.html",
        {
            "cycles": [row for row in rows if row.stage not in store.OPEN],
            "coming": next((row for row in reversed(rows) if row.stage in store.OPEN), None),
            "days": list_days_ahead(list(list_days(request.user)), policy, day),
            "today": day,
            "suggested": find_next(day, policy),
            "sources": SavedSource.objects.all() if request.user.can(May.MAKE_BOOKS) else (),
            "n_alerts": sum(one.state == "open" for one in see_alerts(request.user)) if sees_alerts else None,
            "months": policy.cadence.review_months,
        },
    )


@require_POST
def year_begin(request: Request) -> HttpResponse:
    """Set the day of the first review."""
    check_may(request.user, May.REVIEW_PLANS)
    try:
        source = None
        if request.POST.get("source"):
            check_may(request.user, May.MAKE_BOOKS)
            source = SavedSource.objects.filter(name=request.POST["source"]).first()
        cycle = store.begin(request.user, read_day(request.POST.get("due_on", ""), "due_on"), source, today())
    except EvenhandError as error:
        _say(request, error)
        return redirect("year")
    return redirect("cycle", pk=cycle.pk)


@require_safe
def year_calendar(request: Request) -> HttpResponse:
    """Return the reviews of the year as a calendar file."""
    days = list_days_ahead(list(list_days(request.user)), firm_policy(), today())
    content = write_calendar(days, today(), f"{settings.EVENHAND_URL}/year/")
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")


@require_safe
def year_csv(request: Request) -> HttpResponse:
    """Return the story of the year as CSV."""
    check_may(request.user, May.REVIEW_PLANS)
    lines = io.StringIO()
    out = csv.writer(lines, lineterminator="\n")
    names = ("n_moved", "n_worked", "n_trouble", "moved_share", "measured_on", "headline")
    out.writerow(("name", "due_on", "stage", "decision", "decided_on", "reason", *names))
    for row in list_cycles(request.user):
        said = (row.name, row.due_on, row.stage, row.decision, row.decided_on or "", _plain(row.reason))
        out.writerow((*said, *(row.outcome.get(name, "") for name in names)))
    return HttpResponse(lines.getvalue(), content_type="text/csv; charset=utf-8")


@require_safe
def cycle(request: Request, pk: UUID) -> HttpResponse:
    """Show a review: its agenda, what can be decided, and what came of it."""
    row = access_cycle(request.user, pk)
    stage = Stage(row.stage)
    return render(
        request,
        "web/cycle.html",
        {
            "cycle": row,
            "items": row.agenda.get("items", ()),
            "can": {str(step).replace(" ", "_"): can_take(stage, step) for step in Step},
            "runs": _list_runs(request, row) if can_take(stage, Step.NAME_PLAN) else [],
            "next_on": find_next(row.due_on, firm_policy()),
            "today": today(),
            "newest": list_books(request.user).filter(state="done").order_by("-as_of", "-created_at").first(),
        },
    )


@require_POST
def cycle_act(request: Request, pk: UUID) -> HttpResponse:
    """Do something to a review."""
    row = access_cycle(request.user, pk)
    said = request.POST
    try:
        run = access_plan_run(request.user, said["plan"]) if said.get("plan") else None
        take_step(
            row, request.user, said.get("step", ""),
            reason=said.get("reason", "")[:_MOST_WORDS],
            due_on=read_day(said["due_on"], "due_on") if said.get("due_on") else None,
            next_on=read_day(said["next_on"], "next_on") if said.get("next_on") else None,
            run=run,
        )  # fmt: skip
    except EvenhandError as error:
        _say(request, error)
    else:
        messages.success(request, _DONE.get(request.POST.get("step", ""), "Done."))
    return redirect("cycle", pk=row.pk)


@require_safe
def cycle_agenda(request: Request, pk: UUID, form: str) -> HttpResponse:
    """Return the agenda as a document."""
    row = access_cycle(request.user, pk)
    if not row.agenda or form not in {"html", "pdf"}:
        raise Http404
    kind = "text/html; charset=utf-8" if form == "html" else "application/pdf"
    return HttpResponse(print_agenda(row, firm_policy(), form), content_type=kind)


@require_safe
def cycle_effect(request: Request, pk: UUID) -> HttpResponse:
    """Show what came of a review's plan, with charts."""
    row = access_cycle(request.user, pk)
    return render(request, "web/cycle_effect.html", {"cycle": row, "report": read_report(row), "tables": TABLES})


@require_safe
def cycle_file(request: Request, pk: UUID, name: str) -> HttpResponse | FileResponse:
    """Return a file of an outcome."""
    row = access_cycle(request.user, pk)
    folder = folder_of(row)
    is_table = name.removesuffix(".csv") in TABLES and name.endswith(".csv")
    if folder is None or not (is_table or name in FILES) or not (folder / name).is_file():
        raise Http404
    kind = "text/csv; charset=utf-8" if is_table else FILES[name]
    return FileResponse((folder / name).open("rb"), content_type=kind, filename=f"{row.name} {name}")


def _list_runs(request: Request, row: Cycle) -> list[object]:
    return [run for run in list_plan_runs(request.user).filter(book=row.book)[:50] if run.has_plan]


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking words for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def _say(request: Request, error: EvenhandError) -> None:
    if isinstance(error, Refusal):
        messages.error(request, f"{error.message} {error.hint}")
    elif isinstance(error, InputError):
        messages.error(request, " ".join(f"{at}: {said}" for at, said in error.problems.items()))
    else:
        messages.error(request, str(error))
