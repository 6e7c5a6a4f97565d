"""Serving the self-contained reports, which bring a style and a script of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import FileResponse, Http404

if TYPE_CHECKING:
    from pathlib import Path

REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
)
"""The report's own policy names the hashes of its style and script, and both hold: so nothing else runs. In the sandbox
it has no cookies and is nobody's page."""


def serve_report(path: Path) -> FileResponse:
    """Show a report."""
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    return response
