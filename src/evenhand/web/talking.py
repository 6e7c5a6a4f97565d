"""Comments on books and plans, and on one territory or move of them: who may see, say, change and delete them.

Whoever sees the object sees what is said about it; what is said about a territory or a move only those who see that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import access_comment, list_books, list_plan_runs
from evenhand.adapters.store.models import Book, Comment, PlanRun, User
from evenhand.app.roles import May, Sees
from evenhand.foundation.errors import InputError
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.reading import find_directory
from evenhand.web.views_of_team import visible_plan, visible_territories

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

MOST_LETTERS = 5000
PLACES = ("territory", "move")
_MOST_PEOPLE = 2000


@dataclass(frozen=True)
class Talk:
    """What is said about a book or a plan, or about one place in it.

    Attributes
    ----------
    place
        Where: ``territory:T07``, ``move:A000016``; empty for the whole of it.
    comments
        In the order in which they were written, deleted ones too, without their text.
    names
        Who can be named with @ here: all who see this.
    """

    subject: Book | PlanRun
    place: str
    comments: Sequence[Comment]
    names: Sequence[str]

    @property
    def kind(self) -> str:
        """``book`` or ``plan``."""
        return "book" if isinstance(self.subject, Book) else "plan"

    @property
    def words(self) -> str:
        """Where, for people: ``territory T07``, ``the move of A000016``."""
        return say_place(self.place)


def say_place(place: str) -> str:
    """Say where in a book or a plan something stands, for people."""
    kind, _, name = place.partition(":")
    return f"the move of {name}" if kind == "move" else f"{kind} {name}".strip()


def open_talk(user: User, subject: Book | PlanRun, place: str = "") -> Talk:
    """Return what is said about a place that someone sees.

    Parameters
    ----------
    subject
        Opened for this person by its door.

    Raises
    ------
    Http404
        Where the person doesn't see that place.
    """
    check_place(user, subject, place)
    comments = list(_about(subject).filter(place=place)[:500])
    names = sorted(str(person) for person in _who_sees(subject, place))
    return Talk(subject, place, comments, names if user.role_entry.sees is Sees.ALL else [])


def list_talk(user: User, subject: Book | PlanRun) -> list[Comment]:
    """Return everything that is said about a book or a plan that someone sees, wherever in it."""
    return [comment for comment in _about(subject)[:2000] if _sees_place(user, subject, comment.place)]


def count_by_place(user: User, subject: Book | PlanRun) -> dict[str, int]:
    """Count what stands about each place that someone sees."""
    counts: dict[str, int] = {}
    for comment in list_talk(user, subject):
        if comment.deleted_at is None:
            counts[comment.place] = counts.get(comment.place, 0) + 1
    return counts


def list_mentions(user: User) -> list[Comment]:
    """Return the latest comments that name someone, as far as they may see them today."""
    named = Comment.objects.filter(mentioned=user, deleted_at=None).select_related("book", "plan_run__book", "author")
    found = []
    for comment in named.order_by("-created_at")[:200]:
        try:
            open_comment(user, comment.pk)
        except Http404:
            continue
        found.append(comment)
    return found


def say(user: User, subject: Book | PlanRun, place: str, text: str) -> Comment:
    """Write a comment.

    Raises
    ------
    Http404
        Where the person doesn't see that place.
    InputError
        Where the text is empty or too long, or names someone who couldn't read it.
    """
    check_place(user, subject, place)
    said = _check_text(text)
    mentioned = _find_mentioned(user, subject, place, said)
    with transaction.atomic():
        comment = Comment.objects.create(**_key(subject), place=place, author=user, text=said)
        comment.mentioned.set(mentioned)
        record(user, "comment.made", comment, **_where(comment), n_mentioned=len(mentioned))
    return comment


def change(user: User, comment: Comment, text: str, version: int) -> None:
    """Change one's own comment.

    Raises
    ------
    Http404
        Where it is somebody else's, or deleted.
    ChangedMeanwhileError
        Where it is no longer at that version; nothing is changed then.
    """
    if comment.author_id != user.pk or comment.deleted_at is not None:
        raise Http404
    said = _check_text(text)
    mentioned = _find_mentioned(user, _subject(comment), comment.place, said)
    with transaction.atomic():
        _write(comment, version, text=said, edited_at=timezone.now())
        comment.mentioned.set(mentioned)
        record(user, "comment.changed", comment, **_where(comment), n_mentioned=len(mentioned))


def delete(user: User, comment: Comment, version: int) -> None:
    """Delete one's own comment, or anybody's for those who keep people: its text goes; who, when and where stay.

    Raises
    ------
    Http404
        Where it is neither, or deleted already.
    ChangedMeanwhileError
        Where it is no longer at that version; nothing is changed then.
    """
    if comment.deleted_at is not None or not (comment.author_id == user.pk or user.can(May.KEEP_PEOPLE)):
        raise Http404
    with transaction.atomic():
        _write(comment, version, text="", deleted_at=timezone.now(), deleted_by=user)
        comment.mentioned.clear()
        record(user, "comment.deleted", comment, **_where(comment))


def open_comment(user: User, pk: UUID | str) -> Comment:
    """Open a comment for someone who sees what it is about.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    comment = access_comment(user, pk)
    check_place(user, _subject(comment), comment.place)
    return comment


def check_place(user: User, subject: Book | PlanRun, place: str) -> None:
    """Let in whoever sees a place of a book or a plan; for others there is no such place.

    Raises
    ------
    Http404
        Where it isn't there, or not for them.
    """
    if not _sees_place(user, subject, place):
        raise Http404


def _sees_place(user: User, subject: Book | PlanRun, place: str) -> bool:
    if not place:
        return True
    kind, _, name = place.partition(":")
    if kind == "territory":
        book = subject if isinstance(subject, Book) else subject.book
        seen = visible_territories(user, book)
        return name in _territories(book) if seen is None else name in seen
    if kind == "move" and isinstance(subject, PlanRun) and subject.has_plan:
        return not visible_plan(user, subject).moves.filter(pl.col("account_id") == name).is_empty()
    return False


def _territories(book: Book) -> set[str]:
    return set(find_directory(book).territories["territory_id"].to_list()) if book.is_ready else set()


def _about(subject: Book | PlanRun) -> QuerySet[Comment]:
    about = Comment.objects.filter(**_key(subject))
    return about.select_related("author", "deleted_by", "book", "plan_run").order_by("created_at", "id")


def _key(subject: Book | PlanRun) -> dict[str, Any]:
    return {"book": subject} if isinstance(subject, Book) else {"plan_run": subject}


def _subject(comment: Comment) -> Book | PlanRun:
    found = comment.book or comment.plan_run
    assert found is not None, "the database holds that a comment is about one thing"  # noqa: S101
    return found


def _who_sees(subject: Book | PlanRun, place: str) -> list[User]:
    listed = list_books if isinstance(subject, Book) else list_plan_runs
    return [
        person
        for person in User.objects.filter(is_active=True)[:_MOST_PEOPLE]
        if listed(person).filter(pk=subject.pk).exists() and _sees_place(person, subject, place)
    ]


def _find_mentioned(user: User, subject: Book | PlanRun, place: str, text: str) -> list[User]:
    """Find whom a text names by ``@Name`` or ``@address``; the longest name that fits counts."""
    if "@" not in text:
        return []
    people = list(User.objects.filter(is_active=True)[:_MOST_PEOPLE])
    names = {name.casefold(): person for person in people for name in (person.name, person.email) if name}
    if not names:
        return []
    pattern = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    named = {names[match.group(1)] for match in re.finditer(rf"(?<!\w)@({pattern})(?!\w)", text.casefold())}
    if not named:
        return []
    seeing = _who_sees(subject, place)
    blind = sorted(str(person) for person in named if person not in seeing)
    if blind and user.role_entry.sees is Sees.ALL:
        message = f"{', '.join(blind)} can't see this. Share it first, or write the name without @."
        raise InputError({"text": message})
    return [person for person in seeing if person in named]


def _check_text(text: str) -> str:
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise InputError({"text": "Say something."})
    if len(said) > MOST_LETTERS:
        raise InputError({"text": f"This is {len(said):,} letters long; {MOST_LETTERS:,} is the most."})
    if "\x00" in said:
        raise InputError({"text": "There is a letter in it that can't be kept."})
    return said


def _write(comment: Comment, version: int, **fields: object) -> None:
    changed = Comment.objects.filter(pk=comment.pk, version=version, deleted_at=None).update(
        **fields, version=F("version") + 1
    )
    if not changed:
        raise ChangedMeanwhileError
    comment.refresh_from_db()


def _where(comment: Comment) -> dict[str, str]:
    about = "book" if comment.book_id else "plan"
    return {about: str(comment.book_id or comment.plan_run_id), "place": comment.place}
