"""Maps: the accounts of a book or a plan as points, and the outlines of their territories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import access_book, access_plan_run
from evenhand.app.roles import May, Sees
from evenhand.web.bundles import find_script
from evenhand.web.maps import describe_account, find_map, pack_map
from evenhand.web.pages.map_edits import Panel, describe_panel
from evenhand.web.reading import find_directory, find_plan

if TYPE_CHECKING:
    from uuid import UUID

    from evenhand.adapters.store.models import Book, PlanRun
    from evenhand.web.maps import Seen
    from evenhand.web.request import Request

_PACKED = "application/vnd.evenhand.map"


@require_safe
def book_map(request: Request, pk: UUID) -> HttpResponse:
    """Show where the accounts of a book are, by territory."""
    book = _ready(access_book(request.user, pk))
    return render(request, "web/map.html", _describe(request, book, None))


@require_safe
def book_map_points(request: Request, pk: UUID) -> HttpResponse:
    """Serve what the map of a book draws, as far as the person sees it."""
    book = _ready(access_book(request.user, pk))
    return HttpResponse(pack_map(request.user, book), content_type=_PACKED)


@require_safe
def book_map_account(request: Request, pk: UUID) -> JsonResponse:
    """Say which account a point is."""
    return _say_account(request, find_map(request.user, _ready(access_book(request.user, pk))))


@require_safe
def plan_map(request: Request, pk: UUID) -> HttpResponse:
    """Show where the accounts are before and after a plan; whoever makes plans can change it here."""
    run = access_plan_run(request.user, pk)
    context: dict[str, Any] = {"run": run, "book": run.book}
    if run.has_plan:
        context |= _describe(request, run.book, run)
        if request.user.role_entry.sees is Sees.ALL and request.user.can(May.MAKE_PLANS):
            context |= {"can_edit": True, **describe_panel(run, Panel())}
    return render(request, "web/map.html", context)


@require_safe
def plan_map_points(request: Request, pk: UUID) -> HttpResponse:
    """Serve what the map of a plan draws, as far as the person sees it."""
    run = _solved(access_plan_run(request.user, pk))
    return HttpResponse(pack_map(request.user, run.book, run), content_type=_PACKED)


@require_safe
def plan_map_account(request: Request, pk: UUID) -> JsonResponse:
    """Say which account a point is."""
    run = _solved(access_plan_run(request.user, pk))
    return _say_account(request, find_map(request.user, run.book, run))


def _describe(request: Request, book: Book, run: PlanRun | None) -> dict[str, Any]:
    seen = find_map(request.user, book, run)
    return {
        "book": book,
        "run": run,
        "script": find_script("map"),
        "n_placed": seen.n_placed,
        "n_unplaced": seen.n_unplaced,
        "territories": _count(seen, book),
        "n_moves": _count_moves(seen) if run else 0,
        "has_history": bool(run and find_plan(run).summary.get("steps")),
    }


def _count(seen: Seen, book: Book) -> list[dict[str, Any]]:
    """Count accounts and potential of each territory, before and after: what the map shows, as a table."""
    sheet = seen.ground.sheet.select("potential").with_columns(before=seen.before)
    layers = {"before": "before"}
    if seen.after is not None:
        sheet, layers = sheet.with_columns(after=seen.after), {"before": "before", "after": "after"}
    sheet = sheet.filter(pl.Series(seen.rows))
    counted = pl.DataFrame(schema={"territory_id": pl.String})
    for layer in layers:
        part = (
            sheet.drop_nulls(layer)
            .group_by(territory_id=layer)
            .agg(pl.len().alias(f"n_{layer}"), pl.col("potential").sum().alias(f"potential_{layer}"))
        )
        counted = counted.join(part, on="territory_id", how="full", coalesce=True)
    names = find_directory(book).territories.select("territory_id", "name")
    return counted.join(names, on="territory_id", how="left").sort("territory_id").fill_null(0).to_dicts()


def _count_moves(seen: Seen) -> int:
    if seen.after is None:
        return 0
    differs = seen.before.ne_missing(seen.after).to_numpy()
    return int((differs & seen.rows).sum())


def _say_account(request: Request, seen: Seen) -> JsonResponse:
    text = request.GET.get("row", "")
    said = describe_account(seen, int(text)) if text.isdecimal() and len(text) < 10 else None
    if said is None:
        raise Http404
    return JsonResponse(said)


def _ready(book: Book) -> Book:
    if not book.is_ready:
        raise Http404
    return book


def _solved(run: PlanRun) -> PlanRun:
    if not run.has_plan:
        raise Http404
    return run
