"""What operations of the API share: which problems they answer with, keys, versions, and objects as plain values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any

from ninja import Header

from evenhand.app.roles import Sees
from evenhand.web.api import schemas
from evenhand.web.api.access import TokenAuth, caller
from evenhand.web.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from ninja.files import UploadedFile

    from evenhand.adapters.store.models import Book, Comment, EditDraft, PlanRun, Study

WRITE = TokenAuth("write")
NO = {frozenset({400, 401, 403, 404, 409, 413, 422, 503}): schemas.Problem}
"""What any operation may answer instead: a problem."""

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key and request is done once."),
]


def file_of(*kinds: str) -> dict[str, Any]:
    """Describe an operation that answers with a file of one of these media types."""
    return {
        "responses": {
            200: {
                "description": "The file",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds},
            }
        }
    }


def page(rows: Sequence[Any], offset: int, limit: int) -> dict[str, Any]:
    """Cut a page out of rows."""
    return {"items": list(rows[offset : offset + limit]), "count": len(rows)}


def plain(schema: Any, values: dict[str, Any]) -> Any:
    """Return values as JSON keeps them."""
    return schema(**values).model_dump(mode="json")


def check_plan(run: PlanRun) -> PlanRun:
    """Return a run that has a plan.

    Raises
    ------
    ProblemError
        Where it isn't done.
    """
    if not run.has_plan:
        raise ProblemError(409, "There is no plan yet", "Wait until the run is done.")
    return run


def check_book(book: Book) -> Book:
    """Return a book that is admitted.

    Raises
    ------
    ProblemError
        Where it isn't done.
    """
    if not book.is_ready:
        raise ProblemError(409, "The book isn't ready", "Wait until its state is done.")
    return book


def changed_meanwhile(current: dict[str, Any]) -> ProblemError:
    """Say that somebody else was faster, and how it stands now."""
    message = "Look at what it is now, and send yours again with that version if you still want to."
    return ProblemError(409, "Somebody else changed it meanwhile", message, current=current)


def book_out(request: HttpRequest, book: Book) -> dict[str, Any]:
    """Return a book as plain values; figures of the whole firm only for those who see all of it."""
    values = {name: getattr(book, name) for name in schemas.BookOut.model_fields}
    if caller(request).role_entry.sees is not Sees.ALL:
        values |= {"summary": {}, "problem": ""}
    return values


def run_out(request: HttpRequest, run: PlanRun) -> dict[str, Any]:
    """Return a plan run as plain values; figures of the whole firm only for those who see all of it."""
    values = {name: getattr(run, name) for name in schemas.PlanRunOut.model_fields}
    if caller(request).role_entry.sees is not Sees.ALL:
        values |= {"summary": {}, "question": {}, "problem": "", "parent_id": None, "change": {}}
    return values


def study_out(study: Study) -> dict[str, Any]:
    """Return a study as plain values."""
    return {name: getattr(study, name) for name in schemas.StudyOut.model_fields}


def draft_out(draft: EditDraft | None) -> dict[str, Any]:
    """Return the edits kept with a plan as plain values; version 0 where there are none."""
    if draft is None:
        return {"version": 0, "edits": [], "updated_by": "", "updated_at": None}
    return {
        "version": draft.version,
        "edits": draft.edits,
        "updated_by": str(draft.updated_by),
        "updated_at": draft.updated_at,
    }


def comment_out(comment: Comment) -> dict[str, Any]:
    """Return a comment as plain values."""
    names = ("id", "book_id", "plan_run_id", "place", "text", "created_at", "edited_at", "deleted_at", "version")
    return {
        **{name: getattr(comment, name) for name in names},
        "author": str(comment.author),
        "mentioned": [str(person) for person in comment.mentioned.all()],
    }


def digest_of(file: UploadedFile) -> str:
    """Return the hash of an uploaded file, which is left as it was."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
