"""Plans: asking for one, watching it being solved, reading it, sharing it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, cast

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.files.plans import REPORT
from evenhand.adapters.report import render_plan_report
from evenhand.adapters.report.page import take_part
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import (
    access_book,
    access_plan_run,
    access_whole_plan_run,
    check_may,
    list_books,
    list_plan_runs,
)
from evenhand.adapters.store.models import Audience, PlanRun
from evenhand.app.question import Question, check_question, say_question
from evenhand.app.roles import May, Sees
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.web.exceptions import find_notice
from evenhand.web.forms.plans import QuestionForm
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.web.reading import find_directory
from evenhand.web.reports import serve_report
from evenhand.web.request import posted
from evenhand.web.requesting import ask_plan, firm_policy
from evenhand.web.tables import serve_table
from evenhand.web.talking import open_talk
from evenhand.web.views_of_team import visible_plan
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from evenhand.adapters.store.models import User
    from evenhand.book.book import Book as BookDirectory
    from evenhand.plan.plan import Plan
    from evenhand.web.reading import KeptPlan
    from evenhand.web.request import Request

_A_PAGE = 25
_TABLES = ("moves", "assignment", "territories", "quotas")


@require_safe
def plans(request: Request) -> HttpResponse:
    """List the plans, the latest first, to open or to compare."""
    check_may(request.user, May.READ_PLANS)
    page = Paginator(list_plan_runs(request.user), _A_PAGE).get_page(request.GET.get("page"))
    book = next((book for book in list_books(request.user)[:20] if book.is_ready), None)
    n_plans = sum(run.has_plan for run in page)
    return render(request, "web/plans.html", {"page": page, "book": book, "can_compare": n_plans > 1})


@require_http_methods(["GET", "HEAD", "POST"])
def plan_new(request: Request, pk: UUID) -> HttpResponse:
    """Ask for a plan of a book."""
    book = access_book(request.user, pk, May.MAKE_PLANS)
    if not book.is_ready:
        raise Http404
    policy = firm_policy()
    form = QuestionForm(posted(request), policy=policy, initial=tolerances_in(request))
    if request.method == "POST" and form.is_valid():
        try:
            run = ask_plan(request.user, book, form.question(), form.cleaned_data["title"])
        except InputError as error:
            for place, message in error.problems.items():
                form.add_error(None, f"{place}: {message}")
        else:
            return redirect("plan", pk=run.pk)
    return render(
        request,
        "web/plan_new.html",
        {"form": form, "book": book, "seats": book.summary.get("seats", [])[:2000]},
        status=422 if form.errors else 200,
    )


@require_safe
def plan(request: Request, pk: UUID) -> HttpResponse:
    """Show a plan, or how far its solve is."""
    run = access_plan_run(request.user, pk)
    content = ""
    if run.has_plan:
        content = mark_safe(_content(request.user, run))  # noqa: S308 - our own template, which escapes
    return render(
        request,
        "web/plan.html",
        {
            "run": run,
            "content": content,
            "asked": _say(run),
            "exception": find_notice(run),
            "others": list_plan_runs(request.user).filter(book=run.book, state="done").exclude(pk=run.pk)[:20],
            "is_whole": request.user.role_entry.sees is Sees.ALL,
            "talk": open_talk(request.user, run),
        },
    )


@require_safe
def plan_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far the solve is; when it has ended the whole page is loaded again."""
    return show_progress(request, access_plan_run(request.user, pk), "plan")


@require_POST
def plan_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop a solve."""
    return stop(request, access_plan_run(request.user, pk, May.MAKE_PLANS), "plan")


@require_POST
def plan_share(request: Request, pk: UUID) -> HttpResponse:
    """Share a plan with managers and viewers, or take it back."""
    run = access_plan_run(request.user, pk, May.SHARE_PLANS)
    audience = Audience.SHARED if request.POST.get("audience") == Audience.SHARED else Audience.MAKERS
    with transaction.atomic():
        changed = (
            PlanRun.objects.filter(pk=run.pk, version=_version(request), state="done")
            .exclude(audience=audience)
            .update(audience=audience, version=F("version") + 1)
        )
        if changed:
            record(request.user, "plan_run.shared", run, audience=str(audience))
    return redirect("plan", pk=run.pk)


@require_safe
def plan_report(request: Request, pk: UUID) -> FileResponse:
    """Show a plan as the page that can be sent around."""
    return serve_plan_report(access_whole_plan_run(request.user, pk))


@require_safe
def plan_folder(request: Request, pk: UUID) -> FileResponse:
    """Download the plan folder, with which anyone can check the plan."""
    return pack_folder(access_whole_plan_run(request.user, pk))


def serve_plan_report(run: PlanRun) -> FileResponse:
    """Serve the report of a plan, with the exception that it was made under on top."""
    notice = find_notice(run)
    return serve_report(_folder_of(run) / REPORT, notice.add_to if notice else None)


def pack_folder(run: PlanRun) -> FileResponse:
    """Serve the folder of a plan as a zip."""
    folder, packed = _folder_of(run), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"plan/{path.name}")
        if notice := find_notice(run):
            archive.writestr("exception.txt", notice.text)
    packed.seek(0)
    return FileResponse(packed, as_attachment=True, filename=f"plan-{run.folder[:12]}.zip")


@require_safe
def plan_table(request: Request, pk: UUID, table: str) -> HttpResponse:
    """Download a table of the plan, as far as the person sees."""
    run = access_plan_run(request.user, pk)
    if table not in _TABLES or not run.has_plan:
        raise Http404
    return serve_table(getattr(visible_plan(request.user, run), table), f"{table}.csv")


def _content(user: User, run: PlanRun) -> str:
    """Return the plan as far as the person sees it, as HTML with everything escaped."""
    if user.role_entry.sees is Sees.ALL:
        return take_part((_folder_of(run) / REPORT).read_text("utf-8"))
    seen = visible_plan(user, run)
    return _render(seen, find_directory(run.book)) if seen.territory_ids else ""


def _render(seen: KeptPlan, directory: BookDirectory) -> str:
    # What was kept of a plan has all that the report shows of a part of it.
    return render_plan_report(cast("Plan", seen), directory, is_part=True)


def _say(run: PlanRun) -> str:
    try:
        question = Question.of(run.question)
        return say_question(check_question(question, firm_policy()), question.events)
    except EvenhandError:
        return run.title  # the firm's policy has changed since, so that the question no longer fits it


def _folder_of(run: PlanRun) -> Path:
    if not run.has_plan:
        raise Http404
    return open_shelf().plan(run.folder)


def tolerances_in(request: Request) -> dict[str, str]:
    """Return the tolerances in per cent that a link to the form names; what isn't a number is left out."""
    return {
        name: text
        for name in ("tolerance", "accounts", "qualified", "workload", "pipeline")
        if (text := request.GET.get(name, "")) and text.replace(".", "", 1).isdecimal()
    }


def _version(request: Request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else 0
