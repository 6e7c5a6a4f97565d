"""Books: bringing them in, what was found in them, their rejected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.http import FileResponse, Http404
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from evenhand.adapters.store.doors import access_book, access_whole_book, check_may, list_books
from evenhand.adapters.store.jobs import cancel
from evenhand.app.roles import May
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, book_out, digest_of, file_of, page, plain
from evenhand.web.api.once import do_once
from evenhand.web.pages.books import find_rejected
from evenhand.web.reading import find_findings
from evenhand.web.requesting import BookWish, ask_book

if TYPE_CHECKING:
    from django.http import HttpRequest

router = Router(tags=["books"])


@router.get("/books", response={200: schemas.Books, **NO})
def read_books(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the books, the latest first."""
    check_may(caller(request), May.READ_BOOKS)
    books = list_books(caller(request))
    return {"items": [book_out(request, book) for book in books[offset : offset + limit]], "count": books.count()}


@router.post("/books", response={202: schemas.BookOut, **NO}, auth=WRITE)
def make_book(
    request: HttpRequest,
    files: Annotated[
        list[UploadedFile] | None, File(description="CSV, Parquet or Excel files, or one zip of them.")
    ] = None,
    name: Annotated[str, Form(max_length=200)] = "",
    server_path: Annotated[
        str, Form(max_length=1000, description="A folder on the server that its settings allow, instead of files.")
    ] = "",
    as_of: Annotated[str, Form(max_length=10, description="The book's date, YYYY-MM-DD; empty: found in it.")] = "",
    currency: Annotated[str, Form(max_length=3)] = "",
    mapping: Annotated[str, Form(max_length=200_000, description="TOML: which column is what.")] = "",
    idempotency_key: Key = None,
) -> Status[Any]:
    """Bring a book in; it is admitted in the background."""
    check_may(caller(request), May.MAKE_BOOKS)
    given, day = files or [], schemas.read_day(as_of, "as_of")
    asked = "\n".join(
        [name, server_path, as_of, currency, mapping, *(f"{file.name} {digest_of(file)}" for file in given)]
    )

    def do() -> tuple[int, Any]:
        wish = BookWish(name=name, files=given, server_path=server_path, as_of=day, currency=currency, mapping=mapping)
        return 202, plain(schemas.BookOut, book_out(request, ask_book(caller(request), wish)))

    return Status(*do_once(request, idempotency_key, asked, do))


@router.get("/books/{book_id}", response={200: schemas.BookOut, **NO})
def read_book(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Return a book, or how far its admission is."""
    return book_out(request, access_book(caller(request), book_id))


@router.post("/books/{book_id}/cancel", response={200: schemas.BookOut, **NO}, auth=WRITE)
def cancel_book(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Stop an admission; one that has ended stays as it is."""
    book = access_whole_book(caller(request), book_id, May.MAKE_BOOKS)
    cancel(book, caller(request))
    book.refresh_from_db()
    return book_out(request, book)


@router.get("/books/{book_id}/findings", response={200: schemas.Rows, **NO})
def read_findings(
    request: HttpRequest,
    book_id: UUID,
    severity: Annotated[schemas.Severity | None, Query(description="Of this severity alone.")] = None,
    code: Annotated[str, Query(max_length=20, description="Of this code alone: BK101.")] = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return what was found when the book was admitted."""
    found = [
        finding.as_dict()
        for finding in find_findings(access_whole_book(caller(request), book_id))
        if severity in {None, str(finding.severity)} and code in {"", finding.code}
    ]
    return page(found, offset, limit)


@router.get("/books/{book_id}/rejected.csv", response=NO, openapi_extra=file_of("text/csv"))
def download_rejected(request: HttpRequest, book_id: UUID) -> FileResponse:
    """Download the rejected rows, as they were read, with where they stood and why."""
    book = access_whole_book(caller(request), book_id, May.MAKE_BOOKS)
    path = find_rejected(book)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename="rejected.csv", content_type="text/csv")
