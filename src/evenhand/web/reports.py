"""Serving the self-contained reports, which bring a style and a script of their own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.http import FileResponse, Http404

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'"
)
"""The report's own policy names the hashes of its style and script, and both hold: so nothing else runs. In the sandbox
it has no cookies and is nobody's page."""


def serve_report(path: Path, change: Callable[[str], str] | None = None) -> FileResponse:
    """Show a report, as it was written or with something said on top."""
    if not path.is_file():
        raise Http404
    content = path.open("rb") if change is None else io.BytesIO(change(path.read_text("utf-8")).encode())
    response = FileResponse(content, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = REPORT_POLICY
    return response
