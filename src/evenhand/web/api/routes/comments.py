"""Comments on books and plans, and on one territory or move of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from ninja import Query, Router, Status

from evenhand.adapters.store.doors import access_book, access_plan_run
from evenhand.web.api import schemas
from evenhand.web.api.access import caller
from evenhand.web.api.answers import NO, WRITE, Key, changed_meanwhile, comment_out, page, plain
from evenhand.web.api.once import do_once
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.talking import change, check_place, delete, list_mentions, list_talk, open_comment, say

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import Book, PlanRun

router = Router(tags=["comments"])
Place = Annotated[
    str, Query(max_length=240, description="territory:T07 or move:A000016; all of it where none is said.")
]


@router.get("/books/{book_id}/comments", response={200: schemas.Comments, **NO})
def read_book_comments(
    request: HttpRequest,
    book_id: UUID,
    place: Place = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return what is said about a book."""
    return _read(request, access_book(caller(request), book_id), place, offset, limit)


@router.post("/books/{book_id}/comments", response={201: schemas.CommentOut, **NO}, auth=WRITE)
def comment_on_book(
    request: HttpRequest, book_id: UUID, asked: schemas.CommentIn, idempotency_key: Key = None
) -> Status[Any]:
    """Say something about a book, or about one of its territories."""
    return _say(request, access_book(caller(request), book_id), asked, idempotency_key)


@router.get("/plan-runs/{run_id}/comments", response={200: schemas.Comments, **NO})
def read_plan_comments(
    request: HttpRequest,
    run_id: UUID,
    place: Place = "",
    offset: schemas.Offset = 0,
    limit: schemas.Limit = 200,
) -> dict[str, Any]:
    """Return what is said about a plan."""
    return _read(request, access_plan_run(caller(request), run_id), place, offset, limit)


@router.post("/plan-runs/{run_id}/comments", response={201: schemas.CommentOut, **NO}, auth=WRITE)
def comment_on_plan(
    request: HttpRequest, run_id: UUID, asked: schemas.CommentIn, idempotency_key: Key = None
) -> Status[Any]:
    """Say something about a plan, or about one of its territories or moves."""
    return _say(request, access_plan_run(caller(request), run_id), asked, idempotency_key)


@router.get("/comments/{comment_id}", response={200: schemas.CommentOut, **NO})
def read_comment(request: HttpRequest, comment_id: UUID) -> dict[str, Any]:
    """Return a comment."""
    return comment_out(open_comment(caller(request), comment_id))


@router.put("/comments/{comment_id}", response={200: schemas.CommentOut, **NO}, auth=WRITE)
def change_comment(request: HttpRequest, comment_id: UUID, asked: schemas.CommentChange) -> dict[str, Any]:
    """Change one's own comment."""
    comment = open_comment(caller(request), comment_id)
    try:
        change(caller(request), comment, asked.text, asked.version)
    except ChangedMeanwhileError:
        comment.refresh_from_db()
        raise changed_meanwhile(plain(schemas.CommentOut, comment_out(comment))) from None
    return comment_out(comment)


@router.delete("/comments/{comment_id}", response={200: schemas.CommentOut, **NO}, auth=WRITE)
def delete_comment(
    request: HttpRequest,
    comment_id: UUID,
    if_match: Annotated[int, Query(ge=1, le=2_000_000_000, description="The version that was seen.")],
) -> dict[str, Any]:
    """Delete a comment: its text goes; who, when and where stay."""
    comment = open_comment(caller(request), comment_id)
    try:
        delete(caller(request), comment, if_match)
    except ChangedMeanwhileError:
        comment.refresh_from_db()
        raise changed_meanwhile(plain(schemas.CommentOut, comment_out(comment))) from None
    return comment_out(comment)


@router.get("/mentions", response={200: schemas.Comments, **NO})
def read_mentions(request: HttpRequest, offset: schemas.Offset = 0, limit: schemas.Limit = 200) -> dict[str, Any]:
    """Return the latest comments that name the person."""
    return page([comment_out(comment) for comment in list_mentions(caller(request))], offset, limit)


def _read(request: HttpRequest, subject: Book | PlanRun, place: str, offset: int, limit: int) -> dict[str, Any]:
    check_place(caller(request), subject, place)
    found = [comment for comment in list_talk(caller(request), subject) if place in {"", comment.place}]
    return {"items": [comment_out(comment) for comment in found[offset : offset + limit]], "count": len(found)}


def _say(request: HttpRequest, subject: Book | PlanRun, asked: schemas.CommentIn, key: str | None) -> Status[Any]:
    def do() -> tuple[int, Any]:
        made = say(caller(request), subject, asked.place, asked.text)
        return 201, plain(schemas.CommentOut, comment_out(made))

    return Status(*do_once(request, key, asked.model_dump_json(), do))
