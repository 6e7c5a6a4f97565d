"""Plans of a book side by side, and where two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import access_whole_plan_run, check_may, list_plan_runs
from evenhand.app.compare import compare_assignments, compare_plans
from evenhand.app.roles import May
from evenhand.web.tables import serve_table
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest, HttpResponse

    from evenhand.adapters.store.models import PlanRun

MOST_PLANS = 6
_MOST_ROWS = 300


@dataclass(frozen=True)
class FigureRow:
    """A figure of each plan; `differs` where they are not all the same."""

    name: str
    values: list[str]
    differs: bool


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show plans of the same book side by side; of two, the accounts that they treat differently."""
    check_may(request.user, May.READ_PLANS)
    chosen = list(dict.fromkeys(request.GET.getlist("plan")))[:MOST_PLANS]
    runs = [access_whole_plan_run(request.user, pk) for pk in chosen]
    runs = [run for run in runs if run.has_plan]
    known = [run for run in list_plan_runs(request.user).filter(state="done")[:100] if run.has_plan]
    context: dict[str, object] = {"runs": runs, "known": known, "chosen": {str(run.pk) for run in runs}}
    if len({run.book.content_hash for run in runs}) > 1:
        context["problem"] = "These plans are of different books, so their figures can't be set side by side."
    elif len(runs) > 1:
        context["rows"] = compare_figures(runs)
        if len(runs) == 2:
            different = compare_assignments(connect_outside(), *_folders(runs))
            context |= {
                "n_different": different.height,
                "different": different.head(_MOST_ROWS).to_dicts(),
            }
    return render(request, "web/compare.html", context)


@require_safe
def compare_csv(request: HttpRequest) -> HttpResponse:
    """Download the accounts that two plans treat differently."""
    chosen = request.GET.getlist("plan")
    if len(chosen) != 2:  # noqa: PLR2004 - two plans have a difference
        raise BadRequest
    runs = [access_whole_plan_run(request.user, pk) for pk in chosen]
    if not all(run.has_plan for run in runs):
        raise BadRequest
    return serve_table(compare_assignments(connect_outside(), *_folders(runs)), "different.csv")


def compare_figures(runs: list[PlanRun]) -> list[FigureRow]:
    """Return the figures of the plans side by side, in the order of the plans."""
    folders = _folders(runs)
    table = compare_plans(connect_outside(), list(dict.fromkeys(folders)))
    rows = []
    for row in table.iter_rows(named=True):
        values = [row[folder.name] if folder.name in row else row[str(folder)] for folder in folders]
        rows.append(FigureRow(row["figure"], [value or "–" for value in values], len(set(values)) > 1))
    return rows


def _folders(runs: list[PlanRun]) -> list[Path]:
    return [open_shelf().plan(run.folder) for run in runs]
