"""Editing a plan by hand: what each decision does is shown before it is made, and the last can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from evenhand.adapters.store.doors import access_whole_plan_run
from evenhand.app.roles import May
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.web.asking_edits import ask_edits
from evenhand.web.drafts import weigh_edits
from evenhand.web.forms.edits import EditsForm, say_edit
from evenhand.web.keeping_drafts import find_draft, keep_draft
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.pages.edit_accounts import find_accounts, list_places
from evenhand.web.reading import find_plan

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.drafts import Weighed
    from evenhand.web.request import Request

_MOST_NAMED = 500


@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: Request, pk: UUID) -> HttpResponse:
    """Weigh edits of a plan (GET), or make them into a plan of their own (POST)."""
    run = access_whole_plan_run(request.user, pk, May.MAKE_PLANS)
    if not run.has_plan:
        raise Http404
    status, is_late = 200, False
    form = EditsForm(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            made = _make(request, run, form.cleaned_data["edits"])
        except InputError as error:
            for message in error.problems.values():
                form.add_error(None, message)
        except ChangedMeanwhileError:
            status, is_late = 409, True
            run.refresh_from_db()
        else:
            return redirect("plan", pk=made.pk)
    edits, weighed = _weigh(run, form)
    if form.errors:
        status = 422
    draft = find_draft(run)
    is_part = bool(request.headers.get("HX-Request")) and request.method == "GET"
    return render(
        request,
        "web/fragments/edit_effect.html" if is_part else "web/plan_edit.html",
        {
            "run": run,
            "form": form,
            "blank": EditsForm(None),
            "edits": _in_words(edits),
            "draft": draft,
            "draft_edits": _in_words(draft.edits) if draft is not None and draft.edits != edits else [],
            "weighed": weighed,
            "accounts": [] if weighed is None else weighed.consequence.accounts.head(_MOST_NAMED).to_dicts(),
            "is_late": is_late,
            "children": run.children.select_related("created_by")[:10],
            "has_history": _has_history(run),
            "places": list_places(run),
            "asked": {"q": request.GET.get("q", ""), "in": request.GET.get("in", "")},
            **find_accounts(request.user, run, request.GET),
            "moved": find_plan(run).moves.select("account_id", "name").head(_MOST_NAMED).rows(),
        },
        # htmx shows what comes with 200 alone; the fragment names what is wrong.
        status=200 if is_part else status,
    )


@require_POST
def plan_draft(request: Request, pk: UUID) -> HttpResponse:
    """Keep the edits for later, for everyone who works on the plan; not over somebody else's."""
    run = access_whole_plan_run(request.user, pk, May.MAKE_PLANS)
    if not run.has_plan:
        raise Http404
    version, edits = request.POST.get("draft_version", ""), request.POST.getlist("edit")
    try:
        keep_draft(request.user, run, edits, int(version) if version.isdecimal() and len(version) < 10 else 0)
    except ChangedMeanwhileError:
        draft = find_draft(run)
        theirs = [] if draft is None else draft.edits
        said = {"run": run, "draft": draft, "mine": _in_words(edits), "theirs": _in_words(theirs)}
        both = _in_words(list(dict.fromkeys([*theirs, *edits])))
        return render(request, "web/draft_changed.html", {**said, "both": both}, status=409)
    messages.success(request, "Kept." if edits else "Nothing is kept for later any more.")
    return redirect(f"{reverse('plan_edit', args=[run.pk])}?{urlencode({'edit': edits}, doseq=True)}")


def _in_words(edits: list[str]) -> list[tuple[str, str]]:
    return [(edit, say_edit(edit)) for edit in edits]


def _make(request: Request, run: PlanRun, edits: list[str]) -> PlanRun:
    said = request.POST
    version = said.get("version", "")
    if edits:
        weigh_edits(run, edits)  # an account that isn't there is said here, not by the worker
    return ask_edits(
        request.user,
        run,
        version=int(version) if version.isdecimal() else 0,
        edits=edits,
        mend=said.get("do") == "mend",
        repair=said.get("do") == "repair",
        undo=said.get("do") == "undo",
        title=said.get("title", ""),
    )


def _weigh(run: PlanRun, form: EditsForm) -> tuple[list[str], Weighed | None]:
    """Weigh what the form says; what can't be weighed is named on it, and the other edits stay."""
    form.is_valid()
    edits: list[str] = form.cleaned_data.get("edits", [])
    if not edits:
        return [], None
    try:
        return edits, weigh_edits(run, edits)
    except EvenhandError as error:
        for message in error.problems.values() if isinstance(error, InputError) else [str(error)]:
            form.add_error(None, message)
    return [edit for edit in edits if edit in form.said], None


def _has_history(run: PlanRun) -> bool:
    return bool(find_plan(run).summary.get("steps"))
