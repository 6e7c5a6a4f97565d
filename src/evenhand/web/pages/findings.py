"""What was found in the data of a book: by table, code and severity, each with its place, what is allowed, the fix."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evenhand.adapters.store.doors import access_whole_book
from evenhand.app.codes import CODES
from evenhand.app.roles import May
from evenhand.web.pages.books import find_rejected
from evenhand.web.reading import find_findings
from evenhand.web.tables import serve_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpResponse, QueryDict

    from evenhand.foundation.findings import CodeEntry, Finding
    from evenhand.web.request import Request

SEVERITIES = ("error", "warning", "note")
_A_PAGE = 50
_PLACE = ("file", "row", "column", "value", "n_rows")
_MOST_ROWS_NAMED = 5


@dataclass(frozen=True)
class FindingRow:
    """A finding with its place, and what its code means."""

    finding: Finding
    place: str
    explained: CodeEntry | None


@require_safe
def findings(request: Request, pk: UUID) -> HttpResponse:
    """Show the findings of a book, or those that the address asks for, as a page or as a file."""
    book = access_whole_book(request.user, pk)
    found = find_findings(book)
    shown = pick(found, request.GET)
    file = serve_as(request.GET.get("format", ""), frame_findings(shown), f"{book.name} findings")
    if file is not None:
        return file
    page = Paginator([_row(finding) for finding in shown], _A_PAGE).get_page(request.GET.get("page"))
    asked = {name: request.GET.get(name, "") for name in ("severity", "table", "code", "find")}
    return render(
        request,
        "web/findings.html",
        {
            "book": book,
            "page": page,
            "n_shown": len(shown),
            "n_found": len(found),
            "severities": _count(found, SEVERITIES, [str(finding.severity) for finding in found]),
            "tables": sorted(Counter(table_of(finding) for finding in found).items()),
            "codes": [
                (code, n, CODES[code].title if code in CODES else "")
                for code, n in sorted(Counter(finding.code for finding in found).items())
            ],
            "asked": asked,
            "explained": CODES.get(asked["code"]),
            "has_rejects": request.user.can(May.MAKE_BOOKS) and find_rejected(book) is not None,
        },
    )


def pick(found: Sequence[Finding], asked: QueryDict) -> list[Finding]:
    """Return the findings that an address asks for: of a severity, table or code, with all of some words."""
    severity, table, code = (asked.get(name, "") for name in ("severity", "table", "code"))
    words = asked.get("find", "").casefold().split()
    return [
        finding
        for finding in found
        if severity in ("", str(finding.severity))
        and table in ("", table_of(finding))
        and code in ("", finding.code)
        and all(word in _text(finding) for word in words)
    ]


def table_of(finding: Finding) -> str:
    """Return the table of a book, or the file, that a finding is about."""
    return finding.subject.partition(".")[0]


def frame_findings(found: Sequence[Finding]) -> pl.DataFrame:
    """Return findings as a table, a row each, with the place in columns of its own."""
    names = ("severity", "code", "table", "column_of_book", *_PLACE, "message", "fix")
    rows = [
        (
            str(finding.severity),
            finding.code,
            table_of(finding),
            finding.subject.partition(".")[2] or None,
            *(None if finding.evidence.get(name) is None else str(finding.evidence[name]) for name in _PLACE),
            finding.message,
            finding.hint or None,
        )
        for finding in found
    ]
    schema = dict.fromkeys(names, pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("row", "n_rows").cast(pl.Int64, strict=False)
    )


def _text(finding: Finding) -> str:
    return f"{finding.code} {finding.subject} {finding.message} {finding.hint}".casefold()


def _count(found: Sequence[Finding], names: Sequence[str], values: list[str]) -> list[tuple[str, int]]:
    counts = Counter(values)
    return [(name, counts[name]) for name in names if found]


def _row(finding: Finding) -> FindingRow:
    said = finding.evidence
    rows = said.get("rows") or ([said["row"]] if said.get("row") else [])
    n_rows = int(said.get("n_rows") or 0)
    parts = [str(said["file"])] if said.get("file") else []
    if rows:
        more = f" and {n_rows - len(rows):,} more" if n_rows > len(rows) else ""
        parts.append(f"row{'s' if n_rows > 1 else ''} {', '.join(map(str, rows[:_MOST_ROWS_NAMED]))}{more}")
    if said.get("column"):
        parts.append(f"column {said['column']}")
    return FindingRow(finding, " · ".join(parts), CODES.get(finding.code))
