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

    from evenhand.adapters.store.models import Book, User
    from evenhand.web.request import Request

_MOST_BELOW = 200


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
    told = describe_territory(request.user, book, territory_id)
    if told is None:
        raise Http404
    directory = find_directory(book)
    is_whole = request.user.role_entry.sees is Sees.ALL
    below = choose(lay_out(seen, directory), Wish(under=territory_id, by="level"), directory)
    return render(
        request,
        "web/territory.html",
        {
            "book": book,
            "row": told,
            "path": path_to(territory_id, directory)[:-1] if is_whole else [],
            "verdicts": told["verdicts"],
            "figures": [
                (MEASURES[figure["measure"]], figure["layer"], say_cell(figure, seen.currency))
                for figure in told["figures"]
            ],
            "has_layers": len(told["verdicts"]) > 1,
            "below": below.head(_MOST_BELOW).to_dicts(),
            "effect": _say_effect(told["effect"]),
            "drift": told["drift"],
            "quarters": [_say_quarter(quarter, seen.currency) for quarter in told["quarters"]],
            "triggers": told["triggers"],
            "is_whole": is_whole,
            "talk": open_talk(request.user, book, f"territory:{territory_id}"),
        },
    )


def describe_territory(user: User, book: Book, territory_id: str) -> dict[str, Any] | None:
    """Return all that a diagnosis says of one territory; None where the person sees none of that name."""
    seen, whole = visible_diagnosis(user, book), find_diagnosis(book)
    verdicts = find_verdicts(seen, territory_id)
    if not verdicts:
        return None
    of_it = pl.col("territory_id") == territory_id
    row = lay_out(seen, find_directory(book)).filter(of_it).row(0, named=True)
    history, effects = whole.plain["history"], whole.plain["effects"]
    effect = next((one for one in effects["territories"] if one["territory_id"] == territory_id), None)
    if effect is not None:
        effect = effect | {"confidence": effects["confidence"]}
    elif effects["missing"]:
        effect = {"missing": effects["missing"]}
    return {
        **{name: row[name] for name in ("territory_id", "name", "parent_territory_id", "rep", "is_seat")},
        "verdicts": [verdict.as_dict() for verdict in verdicts],
        "figures": seen.territories.filter(of_it).to_dicts(),
        # The model is fitted to the whole firm, so what it says of one territory says something of others.
        "effect": effect if user.role_entry.sees is Sees.ALL else None,
        "drift": next((one["sentence"] for one in history["drifts"] if one["territory_id"] == territory_id), ""),
        "quarters": [one for one in history["quarters"] if one["territory_id"] == territory_id],
        "triggers": [one.as_dict() for one in seen.triggers if territory_id in one.territory_ids],
    }


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


def _say_effect(effect: dict[str, Any] | None) -> dict[str, Any] | None:
    if effect is None or "effect" not in effect:
        return effect
    said = {name: f"{effect[name] * 100:+.1f}".replace("-", "−") for name in ("effect", "low", "high")}
    return {**effect, **said, "confidence": say_share(effect["confidence"]), "missing": ""}


def _say_quarter(quarter: dict[str, Any], currency: str) -> dict[str, Any]:
    cents = {"pipeline": quarter["pipeline_created_cents"], "won": quarter["won_cents"]}
    return quarter | {name: "–" if value is None else say_money(value, currency) for name, value in cents.items()}
