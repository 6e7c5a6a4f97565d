"""The territories of a book: the table, one of them, the triggers, and the records behind every number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import access_ready_book
from evenhand.app.roles import Sees
from evenhand.diagnose import MEASURES, Call
from evenhand.diagnose.wording import say_money, say_share
from evenhand.web.browsing import sort_table, view_table
from evenhand.web.reading import find_diagnosis, find_directory
from evenhand.web.record_rows import lay_out_records
from evenhand.web.tables import serve_as
from evenhand.web.talking import open_talk
from evenhand.web.territory_rows import (
    COLUMNS,
    STATUSES,
    Wish,
    choose,
    find_verdicts,
    lay_out,
    path_to,
    say_cell,
    say_cells,
)
from evenhand.web.tracing import trace_figure
from evenhand.web.views_of_team import visible_diagnosis

if TYPE_CHECKING:
    from uuid import UUID

    from evenhand.adapters.files.diagnoses import KeptDiagnosis
    from evenhand.web.request import Request


@require_safe
def territories(request: Request, pk: UUID) -> HttpResponse:
    """Show the territories against their ranges, as the address sorts and filters them; or as a file."""
    book = access_ready_book(request.user, pk)
    seen, directory, wish = visible_diagnosis(request.user, book), find_directory(book), Wish.of(request.GET)
    whole = lay_out(seen, directory)
    table = choose(whole, wish, directory)
    sort, form = request.GET.get("sort", ""), request.GET.get("format", "")
    file = serve_as(form, sort_table(table, sort, COLUMNS, ("territory_id",)), f"{book.name} territories")
    if file is not None:
        return file
    view = view_table(table, request.GET, COLUMNS, ("territory_id", "layer"))
    cells = say_cells(seen, view.rows)
    return render(
        request,
        "web/territories.html",
        {
            "book": book,
            "view": view,
            "rows": [(row, cells[row["layer"], row["territory_id"]]) for row in view.rows],
            "wish": wish,
            "calls": [str(call) for call in Call],
            "measures": MEASURES.values(),
            "statuses": STATUSES,
            "layers": layers if len(layers := sorted(whole["layer"].unique().to_list())) > 1 else [],
            "has_groups": not whole["is_seat"].all(),
            "path": path_to(wish.under, directory) if wish.under and not whole["is_seat"].all() else [],
            "is_filtered": any((wish.find, wish.call, wish.status, wish.layer)),
        },
    )


@require_safe
def territory(request: Request, pk: UUID) -> HttpResponse:
    """Show one territory: its verdict, its figures, whether the territory or the rep, its quarters, what fired."""
    book = access_ready_book(request.user, pk)
    seen, territory_id = visible_diagnosis(request.user, book), request.GET.get("id", "")
    verdicts = find_verdicts(seen, territory_id)
    if not verdicts:
        raise Http404
    directory = find_directory(book)
    own = seen.territories.filter(pl.col("territory_id") == territory_id)
    is_whole = request.user.role_entry.sees is Sees.ALL
    row = lay_out(seen, directory).filter(pl.col("territory_id") == territory_id).row(0, named=True)
    return render(
        request,
        "web/territory.html",
        {
            "book": book,
            "row": row,
            "path": path_to(territory_id, directory)[:-1] if is_whole else [],
            "verdicts": verdicts,
            "figures": [
                (MEASURES[figure["measure"]], figure["layer"], say_cell(figure, seen.currency))
                for figure in own.iter_rows(named=True)
            ],
            "has_layers": len(verdicts) > 1,
            "below": choose(lay_out(seen, directory), Wish(under=territory_id, by="level"), directory).to_dicts()[:200],
            "effect": _effect(seen, territory_id) if is_whole else None,
            "drift": _drift(find_diagnosis(book), territory_id),
            "quarters": _quarters(find_diagnosis(book), territory_id),
            "triggers": [trigger for trigger in seen.triggers if territory_id in trigger.territory_ids],
            "is_whole": is_whole,
            "talk": open_talk(request.user, book, f"territory:{territory_id}"),
        },
    )


@require_safe
def triggers(request: Request, pk: UUID) -> HttpResponse:
    """Show what would call for a change, whether it fired, and the figures that say so."""
    book = access_ready_book(request.user, pk)
    seen, state = visible_diagnosis(request.user, book), request.GET.get("state", "")
    known = sorted({str(trigger.state) for trigger in seen.triggers})
    shown = [trigger for trigger in seen.triggers if state not in known or str(trigger.state) == state]
    return render(
        request,
        "web/triggers.html",
        {
            "book": book,
            "triggers": shown,
            "states": known,
            "state": state,
            "n": len(seen.triggers),
            "is_whole": request.user.role_entry.sees is Sees.ALL,
        },
    )


@require_safe
def records(request: Request, pk: UUID) -> HttpResponse:
    """Show how a figure came about, and the records that it was added up from; or those as a file."""
    book = access_ready_book(request.user, pk)
    subject = request.GET.get("of", "")
    trace = trace_figure(request.user, book, subject)
    names = list(trace.records)
    name = request.GET.get("table", "") if request.GET.get("table", "") in names else (names or [""])[0]
    laid = lay_out_records(trace, name, request.GET, book.currency)
    file = serve_as(request.GET.get("format", ""), laid.table, f"{book.name} {subject} {name}".replace(":", " "))
    if file is not None:
        return file
    territory_id = subject.rpartition(":")[0]
    return render(
        request,
        "web/records.html",
        {
            "book": book,
            "trace": trace,
            "laid": laid,
            "names": [(one, rows.height) for one, rows in trace.records.items()],
            "name": name,
            "find": request.GET.get("find", ""),
            "territory_id": territory_id,
        },
    )


def _effect(seen: KeptDiagnosis, territory_id: str) -> dict[str, Any] | None:
    effects = seen.plain["effects"]
    row = next((row for row in effects["territories"] if row["territory_id"] == territory_id), None)
    if row is None:
        return {"missing": effects["missing"]} if effects["missing"] else None
    return {
        "sentence": row["sentence"],
        "points": f"{row['effect'] * 100:+.1f}".replace("-", "−"),
        "low": f"{row['low'] * 100:+.1f}".replace("-", "−"),
        "high": f"{row['high'] * 100:+.1f}".replace("-", "−"),
        "confidence": say_share(effects["confidence"]),
        "n_periods": row["n_periods"],
        "n_reps": row["n_reps"],
    }


def _drift(seen: KeptDiagnosis, territory_id: str) -> str:
    drifts = seen.plain.get("history", {}).get("drifts", [])
    return next((drift["sentence"] for drift in drifts if drift["territory_id"] == territory_id), "")


def _quarters(seen: KeptDiagnosis, territory_id: str) -> list[dict[str, Any]]:
    rows = [row for row in seen.plain.get("history", {}).get("quarters", []) if row.get("territory_id") == territory_id]
    return [
        {
            **row,
            "pipeline": _money(row.get("pipeline_created_cents"), seen.currency),
            "won": _money(row.get("won_cents"), seen.currency),
        }
        for row in rows
    ]


def _money(cents: float | None, currency: str) -> str:
    return "–" if cents is None else say_money(cents, currency)
