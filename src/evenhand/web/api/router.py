"""The API's routes."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from ninja import File, Form, Header, NinjaAPI, Path, Query, Status
from ninja.files import UploadedFile

from evenhand._version import __version__
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import (
    access_book,
    access_plan_run,
    access_whole_book,
    access_whole_plan_run,
    check_may,
    list_books,
    list_plan_runs,
)
from evenhand.adapters.store.jobs import cancel
from evenhand.adapters.store.models import Audience, PlanRun
from evenhand.app.question import Question
from evenhand.app.roles import May, Sees
from evenhand.web.api import schemas
from evenhand.web.api.access import TokenAuth, caller
from evenhand.web.api.once import do_once
from evenhand.web.api.problems import MEDIA_TYPE, ProblemError, answer_with_problems
from evenhand.web.pages.compare import MOST_PLANS, compare_runs, figures_of
from evenhand.web.reading import find_findings
from evenhand.web.requesting import BookWish, ask_book, ask_plan
from evenhand.web.tables import page_of
from evenhand.web.views_of_team import visible_diagnosis, visible_plan

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Book


class Api(NinjaAPI):
    """The API, whose description says that errors are problems."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Describe the API."""
        schema = super().get_openapi_schema(**options)
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in response.get("content", {}):
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return schema


api = Api(
    title="Evenhand",
    version=__version__,
    description="Everything the workspace does, for programs. Tokens are made on the page Tokens.",
    docs_url=None,
    urls_namespace="api",
    auth=TokenAuth("read"),
)
answer_with_problems(api)

_WRITE = TokenAuth("write")
_NO = {frozenset({400, 401, 403, 404, 409, 413, 422, 503}): schemas.Problem}
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key and request is done once."),
]


@api.get("/me", response={200: schemas.Me, **_NO}, tags=["people"])
def me(request: HttpRequest) -> dict[str, Any]:
    """Say who the token acts as, and what they may do."""
    user = caller(request)
    may = sorted(str(what) for what in user.role_entry.may)
    return {"id": user.pk, "email": user.email, "name": user.name, "role": user.role, "may": may}


@api.get("/books", response={200: schemas.Books, **_NO}, tags=["books"])
def read_books(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 50) -> dict[str, Any]:
    """List the books, the latest first."""
    check_may(caller(request), May.READ_BOOKS)
    books = list_books(caller(request))
    return {"items": [_book(request, book) for book in books[offset : offset + limit]], "count": books.count()}


@api.post("/books", response={202: schemas.BookOut, **_NO}, auth=_WRITE, tags=["books"])
def make_book(
    request: HttpRequest,
    files: Annotated[list[UploadedFile], File(description="CSV, Parquet or Excel files, or one zip of them.")],
    name: Annotated[str, Form(max_length=200)] = "",
    currency: Annotated[str, Form(max_length=3)] = "",
    mapping: Annotated[str, Form(max_length=200_000, description="TOML: which column is what.")] = "",
    idempotency_key: Key = None,
) -> Status[Any]:
    """Bring a book in; it is admitted in the background."""
    check_may(caller(request), May.MAKE_BOOKS)
    asked = "\n".join([name, currency, mapping, *(f"{file.name} {_digest(file)}" for file in files)])

    def do() -> tuple[int, Any]:
        wish = BookWish(name=name, files=files, currency=currency, mapping=mapping)
        return 202, _plain(schemas.BookOut, _book(request, ask_book(caller(request), wish)))

    return Status(*do_once(request, idempotency_key, asked, do))


@api.get("/books/{book_id}", response={200: schemas.BookOut, **_NO}, tags=["books"])
def read_book(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Return a book, or how far its admission is."""
    return _book(request, access_book(caller(request), book_id))


@api.post("/books/{book_id}/cancel", response={200: schemas.BookOut, **_NO}, auth=_WRITE, tags=["books"])
def cancel_book(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Stop an admission; one that has ended stays as it is."""
    book = access_whole_book(caller(request), book_id, May.MAKE_BOOKS)
    cancel(book, caller(request))
    book.refresh_from_db()
    return _book(request, book)


@api.get("/books/{book_id}/findings", response={200: schemas.Rows, **_NO}, tags=["books"])
def read_findings(
    request: HttpRequest, book_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 200
) -> dict[str, Any]:
    """Return what was found when the book was admitted."""
    found = find_findings(access_whole_book(caller(request), book_id))
    return {"items": [finding.as_dict() for finding in found[offset : offset + limit]], "count": len(found)}


@api.get("/books/{book_id}/diagnosis", response={200: dict[str, Any], **_NO}, tags=["diagnosis"])
def read_diagnosis(request: HttpRequest, book_id: UUID) -> dict[str, Any]:
    """Return verdicts, triggers and what the book doesn't tell; the figures have a route of their own."""
    book = _ready(access_book(caller(request), book_id))
    seen = visible_diagnosis(caller(request), book)
    if seen.plain:
        return seen.plain
    return {
        "as_of": seen.as_of.isoformat(),
        "currency": seen.currency,
        "verdicts": [verdict.as_dict() for verdict in seen.verdicts],
        "triggers": [trigger.as_dict() for trigger in seen.triggers],
    }


@api.get("/books/{book_id}/figures", response={200: schemas.Rows, **_NO}, tags=["diagnosis"])
def read_figures(
    request: HttpRequest, book_id: UUID, offset: schemas.Offset = 0, limit: schemas.Limit = 200
) -> dict[str, Any]:
    """Return every measure of every territory with its range and status."""
    book = _ready(access_book(caller(request), book_id))
    table = visible_diagnosis(caller(request), book).territories
    return {"items": page_of(table, offset, limit), "count": table.height}


@api.get("/plan-runs", response={200: schemas.PlanRuns, **_NO}, tags=["plans"])
def read_plan_runs(
    request: HttpRequest,
    book_id: UUID | None = None,
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 50,
) -> dict[str, Any]:
    """List the plan runs, the latest first."""
    check_may(caller(request), May.READ_PLANS)
    runs = list_plan_runs(caller(request))
    if book_id is not None:
        runs = runs.filter(book_id=book_id)
    return {"items": [_run(request, run) for run in runs[offset : offset + limit]], "count": runs.count()}


@api.post("/plan-runs", response={202: schemas.PlanRunOut, **_NO}, auth=_WRITE, tags=["plans"])
def make_plan_run(request: HttpRequest, asked: schemas.PlanRunIn, idempotency_key: Key = None) -> Status[Any]:
    """Ask for a plan; it is solved in the background."""
    book = access_book(caller(request), asked.book_id, May.MAKE_PLANS)

    def do() -> tuple[int, Any]:
        run = ask_plan(caller(request), book, Question(asked.values, tuple(asked.events)), asked.title)
        return 202, _plain(schemas.PlanRunOut, _run(request, run))

    return Status(*do_once(request, idempotency_key, asked.model_dump_json(), do))


@api.get("/plan-runs/{run_id}", response={200: schemas.PlanRunOut, **_NO}, tags=["plans"])
def read_plan_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Return a plan run: how far its solve is, or the figures of its plan."""
    return _run(request, access_plan_run(caller(request), run_id))


@api.post("/plan-runs/{run_id}/cancel", response={200: schemas.PlanRunOut, **_NO}, auth=_WRITE, tags=["plans"])
def cancel_plan_run(request: HttpRequest, run_id: UUID) -> dict[str, Any]:
    """Stop a solve; one that has ended stays as it is."""
    run = access_plan_run(caller(request), run_id, May.MAKE_PLANS)
    cancel(run, caller(request))
    run.refresh_from_db()
    return _run(request, run)


@api.post("/plan-runs/{run_id}/share", response={200: schemas.PlanRunOut, **_NO}, auth=_WRITE, tags=["plans"])
def share_plan_run(
    request: HttpRequest,
    run_id: UUID,
    if_match: Annotated[int, Query(ge=1, le=2_000_000_000, description="The version that was seen.")],
    audience: Audience = Audience.SHARED,
) -> dict[str, Any]:
    """Share a plan with managers and viewers, or take it back."""
    run = access_plan_run(caller(request), run_id, May.SHARE_PLANS)
    if not run.has_plan:
        raise ProblemError(409, "There is no plan to share", "Wait until the run is done.")
    with transaction.atomic():
        changed = PlanRun.objects.filter(pk=run.pk, version=if_match).update(
            audience=audience, version=F("version") + 1
        )
        if changed:
            record(caller(request), "plan_run.shared", run, audience=str(audience))
    run.refresh_from_db()
    if not changed:
        raise ProblemError(409, "Somebody else changed it meanwhile", f"It is at version {run.version} now.")
    return _run(request, run)


@api.get("/plan-runs/{run_id}/tables/{table}", response={200: schemas.Rows, **_NO}, tags=["plans"])
def read_plan_table(
    request: HttpRequest,
    run_id: UUID,
    table: Annotated[schemas.PlanTable, Path()],
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return rows of a table of the plan: its moves, every account's territory, the territories, the quotas."""
    run = access_plan_run(caller(request), run_id)
    if not run.has_plan:
        raise ProblemError(409, "There is no plan yet", "Wait until the run is done.")
    frame = getattr(visible_plan(caller(request), run), table)
    return {"items": page_of(frame, offset, limit), "count": frame.height}


@api.get("/compare", response={200: schemas.Comparison, **_NO}, tags=["plans"])
def compare(
    request: HttpRequest, plan: Annotated[list[UUID], Query(min_length=2, max_length=MOST_PLANS)]
) -> dict[str, Any]:
    """Set plans of a book side by side."""
    check_may(caller(request), May.READ_PLANS)
    runs = [access_whole_plan_run(caller(request), pk) for pk in plan]
    if not all(run.has_plan for run in runs):
        raise ProblemError(409, "One of them has no plan yet", "Wait until the run is done.")
    rows = figures_of(compare_runs(runs))
    figures = [{"figure": row.name, "values": row.values, "differs": row.differs} for row in rows]
    return {"plans": plan, "figures": figures}


def _book(request: HttpRequest, book: Book) -> dict[str, Any]:
    """Return a book as plain values; figures of the whole firm only for those who see all of it."""
    values = {name: getattr(book, name) for name in schemas.BookOut.model_fields}
    if caller(request).role_entry.sees is not Sees.ALL:
        values |= {"summary": {}, "problem": ""}
    return values


def _run(request: HttpRequest, run: PlanRun) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in schemas.PlanRunOut.model_fields}
    if caller(request).role_entry.sees is not Sees.ALL:
        values |= {"summary": {}, "question": {}, "problem": ""}
    return values


def _plain(schema: Any, values: dict[str, Any]) -> Any:
    return schema(**values).model_dump(mode="json")


def _ready(book: Book) -> Book:
    if not book.is_ready:
        raise ProblemError(409, "The book isn't ready", "Wait until its state is done.")
    return book


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
