"""Where a request comes from, for the audit trail: the page's or the API's name, and the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.store.models.audit_event import origin_of_request
from evenhand.adapters.workspace.client import AGENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class Origin:
    """Lets every event that a request writes say where it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        kind = "API" if request.path.startswith("/api/") else "web"
        if kind == "API" and request.META.get("HTTP_USER_AGENT", "").startswith(AGENT):
            kind = "command line"
        token = origin_of_request.set(f"{kind} {request.META.get('REMOTE_ADDR', '')}".strip())
        try:
            return self._get_response(request)
        finally:
            origin_of_request.reset(token)
