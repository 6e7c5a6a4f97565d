"""Books: the list, bringing one in, what was found in it, and its rejected rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.doors import access_book, access_whole_book, check_may, list_books, list_plan_runs
from evenhand.app.roles import May, Sees
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Severity
from evenhand.web.forms.books import BookForm
from evenhand.web.pages.jobs import show_progress, stop
from evenhand.web.reading import find_findings
from evenhand.web.request import posted
from evenhand.web.requesting import BookWish, ask_book
from evenhand.web.uploads import keep_upload
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Book
    from evenhand.web.request import Request

_A_PAGE = 25
_MOST_FINDINGS = 12


@require_safe
def books(request: Request) -> HttpResponse:
    """List the books, the latest first."""
    check_may(request.user, May.READ_BOOKS)
    page = Paginator(list_books(request.user), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/books.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def book_new(request: Request) -> HttpResponse:
    """Bring a book in."""
    check_may(request.user, May.MAKE_BOOKS)
    form = BookForm(posted(request), request.FILES or None, server_paths=list_server_paths())
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        wish = BookWish(
            name=said["name"],
            files=said["files"],
            server_path=said.get("server_path", ""),
            as_of=said["as_of"],
            currency=said["currency"],
            mapping=said["mapping"],
        )
        try:
            if request.POST.get("do") == "columns":
                return redirect("books_upload", pk=keep_upload(request.user, wish).pk)
            book = ask_book(request.user, wish)
        except InputError as error:
            for field, message in error.problems.items():
                form.add_error(field if field in form.fields else None, message)
        else:
            return redirect("book", pk=book.pk)
    return render(request, "web/book_new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def book(request: Request, pk: UUID) -> HttpResponse:
    """Show a book: how far its admission is, what was found, and what is in it."""
    opened = access_book(request.user, pk)
    is_whole = request.user.role_entry.sees is Sees.ALL
    found = find_findings(opened) if is_whole else ()
    counts = {name: sum(finding.severity is name for finding in found) for name in Severity}
    return render(
        request,
        "web/book.html",
        {
            "book": opened,
            "is_whole": is_whole,
            "findings": found[:_MOST_FINDINGS],
            "n_found": len(found),
            "counts": counts,
            "runs": list_plan_runs(request.user).filter(book=opened)[:20],
            "has_rejects": is_whole and find_rejected(opened) is not None,
        },
    )


@require_safe
def book_progress(request: Request, pk: UUID) -> HttpResponse:
    """Show how far the admission is; when it has ended the whole page is loaded again."""
    return show_progress(request, access_book(request.user, pk), "book")


@require_POST
def book_cancel(request: Request, pk: UUID) -> HttpResponse:
    """Stop an admission."""
    return stop(request, access_whole_book(request.user, pk, May.MAKE_BOOKS), "book")


@require_safe
def book_rejected(request: Request, pk: UUID) -> FileResponse:
    """Download the rejected rows, as they were read, with where they stood and why."""
    opened = access_whole_book(request.user, pk, May.MAKE_BOOKS)
    path = find_rejected(opened)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{opened.name} rejected.csv")


def find_rejected(book: Book) -> Path | None:
    """Return the file of the rejected rows of a book; None where no row was rejected."""
    path = open_shelf().admission(book.pk) / "rejected.csv"
    return path if path.is_file() else None


def list_server_paths() -> list[str]:
    """List what a book could be made of in the allowed folders: the folders themselves and what is right in them."""
    found: list[str] = []
    for folder in settings.EVENHAND_SOURCES:
        if Path(folder).is_dir():
            found += [str(folder), *(str(path) for path in sorted(Path(folder).iterdir()) if path.is_dir())]
    return found
