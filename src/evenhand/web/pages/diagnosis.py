"""The diagnosis of a book: verdicts, triggers and every figure against its range, as far as the person sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from evenhand.adapters.files.diagnoses import REPORT
from evenhand.adapters.report import render_diagnosis_report
from evenhand.adapters.report.page import take_part
from evenhand.adapters.store.doors import access_ready_book, access_whole_book
from evenhand.app.roles import Sees
from evenhand.web.reading import find_directory
from evenhand.web.reports import serve_report
from evenhand.web.tables import serve_table
from evenhand.web.views_of_team import visible_diagnosis
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from evenhand.adapters.files.diagnoses import KeptDiagnosis
    from evenhand.adapters.store.models import Book, User
    from evenhand.book.book import Book as BookDirectory
    from evenhand.diagnose import Diagnosis
    from evenhand.web.request import Request


@require_safe
def diagnosis(request: Request, pk: UUID) -> HttpResponse:
    """Show the diagnosis."""
    book = access_ready_book(request.user, pk)
    content = mark_safe(_content(request.user, book))  # noqa: S308 - our own template, which escapes
    return render(request, "web/diagnosis.html", {"book": book, "content": content})


@require_safe
def diagnosis_csv(request: Request, pk: UUID) -> HttpResponse:
    """Download every figure of every territory that the person sees."""
    book = access_ready_book(request.user, pk)
    return serve_table(visible_diagnosis(request.user, book).territories, f"{book.name} diagnosis.csv")


@require_safe
def diagnosis_report(request: Request, pk: UUID) -> FileResponse:
    """Show the diagnosis as the page that can be sent around."""
    book = access_whole_book(request.user, pk)
    if not book.is_ready:
        raise Http404
    return serve_report(report_of(book))


def _content(user: User, book: Book) -> str:
    """Return the diagnosis as far as the person sees it, as HTML with everything escaped."""
    if user.role_entry.sees is Sees.ALL:
        return take_part(report_of(book).read_text("utf-8"))
    seen = visible_diagnosis(user, book)
    return _render(seen, find_directory(book)) if seen.verdicts else ""


def report_of(book: Book) -> Path:
    """Return where the report of a book's diagnosis is."""
    return open_shelf().diagnosis(book.content_hash, book.policy_hash) / REPORT


def _render(seen: KeptDiagnosis, directory: BookDirectory) -> str:
    # What was kept of a diagnosis has all that the report shows.
    return render_diagnosis_report(cast("Diagnosis", seen), directory, is_part=True)
