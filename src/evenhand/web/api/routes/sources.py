"""Saved mappings and sources, what changed between two books, and a plan in a spreadsheet and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import polars as pl
from django.http import HttpResponse
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from evenhand.adapters.store.doors import access_whole_book, access_whole_plan_run, check_may
from evenhand.adapters.store.doors_of_books import access_mapping, access_source, list_mappings, list_sources
from evenhand.app.roles import May
from evenhand.book.difference import CHANGES
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, book_out, check_book, check_plan, file_of, plain
from evenhand.web.api.once import do_once
from evenhand.web.pages.changes import find_difference
from evenhand.web.pages.plan_sheets import pack_workbook, read_sheet
from evenhand.web.tables import WORKBOOK, page_of
from evenhand.web.uploads import ask_book_from

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import SavedMapping, SavedSource

router = Router(tags=["books"])


@router.get("/books/{book_id}/changes", response={200: schemas.Changes, **NO})
def read_changes(
    request: HttpRequest,
    book_id: UUID,
    *,
    since: Annotated[UUID, Query(description="The id of the earlier book.")],
    table: Annotated[schemas.ChangesTable, Query(description="Which rows are returned.")] = "accounts",
    change: Annotated[str, Query(max_length=10, description="new, gone or changed; else any.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Say what changed in a book since another one: counts, sums, and the rows of a table."""
    after = check_book(access_whole_book(caller(request), book_id))
    before = check_book(access_whole_book(caller(request), since))
    difference = find_difference(before, after)
    frame: pl.DataFrame = getattr(difference, table)
    if change in CHANGES and "change" in frame.columns:
        frame = frame.filter(pl.col("change") == change)
    return {
        "counts": difference.counts.to_dicts(),
        "figures": difference.figures.to_dicts(),
        "items": page_of(frame, offset, limit),
        "count": frame.height,
    }


@router.get("/mappings", response={200: schemas.Mappings, **NO})
def read_mappings(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List the saved mappings with their versions."""
    check_may(caller(request), May.MAKE_BOOKS)
    kept = list_mappings(caller(request))
    return {"items": [_mapping(one) for one in kept[offset : offset + limit]], "count": kept.count()}


@router.get("/mappings/{mapping_id}.toml", response=NO, openapi_extra=file_of("application/toml"))
def download_mapping(request: HttpRequest, mapping_id: UUID) -> HttpResponse:
    """Download a version of a saved mapping, the file that the command line takes."""
    return HttpResponse(access_mapping(caller(request), mapping_id).text, content_type="application/toml")


@router.get("/sources", response={200: schemas.Sources, **NO})
def read_sources(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """List the saved sources: folders on the server that books are brought in from again and again."""
    check_may(caller(request), May.MAKE_BOOKS)
    kept = list_sources(caller(request))
    return {"items": [_source(one) for one in kept[offset : offset + limit]], "count": kept.count()}


@router.post("/sources/{source_id}/books", response={202: schemas.BookOut, **NO}, auth=WRITE)
def bring_source(request: HttpRequest, source_id: UUID, idempotency_key: Key = None) -> Status[Any]:
    """Bring in what a source holds now; it is admitted in the background."""
    source = access_source(caller(request), source_id)

    def do() -> tuple[int, Any]:
        return 202, plain(schemas.BookOut, book_out(request, ask_book_from(caller(request), source)))

    return Status(*do_once(request, idempotency_key, str(source_id), do))


@router.get("/plan-runs/{run_id}/plan.xlsx", response=NO, tags=["plans"], openapi_extra=file_of(WORKBOOK))
def download_workbook(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Download a plan as a workbook in which owners can be changed."""
    return pack_workbook(check_plan(access_whole_plan_run(caller(request), run_id)))


@router.post("/plan-runs/{run_id}/sheet", response={200: schemas.EditsEffect, **NO}, tags=["edits"])
def weigh_sheet(
    request: HttpRequest,
    run_id: UUID,
    sheet: Annotated[UploadedFile, File(description="The workbook, or a CSV file with account_id and territory_id.")],
) -> dict[str, Any]:
    """Say what owners changed in a spreadsheet would do, and as which edits they are to be sent; nothing is changed."""
    run = check_plan(access_whole_plan_run(caller(request), run_id, May.MAKE_PLANS))
    _, weighed = read_sheet(run, sheet)
    return dict(weighed.consequence.as_dict())


def _mapping(one: SavedMapping) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "name", "number", "text", "created_at")}


def _source(one: SavedSource) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "name", "server_path", "mapping_name", "currency")}
