"""The doors: the only ways to a book, a plan run or a person. Every page, fragment, file and API call goes through one.

A door opens, or it is as if there were nothing behind it: what someone may not see doesn't exist for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404

from evenhand.adapters.store.models import ApiToken, Audience, Book, Comment, PlanRun, Review, Study, User
from evenhand.app.roles import May, Sees

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

Found = TypeVar("Found", bound=Model)


def can_open_workspace(user: User, needs: May) -> bool:
    """Say whether someone may do this at all, whatever the object."""
    return bool(user.is_authenticated) and user.can(needs)


def check_may(user: User, needs: May) -> None:
    """Let in whoever may do this; for others there is no such page."""
    if not can_open_workspace(user, needs):
        raise Http404


def list_books(user: User) -> QuerySet[Book]:
    """Return the books that someone sees."""
    if not user.can(May.READ_BOOKS):
        return Book.objects.none()
    books = Book.objects.select_related("created_by")
    return books if user.can(May.MAKE_BOOKS) else books.filter(state="done").exclude(content_hash="")


def access_book(user: User, pk: UUID | str, needs: May = May.READ_BOOKS) -> Book:
    """Open a book for someone, to read it or to do more with it.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    check_may(user, needs)
    return _get(list_books(user), pk)


def access_ready_book(user: User, pk: UUID | str, needs: May = May.READ_BOOKS) -> Book:
    """Open a book that is admitted: there is something to read in it.

    Raises
    ------
    Http404
        Where there is none, or not for them, or nothing to read yet.
    """
    book = access_book(user, pk, needs)
    if not book.is_ready:
        raise Http404
    return book


def access_whole_book(user: User, pk: UUID | str, needs: May = May.READ_BOOKS) -> Book:
    """Open a book where what is behind can't be cut down to a team: findings, rows, whole reports."""
    if user.role_entry.sees is not Sees.ALL:
        raise Http404
    return access_book(user, pk, needs)


def list_plan_runs(user: User) -> QuerySet[PlanRun]:
    """Return the plan runs that someone sees: makers all of them, others those with a plan that was shared."""
    if not user.can(May.READ_PLANS):
        return PlanRun.objects.none()
    runs = PlanRun.objects.select_related("book", "created_by")
    if user.role_entry.sees_drafts:
        return runs
    return runs.filter(audience=Audience.SHARED, state="done").exclude(folder="")


def access_plan_run(user: User, pk: UUID | str, needs: May = May.READ_PLANS) -> PlanRun:
    """Open a plan run for someone, to read it or to do more with it.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    check_may(user, needs)
    return _get(list_plan_runs(user), pk)


def access_whole_plan_run(user: User, pk: UUID | str, needs: May = May.READ_PLANS) -> PlanRun:
    """Open a plan run where what is behind can't be cut down to a team: its folder, its report."""
    if user.role_entry.sees is not Sees.ALL:
        raise Http404
    return access_plan_run(user, pk, needs)


def list_studies(user: User) -> QuerySet[Study]:
    """Return the studies that someone sees: makers of plans all of them, others none."""
    if not user.can(May.MAKE_PLANS) or user.role_entry.sees is not Sees.ALL:
        return Study.objects.none()
    return Study.objects.select_related("book", "created_by")


def access_study(user: User, pk: UUID | str) -> Study:
    """Open a study for those who make plans.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    check_may(user, May.MAKE_PLANS)
    return _get(list_studies(user), pk)


def access_comment(user: User, pk: UUID | str) -> Comment:
    """Open a comment for whoever sees the book or the plan that it is about.

    Of comments on one territory or move the workspace asks further; see `evenhand.web.talking`.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    comment = _get(Comment.objects.select_related("book", "plan_run__book", "author", "deleted_by"), pk)
    if comment.book_id is not None:
        access_book(user, comment.book_id)
    else:
        access_plan_run(user, str(comment.plan_run_id))
    return comment


def list_reviews(user: User, offices: frozenset[str]) -> list[Review]:
    """Return the reviews that someone sees: those who decide all of them, others those that concern them.

    Parameters
    ----------
    offices
        How reviews know the person, and those whose delegate they are today.
    """
    rows = Review.objects.select_related("run__book", "author", "submitter")
    if user.can(May.REVIEW_PLANS):
        return list(rows)
    return [row for row in rows if _concerns(user, row, offices)]


def access_review(user: User, pk: UUID | str, offices: frozenset[str]) -> Review:
    """Open a review for someone whom it concerns.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    found = _get(Review.objects.select_related("run__book", "author", "submitter"), pk)
    if not (user.can(May.REVIEW_PLANS) or _concerns(user, found, offices)):
        raise Http404
    return found


def _concerns(user: User, row: Review, offices: frozenset[str]) -> bool:
    is_told = row.stage in {"published", "closed"}
    if row.stage == "draft":
        return False
    if offices & set(row.cast.get("chain", ())) or offices & set(row.cast.get("teams", {})):
        return True
    if is_told and user.rep_id in row.cast.get("reps", {}) and bool(user.rep_id):
        return True
    return is_told and user.can(May.READ_PLANS) and user.role_entry.sees is Sees.ALL


def access_person(user: User, pk: UUID | str) -> User:
    """Open a person for those who keep people."""
    check_may(user, May.KEEP_PEOPLE)
    return _get(User.objects.all(), pk)


def access_token(user: User, pk: UUID | str) -> ApiToken:
    """Open one of someone's own tokens."""
    check_may(user, May.USE_API)
    return _get(ApiToken.objects.filter(user=user), pk)


def _get(rows: QuerySet[Found], pk: UUID | str) -> Found:
    try:
        found = rows.filter(pk=pk).first()
    except ValidationError:
        found = None
    if found is None:
        raise Http404
    return found
