"""What changed between two books: counts, sums, and every account, territory and opportunity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.files.books import read_book
from evenhand.adapters.report.figures import format_number
from evenhand.adapters.store.doors import access_whole_book, list_books
from evenhand.book.difference import CHANGES, differ_books
from evenhand.web.tables import serve_as
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Book
    from evenhand.book.difference import BookDifference
    from evenhand.web.request import Request

TABLES = ("accounts", "territories", "opportunities", "moves")
_A_PAGE = 50
_MOST_BOOKS = 100
_KEPT = 2
_CENTS = 100
_CENTS_MARK = "_cents"


@dataclass(frozen=True)
class ChangedRow:
    """A row that is new, gone or changed."""

    key: str
    name: str
    change: str
    words: list[tuple[str, str, str]]


@require_safe
def book_changes(request: Request, pk: UUID) -> HttpResponse:
    """Show what changed in a book since another one, as a page or as a file."""
    book = access_whole_book(request.user, pk)
    if not book.is_ready:
        raise Http404
    others = list_books(request.user).filter(state="done").exclude(content_hash="").exclude(pk=book.pk)
    since = _since(request, book, list(others[:_MOST_BOOKS]))
    context: dict[str, Any] = {"book": book, "since": since, "others": others[:_MOST_BOOKS]}
    if since is None:
        return render(request, "web/book_changes.html", context)
    difference = find_difference(since, book)
    table, change = request.GET.get("table", "accounts"), request.GET.get("change", "")
    if table not in TABLES:
        raise Http404
    frame: pl.DataFrame = getattr(difference, table)
    if change in CHANGES and "change" in frame.columns:
        frame = frame.filter(pl.col("change") == change)
    file = serve_as(request.GET.get("format", ""), frame, f"{table} since {since.name}")
    if file is not None:
        return file
    page = Paginator(range(frame.height), _A_PAGE).get_page(request.GET.get("page"))
    rows = frame.slice(page.start_index() - 1 if frame.height else 0, _A_PAGE)
    context |= {
        "counts": _pivot(difference.counts),
        "figures": [_figure(*row) for row in difference.figures.iter_rows()],
        "currency": difference.currency,
        "table": table,
        "change": change,
        "tables": TABLES,
        "all_changes": CHANGES,
        "changes": CHANGES if table != "moves" else (),
        "n_rows": frame.height,
        "page": page,
        "moves": rows.to_dicts() if table == "moves" else [],
        "rows": [_row(table, row) for row in rows.to_dicts()] if table != "moves" else [],
    }
    return render(request, "web/book_changes.html", context)


def find_difference(before: Book, after: Book) -> BookDifference:
    """Return what changed between two books; the latest few are kept, since a book never changes."""
    return _differ(before.content_hash, after.content_hash)


@lru_cache(maxsize=_KEPT)
def _differ(before: str, after: str) -> BookDifference:
    shelf = open_shelf()
    return differ_books(read_book(shelf.book(before), verify=False), read_book(shelf.book(after), verify=False))


def _since(request: Request, book: Book, others: list[Book]) -> Book | None:
    """Return the book that the address names, else the latest one of a date before, else the one brought in before."""
    if asked := request.GET.get("since"):
        found = next((other for other in others if str(other.pk) == asked), None)
        if found is None:
            raise Http404
        return found
    other_content = [other for other in others if other.content_hash != book.content_hash]
    earlier = [other for other in other_content if other.as_of and book.as_of and other.as_of < book.as_of]
    if earlier:
        return max(earlier, key=lambda other: (other.as_of or other.created_at.date(), other.created_at))
    return next((other for other in other_content if other.created_at < book.created_at), None)


def _pivot(counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each table, with the number of each change."""
    rows = counts.to_dicts()
    return [
        {
            "table": table,
            "cells": [(row["change"], row["n_rows"]) for row in rows if row["table"] == table],
            "n_same": next(row["n_same"] for row in rows if row["table"] == table),
        }
        for table in dict.fromkeys(row["table"] for row in rows)
    ]


def _figure(name: str, before: float, after: float, change: float) -> dict[str, str]:
    scale = _CENTS if name.endswith(_CENTS_MARK) else 1
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change < 0 else ""
    return {
        "name": name.replace(", amount_cents", ", amount").capitalize(),
        "before": format_number(before / scale, 0),
        "after": format_number(after / scale, 0),
        "change": f"{sign}{format_number(abs(change) / scale, 0)}" if change else "–",
    }


def _row(table: str, row: dict[str, Any]) -> ChangedRow:
    key = {"accounts": "account_id", "territories": "territory_id", "opportunities": "opportunity_id"}[table]
    shown = row["columns"] or [
        name.removesuffix("_after") for name in row if name.endswith("_after") and _one(row, name) is not None
    ]
    words = [
        (
            name.removesuffix(_CENTS_MARK).replace("_", " "),
            _say(name, row[f"{name}_before"]),
            _say(name, row[f"{name}_after"]),
        )
        for name in shown
    ]
    name = row.get("name") or row.get("account_id" if table == "opportunities" else "name_after") or ""
    return ChangedRow(row[key], str(name), row["change"], words)


def _one(row: dict[str, Any], name: str) -> object:
    """Return the value of a new or a gone row."""
    return row[name] if row["change"] == "new" else row[f"{name.removesuffix('_after')}_before"]


def _say(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        shown = value / _CENTS if name.endswith(_CENTS_MARK) else float(value)
        return format_number(shown, 0 if shown.is_integer() else 2)
    return str(value)
