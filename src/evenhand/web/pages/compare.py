"""Plans of a book side by side, and where each differs from the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from evenhand.adapters.report import render_comparison_report
from evenhand.adapters.store.doors import access_whole_plan_run, check_may, list_plan_runs
from evenhand.app.compare import read_sides
from evenhand.app.roles import May
from evenhand.plan.scenarios import compare as compare_sides
from evenhand.web.reading import read_kept_directory
from evenhand.web.tables import serve_table
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from evenhand.adapters.store.models import PlanRun
    from evenhand.plan.scenarios import Comparison
    from evenhand.web.request import Request

MOST_PLANS = 6


@dataclass(frozen=True)
class FigureRow:
    """A figure of each plan; `differs` where they are not all the same."""

    name: str
    values: list[str]
    differs: bool


@require_safe
def compare(request: Request) -> HttpResponse:
    """Show plans of the same book side by side, and the accounts that they treat differently."""
    check_may(request.user, May.READ_PLANS)
    chosen = list(dict.fromkeys(request.GET.getlist("plan")))[:MOST_PLANS]
    runs = [access_whole_plan_run(request.user, pk) for pk in chosen]
    runs = [run for run in runs if run.has_plan]
    known = [run for run in list_plan_runs(request.user).filter(state="done")[:100] if run.has_plan]
    context: dict[str, object] = {"runs": runs, "known": known, "chosen": {str(run.pk) for run in runs}}
    if len({run.book.content_hash for run in runs}) > 1:
        context["problem"] = "These plans are of different books, so their figures can't be set side by side."
    elif len(runs) > 1:
        content = _render(tuple(run.folder for run in runs), tuple(name_apart(runs)), runs[0].book.content_hash)
        context["content"] = mark_safe(content)  # noqa: S308 - our own template, which escapes
    return render(request, "web/compare.html", context)


@require_safe
def compare_csv(request: Request) -> HttpResponse:
    """Download the accounts that two plans treat differently."""
    chosen = request.GET.getlist("plan")
    runs = [access_whole_plan_run(request.user, pk) for pk in chosen]
    if len(runs) != 2 or not all(run.has_plan for run in runs):
        raise BadRequest
    return serve_table(compare_runs(runs).differences[0].accounts, "different.csv")


def compare_runs(runs: Sequence[PlanRun]) -> Comparison:
    """Set plans side by side under their titles.

    Raises
    ------
    InputError
        Where they are of different books, or fewer than two.
    """
    return _compare(tuple(run.folder for run in runs), tuple(name_apart(runs)))


def figures_of(comparison: Comparison) -> list[FigureRow]:
    """Return the figures of the plans side by side, in the order of the plans."""
    rows = []
    for name, *values in comparison.figures.iter_rows():
        rows.append(FigureRow(name, [value or "–" for value in values], len(set(values)) > 1))
    return rows


def name_apart(runs: Sequence[PlanRun]) -> list[str]:
    """Return the plans' titles, with a number where two have the same."""
    titles = [run.title for run in runs]
    return [
        title if titles.count(title) == 1 else f"{title} ({titles[: place + 1].count(title)})"
        for place, title in enumerate(titles)
    ]


@lru_cache(maxsize=16)
def _compare(folders: tuple[str, ...], titles: tuple[str, ...]) -> Comparison:
    # Folders are named by their content and never change, so what was compared once stays right.
    sides = read_sides(connect_outside(), [open_shelf().plan(folder) for folder in folders])
    return compare_sides([replace(side, name=title) for side, title in zip(sides, titles, strict=True)])


@lru_cache(maxsize=16)
def _render(folders: tuple[str, ...], titles: tuple[str, ...], book_hash: str) -> str:
    directory = read_kept_directory(open_shelf().book(book_hash))
    return render_comparison_report(_compare(folders, titles), directory, is_part=True)
