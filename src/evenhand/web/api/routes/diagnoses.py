"""Diagnoses: verdicts, triggers, the territories as a table, and the records behind every number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.http import FileResponse, Http404
from ninja import Query, Router

from evenhand.adapters.store.doors import access_book, access_whole_book
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, check_book, file_of, page
from evenhand.web.browsing import find_words, sort_table
from evenhand.web.pages.diagnosis import report_of
from evenhand.web.pages.territories import describe_territory
from evenhand.web.reading import find_directory
from evenhand.web.record_rows import columns_of
from evenhand.web.reports import serve_report
from evenhand.web.tables import page_of
from evenhand.web.territory_rows import COLUMNS, Wish, choose, lay_out
from evenhand.web.tracing import trace_figure
from evenhand.web.views_of_team import visible_diagnosis

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["diagnosis"])
Sort = Annotated[
    str, Query(max_length=60, description="A column's name, with a minus for descending; else as the diagnosis has it.")
]
Find = Annotated[str, Query(max_length=200, description="Words that must all occur.")]


@router.get("/books/{book_id}/diagnosis", response={200: dict[str, Any], **NO})
def read_diagnosis(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Return verdicts, triggers and what the book doesn't tell; the figures have a route of their own."""
    book = check_book(access_book(caller(request), book_id))
    seen = visible_diagnosis(caller(request), book)
    if seen.plain:
        return seen.plain
    return {
        "as_of": seen.as_of.isoformat(),
        "currency": seen.currency,
        "verdicts": [verdict.as_dict() for verdict in seen.verdicts],
        "triggers": [trigger.as_dict() for trigger in seen.triggers],
    }


@router.get("/books/{book_id}/diagnosis/report.html", response=NO, openapi_extra=file_of("text/html"))
def read_diagnosis_report(request: HttpRequest, book_id: UUID) -> FileResponse:
    """Return the diagnosis as the page that can be sent around."""
    return serve_report(report_of(check_book(access_whole_book(caller(request), book_id))))


@router.get("/books/{book_id}/figures", response={200: schemas.Rows, **NO})
def read_figures(
    request: HttpRequest, book_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 200
) -> dict[str, Any]:
    """Return every measure of every territory with its range and status, a row each."""
    book = check_book(access_book(caller(request), book_id))
    table = visible_diagnosis(caller(request), book).territories
    return {"items": page_of(table, offset, limit), "count": table.height}


@router.get("/books/{book_id}/triggers", response={200: schemas.Rows, **NO})
def read_triggers(
    request: HttpRequest,
    book_id: UUID,
    state: Annotated[str, Query(max_length=20, description="fired, near, quiet or can't tell.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return what would call for a change, whether it fired, and the figures that say so."""
    book = check_book(access_book(caller(request), book_id))
    triggers = visible_diagnosis(caller(request), book).triggers
    return page([one.as_dict() for one in triggers if state in {"", str(one.state)}], offset, limit)


@router.get("/books/{book_id}/territories", response={200: schemas.Rows, **NO})
def read_territories(
    request: HttpRequest,
    book_id: UUID,
    *,
    find: Find = "",
    call: Annotated[str, Query(max_length=20, description="A verdict: overloaded, starved, healthy …")] = "",
    measure: Annotated[str, Query(max_length=40, description="The measure that `status` is of; else any.")] = "",
    status: Annotated[str, Query(max_length=10, description="over, under, within or unknown.")] = "",
    layer: Annotated[str, Query(max_length=200)] = "",
    under: Annotated[str, Query(max_length=200, description="A group: what is in it.")] = "",
    by: Annotated[str, Query(max_length=10, description="`level` for what is right below the group; else seats.")] = "",
    sort: Sort = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return the territories, a row each with every measure and its status, as the page filters and sorts them."""
    book = check_book(access_book(caller(request), book_id))
    directory = find_directory(book)
    said = {"find": find, "call": call, "measure": measure, "status": status, "layer": layer, "under": under, "by": by}
    table = choose(lay_out(visible_diagnosis(caller(request), book), directory), Wish.of(said), directory)
    return {
        "items": page_of(sort_table(table, sort, COLUMNS, ("territory_id", "layer")), offset, limit),
        "count": table.height,
    }


@router.get("/books/{book_id}/territory", response={200: schemas.TerritoryOut, **NO})
def read_territory(
    request: HttpRequest,
    book_id: UUID,
    territory_id: Annotated[str, Query(alias="id", max_length=200, examples=["T07"])],
) -> dict[str, Any]:
    """Return one territory: verdicts, figures, whether the territory or the rep, its quarters and what fired."""
    book = check_book(access_book(caller(request), book_id))
    found = describe_territory(caller(request), book, territory_id)
    if found is None:
        raise Http404
    return found


@router.get("/books/{book_id}/records", response={200: schemas.RecordsOut, **NO})
def read_records(
    request: HttpRequest,
    book_id: UUID,
    of: Annotated[
        str,
        Query(
            max_length=300,
            description="TERRITORY:MEASURE, TERRITORY:verdict, a trigger's name or an account's id.",
            examples=["T07:potential"],
        ),
    ],
    table: Annotated[str, Query(max_length=60, description="Which of its tables; the first where none is said.")] = "",
    find: Find = "",
    sort: Sort = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Say how a figure came about, and return the records that it was added up from."""
    book = check_book(access_book(caller(request), book_id))
    trace = trace_figure(caller(request), book, of)
    told = trace.as_dict() | {"records": None}
    tables = {name: rows.height for name, rows in trace.records.items()}
    name = table if table in tables else next(iter(tables), "")
    rows = trace.records.get(name)
    if rows is None:
        return told | {"tables": tables, "table": "", "items": [], "count": 0}
    found = sort_table(find_words(rows, find, rows.columns), sort, columns_of(rows), ("record_id",))
    return told | {"tables": tables, "table": name, "items": page_of(found, offset, limit), "count": found.height}
