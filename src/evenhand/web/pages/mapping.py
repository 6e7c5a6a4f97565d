"""Mapping an export on screen: what each file and column is, how that comes out, and the book made of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.store.doors import access_whole_book
from evenhand.adapters.store.doors_of_books import access_mapping, access_upload, list_mappings
from evenhand.app.preview import preview_mapping
from evenhand.app.roles import May
from evenhand.book.mapping import SourceMapping, read_mapping
from evenhand.book.mapping_text import add_lines, render_mapping
from evenhand.foundation.errors import InputError
from evenhand.web.forms.mapping import read_form
from evenhand.web.mapping_rows import lay_out, pick_findings
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.tables import attach
from evenhand.web.uploads import (
    ask_book_of,
    draft_of,
    look_at,
    map_anew,
    save_draft,
    save_mapping,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Upload
    from evenhand.web.request import Request
    from evenhand.web.uploads import Look

TOML = "application/toml; charset=utf-8"


@require_http_methods(["GET", "HEAD", "POST"])
def upload_columns(request: Request, pk: UUID) -> HttpResponse:
    """Show which column is what (GET); take changes, save the mapping, or make the book (POST)."""
    upload = access_upload(request.user, pk)
    status, problems, is_late = 200, {}, False
    mapping, begun = draft_of(request.user, upload)
    said = {"as_of": upload.settings.get("as_of"), "name": request.POST.get("mapping_name", begun)}
    if request.method == "POST":
        try:
            mapping, said = _read(request, upload, said)
            if request.POST.get("do") == "download":
                name = said["name"] or upload.name or "mapping"
                return attach(render_mapping(mapping), f"{name}.toml", TOML)
            answer = _act(request, upload, mapping, said)
        except InputError as error:
            status, problems = 422, error.problems
        except ChangedMeanwhileError:
            status, is_late = 409, True
            upload.refresh_from_db()
        else:
            if answer is not None:
                return answer
    look = look_at(upload, mapping)
    return render(
        request,
        "web/upload_columns.html",
        {
            "upload": upload,
            "page": lay_out(mapping, look.source.tables),
            "problems": problems,
            "is_late": is_late,
            "as_of": said["as_of"] or "",
            "mapping_name": said["name"],
            "begun": begun if request.method != "POST" and not upload.mapping else "",
            "saved": list_mappings(request.user).filter(number=1).values_list("name", flat=True)[:100],
            **_preview(upload, mapping, look, said["as_of"]),
        },
        # htmx shows what comes with 200 alone; the page says what is wrong.
        status=200 if request.headers.get("HX-Request") else status,
    )


@require_POST
def upload_preview(request: Request, pk: UUID) -> HttpResponse:
    """Show how the mapping on screen comes out, without keeping anything."""
    upload = access_upload(request.user, pk)
    context: dict[str, Any]
    try:
        mapping, said = _read(request, upload, {"as_of": None, "name": ""})
    except InputError as error:
        context = {"problems": error.problems, "preview": None}
    else:
        context = _preview(upload, mapping, look_at(upload, mapping), said["as_of"])
    return render(request, "web/fragments/mapping_preview.html", {"upload": upload, "is_part": True, **context})


@require_POST
def book_columns(request: Request, pk: UUID) -> HttpResponse:
    """Take up the files of a book to map them another way."""
    book = access_whole_book(request.user, pk, May.MAKE_BOOKS)
    return redirect("books_upload", pk=map_anew(request.user, book).pk)


@require_safe
def mappings(request: Request) -> HttpResponse:
    """List the saved mappings with their versions."""
    return render(request, "web/mappings.html", {"mappings": list_mappings(request.user)[:500]})


@require_safe
def mapping_file(request: Request, pk: UUID) -> HttpResponse:
    """Download a version of a saved mapping, the file that the command line takes."""
    saved = access_mapping(request.user, pk)
    return attach(saved.text, f"{saved.name}.toml", TOML)


def _read(request: Request, upload: Upload, said: dict[str, Any]) -> tuple[SourceMapping, dict[str, Any]]:
    data = request.POST
    if data.get("do") == "text":
        mapping = read_mapping(data.get("text", ""), "mapping")
    else:
        before = read_mapping(data.get("mapping", ""), "mapping")
        mapping = read_form(data, look_at(upload, before).source.tables)
    if lines := data.get("add"):
        mapping = add_lines(mapping, lines.replace("\r\n", "\n"))
    day = data.get("as_of", "").strip()
    try:
        as_of = dt.date.fromisoformat(day).isoformat() if day else None
    except ValueError:
        raise InputError({"as_of": f"{day!r} is not a date such as 2026-12-31"}) from None
    return mapping, {**said, "as_of": as_of, "name": data.get("mapping_name", "").strip()}


def _act(request: Request, upload: Upload, mapping: SourceMapping, said: dict[str, Any]) -> HttpResponse | None:
    """Keep the draft, then do what the button says; None to show the page again."""
    version = request.POST.get("version", "")
    save_draft(request.user, upload, int(version) if version.isdecimal() else 0, mapping, {"as_of": said["as_of"]})
    do = request.POST.get("do", "")
    saved = None
    if do == "save" or (do == "bring" and said["name"]):
        saved = save_mapping(request.user, said["name"], mapping)
    if do == "bring":
        return redirect("book", pk=ask_book_of(request.user, upload, mapping, saved).pk)
    return redirect("books_mappings") if do == "save" else None


def _preview(upload: Upload, mapping: SourceMapping, look: Look, as_of: str | None) -> dict[str, Any]:
    preview = preview_mapping(
        look.source,
        mapping,
        as_of=dt.date.fromisoformat(as_of) if as_of else None,
        currency=mapping.currency or upload.settings.get("currency") or None,
        is_head=bool(look.cut),
    )
    return {"preview": preview, "found": pick_findings(preview.findings), "cut": look.cut}
