"""What a handoff wrote: letters and mails to preview, briefs, tables, calendars."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import polars as pl
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from evenhand.adapters.letters.calendar import write_calendar
from evenhand.adapters.store.doors_of_handoffs import access_message
from evenhand.app.handoff import name_file
from evenhand.web.handoff_parts import TABLES, list_accounts, list_rows, look
from evenhand.web.pages.handoffs import open_ready
from evenhand.web.reading import find_directory
from evenhand.web.reports import REPORT_POLICY, serve_report
from evenhand.web.tables import attach, serve_table
from evenhand.wiring.handing_over import read_mails
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.http.response import HttpResponseBase

    from evenhand.adapters.store.models import Handoff, HandoffMessage
    from evenhand.web.request import Request

CALENDAR = "text/calendar; charset=utf-8"
FORMS = ("html", "pdf", "mail", "txt", "ics")


@require_safe
def handoff_message(request: Request, pk: UUID, number: int) -> HttpResponse:
    """Preview a message: the letter, and the mail as its reader gets it."""
    row, scope = open_ready(request, pk)
    message = access_message(row, scope, number)
    seen = look(request.user, row, scope)
    mail = read_mails(row).get(message.key, {})
    return render(
        request,
        "web/handoff_message.html",
        {
            "handoff": row,
            "scope": scope,
            "message": message,
            "line": next(line for line in seen.lines if line.row.pk == message.pk),
            "letter": read_letter(_folder(row) / "letters" / f"{message.name}.html", title="drop")
            if message.name
            else "",
            "text": mail.get("text", ""),
            "has_pdf": bool(message.name) and (_folder(row) / "letters" / f"{message.name}.pdf").is_file(),
            "has_calendar": b"BEGIN:VEVENT" in base64.b64decode(mail.get("calendar", "")),
        },
    )


@require_safe
def handoff_letter(request: Request, pk: UUID, number: int, form: str) -> HttpResponseBase:
    """Serve a message in one of its forms: the letter's page or PDF, the mail, its text, its appointments."""
    row, scope = open_ready(request, pk)
    return serve_message(row, access_message(row, scope, number), form)


def serve_message(row: Handoff, message: HandoffMessage, form: str) -> HttpResponseBase:
    """Serve a message in one of its forms.

    Raises
    ------
    Http404
        If there is no such form of it.
    """
    path = _folder(row) / "letters" / f"{message.name}.{form}"
    if form == "html" and message.name:
        return serve_report(path)
    if form == "pdf" and message.name and path.is_file():
        return FileResponse(path.open("rb"), content_type="application/pdf", filename=path.name)
    mail = read_mails(row).get(message.key)
    if mail is None or form not in ("mail", "txt", "ics"):
        raise Http404
    if form == "ics":
        return attach(base64.b64decode(mail["calendar"]), f"{message.name or message.kind}.ics", CALENDAR)
    if form == "txt":
        return HttpResponse(mail["text"], content_type="text/plain; charset=utf-8")
    response = HttpResponse(mail["html"])
    response["Content-Security-Policy"] = REPORT_POLICY
    return response


@require_safe
def handoff_brief(request: Request, pk: UUID) -> HttpResponse:
    """Show the brief on an account, with the mail that introduces its new rep."""
    row, scope = open_ready(request, pk)
    account = request.GET.get("account", "")
    if account not in set(list_accounts(row, scope)["account_id"]):
        raise Http404
    introduction = _folder(row) / "introductions" / f"{name_file(account)}.txt"
    return render(
        request,
        "web/handoff_brief.html",
        {
            "handoff": row,
            "account": account,
            "brief": read_letter(_folder(row) / "briefs" / f"{name_file(account)}.html"),
            "introduction": introduction.read_text("utf-8") if introduction.is_file() else "",
        },
    )


@require_safe
def handoff_table(request: Request, pk: UUID, table: str) -> HttpResponse:
    """Download a table of the handoff, as far as the person sees."""
    row, scope = open_ready(request, pk)
    if table not in TABLES or (table == "changes" and not scope.whole):
        raise Http404
    return serve_table(list_rows(row, scope, table), f"{table}.csv")


@require_safe
def handoff_calendar(request: Request, pk: UUID) -> HttpResponse:
    """Download the appointments that concern the person."""
    row, scope = open_ready(request, pk)
    if scope.whole:
        return attach((_folder(row) / "timeline.ics").read_bytes(), "handoff.ics", CALENDAR)
    reps = find_directory(row.run.book).reps

    tasks = list_rows(row, scope, "tasks").with_columns(pl.col("due_on").str.to_date())
    emails = dict(reps.select("rep_id", "email").iter_rows())
    return attach(write_calendar(tasks, emails, find_directory(row.run.book).as_of, None), "handoff.ics", CALENDAR)


@require_safe
def handoff_timeline(request: Request, pk: UUID) -> HttpResponseBase:
    """Show the chart of the days."""
    row, scope = open_ready(request, pk)
    if not scope.whole:
        raise Http404
    return serve_report(_folder(row) / "timeline.html")


def read_letter(path: Path, *, title: str = "keep") -> str:
    """Return a letter's text as a part of a page, see `cut_letter`; nothing where there is none."""
    return cut_letter(path.read_text("utf-8"), title=title) if path.is_file() else ""


def cut_letter(page: str, *, title: str = "keep") -> str:
    """Cut a letter out of its page: our own HTML, in which everything from outside is escaped.

    Parameters
    ----------
    title
        "keep" it as the title of the page, "drop" it where the page has the same, "lower" all headings by one where the
        page has another.
    """
    start = page.index("<main")
    part = page[page.index(">", start) + 1 : page.rindex("</main>")]
    if title == "drop":
        part = part.partition("</h1>")[2] or part
    elif title == "lower":
        for level in (3, 2, 1):
            part = part.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    part = part.replace(' style="text-align:right"', ' class="num"').replace(' style="text-align:left"', "")
    return mark_safe(part)  # noqa: S308 - our own page, which escapes


def _folder(row: Handoff) -> Path:
    return open_shelf().handoff(row.folder)
