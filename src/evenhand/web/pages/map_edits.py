"""Changing a plan on its map: an area or an account, what that does to every measure, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from evenhand.adapters.store.doors import access_whole_plan_run
from evenhand.app.roles import May
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.plan.grades import GRADES
from evenhand.web.asking_edits import ask_edits
from evenhand.web.drafts import weigh_edits
from evenhand.web.map_steps import Area, count_grades, find_rows, read_area, read_steps
from evenhand.web.maps import find_map
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.reading import find_plan

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import QueryDict

    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.drafts import Weighed
    from evenhand.web.map_steps import Step
    from evenhand.web.maps import Seen
    from evenhand.web.request import Request

_LATE = "This plan was edited or shared since you opened it. Open its page, look at what was made of it, and decide."


@dataclass
class Panel:
    """What the panel beside the map shows.

    Attributes
    ----------
    steps
        Decided so far, the last last.
    area, counts
        An area that was drawn, and the accounts in it by grade; nothing is decided of it yet.
    moved
        Of each account that the steps move, its row and where it would go.
    """

    steps: list[Step] = field(default_factory=list)
    area: Area | None = None
    counts: dict[str, int] = field(default_factory=dict)
    weighed: Weighed | None = None
    problems: list[str] = field(default_factory=list)
    moved: list[tuple[int, str]] = field(default_factory=list)

    @property
    def n_inside(self) -> int:
        """Accounts in the area."""
        return sum(self.counts.values())


@require_POST
def plan_map_edit(request: Request, pk: UUID) -> HttpResponse:
    """Weigh what is decided on the map and show it, or make it into a plan of its own."""
    run = access_whole_plan_run(request.user, pk, May.MAKE_PLANS)
    if not run.has_plan:
        raise Http404
    seen = find_map(request.user, run.book, run)
    panel = read_panel(request.POST, seen)
    what = request.POST.get("do", "")
    status = 200
    if what in {"make", "repair", "undo"} and not panel.problems:
        try:
            made = _make(request, run, panel, what)
        except InputError as error:
            panel.problems += error.problems.values()
        except ChangedMeanwhileError:
            panel.problems.append(_LATE)
            status = 409
        else:
            return _go(request, reverse("plan_map", args=[made.pk]))
    _weigh(panel, run, seen)
    return render(
        request,
        "web/fragments/map_panel.html",
        describe_panel(run, panel),
        # htmx shows what comes with 200 alone.
        status=200 if request.headers.get("HX-Request") else status,
    )


def describe_panel(run: PlanRun, panel: Panel) -> dict[str, Any]:
    """Return what the panel's template needs."""
    return {"run": run, "panel": panel, "grades": GRADES, "seats": find_plan(run).territory_ids}


def read_panel(said: QueryDict, seen: Seen) -> Panel:
    """Read what the form beside the map says; what is wrong is named, and the steps before it stay."""
    panel = Panel()
    what, texts = said.get("do", ""), said.getlist("step")
    if what == "drop":
        texts = texts[:-1]
    try:
        panel.steps = read_steps(texts, seen)
        if what == "account":
            kind, to = said.get("kind", "move"), said.get("to", "").strip()
            accounts = [account.strip() for account in said.getlist("found") or [said.get("account", "")]]
            place = "" if kind == "lock" else f"={to}"
            panel.steps += read_steps([f"{kind}:{account}{place}" for account in accounts], seen)
        if (area := said.get("area", "")) and what != "leave":
            _read_area(panel, area, said, seen)
    except InputError as error:
        panel.problems += error.problems.values()
    return panel


def _read_area(panel: Panel, text: str, said: QueryDict, seen: Seen) -> None:
    area = read_area(text)
    if said.get("do") != "area":
        grades = tuple(grade for grade in said.getlist("grade") if grade in GRADES)
        area = area.model_copy(update={"grades": grades})
    area = area.model_copy(
        update={"kind": "lock" if said.get("kind") == "lock" else "move", "to": said.get("to", "").strip()}
    )
    # All grades are counted, so that those left out can be taken in.
    panel.counts = count_grades(find_rows(area.model_copy(update={"grades": ()}), seen), seen)
    if said.get("do") == "add" and not area.grades:
        panel.problems.append("Tick at least one grade.")
    elif said.get("do") == "add":
        try:
            panel.steps += read_steps([area.model_dump_json()], seen)
        except InputError as error:
            panel.problems += error.problems.values()
        else:
            return
    panel.area = area


def _weigh(panel: Panel, run: PlanRun, seen: Seen) -> None:
    edits = [str(edit) for step in panel.steps for edit in step.edits]
    if not edits:
        return
    try:
        panel.weighed = weigh_edits(run, edits)
    except EvenhandError as error:
        panel.problems += error.problems.values() if isinstance(error, InputError) else [str(error)]
        return
    accounts = panel.weighed.consequence.accounts
    rows = seen.ground.sheet["account_id"].search_sorted(accounts["account_id"])
    panel.moved = list(zip(rows.to_list(), accounts["to_territory_id"].to_list(), strict=True))


def _make(request: Request, run: PlanRun, panel: Panel, what: str) -> PlanRun:
    version = request.POST.get("version", "")
    edits = [] if what == "undo" else [str(edit) for step in panel.steps for edit in step.edits]
    if edits:
        weigh_edits(run, edits)  # an account that isn't there is said here, not by the worker
    n_accounts = len(edits)
    return ask_edits(
        request.user,
        run,
        version=int(version) if version.isdecimal() else 0,
        edits=edits,
        repair=what == "repair",
        undo=what == "undo",
        title=f"{run.title[:160]}, {n_accounts:,} accounts on the map" if n_accounts > 1 else "",
    )


def _go(request: Request, where: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)
