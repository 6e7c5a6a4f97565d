"""Comments: saying something about a book, a plan, a territory or a move; changing and deleting it; who named me."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.doors import access_book, access_plan_run
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.talking import change, delete, list_mentions, list_talk, open_comment, open_talk, say, say_place

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Book, Comment, PlanRun
    from evenhand.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def book_comments(request: Request, pk: UUID) -> HttpResponse:
    """Show all that is said about a book, or say something about it or one of its territories."""
    return _talk(request, access_book(request.user, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def plan_comments(request: Request, pk: UUID) -> HttpResponse:
    """Show all that is said about a plan, or say something about it or one of its territories or moves."""
    return _talk(request, access_plan_run(request.user, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: Request, pk: UUID) -> HttpResponse:
    """Show one comment, which its author changes here."""
    found = open_comment(request.user, pk)
    said, problems, status = found.text, [], 200
    if request.method == "POST":
        said = request.POST.get("text", "")
        try:
            change(request.user, found, said, _version(request))
        except InputError as error:
            problems, status = list(error.problems.values()), 422
        except ChangedMeanwhileError:
            found.refresh_from_db()
            problems, status = ["This was changed or deleted since you opened it. Your words are still below."], 409
        else:
            return redirect(place_of(found))
    return render(
        request,
        "web/comment.html",
        {
            "comment": found,
            "said": said,
            "problems": problems,
            "back": place_of(found),
            "is_own": found.author_id == request.user.pk,
            "can_delete": found.author_id == request.user.pk or request.user.can(May.KEEP_PEOPLE),
        },
        status=status,
    )


@require_POST
def comment_delete(request: Request, pk: UUID) -> HttpResponse:
    """Delete a comment; who, when and where stay."""
    found = open_comment(request.user, pk)
    try:
        delete(request.user, found, _version(request))
    except ChangedMeanwhileError:
        messages.error(request, "It was changed since you opened it. See how it stands now, and delete it again.")
        return redirect("comment", pk=found.pk)
    return redirect(place_of(found))


@require_safe
def mentions(request: Request) -> HttpResponse:
    """Show the comments that name the person."""
    found = [(one, place_of(one), say_place(one.place)) for one in list_mentions(request.user)]
    return render(request, "web/mentions.html", {"mentions": found})


def place_of(comment: Comment) -> str:
    """Return the address of the page that a comment stands on."""
    kind, _, name = comment.place.partition(":")
    if comment.book_id is not None:
        if kind == "territory":
            page = f"{reverse('territory', args=[comment.book_id])}?{urlencode({'id': name})}"
        else:
            page = reverse("book_comments", args=[comment.book_id])
    else:
        page = reverse("plan_comments", args=[comment.plan_run_id])
        page += f"?{urlencode({'place': comment.place})}" if comment.place else ""
    return f"{page}#comment-{comment.pk}"


def _talk(request: Request, subject: Book | PlanRun) -> HttpResponse:
    place = (request.POST if request.method == "POST" else request.GET).get("place", "")
    problems: list[str] = []
    if request.method == "POST":
        try:
            return redirect(place_of(say(request.user, subject, place, request.POST.get("text", ""))))
        except InputError as error:
            problems = list(error.problems.values())
    talk = open_talk(request.user, subject, place)
    others = [] if place else [one for one in list_talk(request.user, subject) if one.place]
    elsewhere = [(one, place_of(one), say_place(one.place)) for one in others]
    return render(
        request,
        "web/comments.html",
        {
            "talk": talk,
            "said": request.POST.get("text", ""),
            "problems": problems,
            "elsewhere": elsewhere,
            "subject": subject,
        },
        status=422 if problems else 200,
    )


def _version(request: Request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
