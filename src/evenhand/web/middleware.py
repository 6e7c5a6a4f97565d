"""What happens around every request: a log line, headers that keep the page safe, sign-in, and errors in words."""

from __future__ import annotations

import logging
import secrets
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from evenhand.foundation.errors import EvenhandError
from evenhand.web.counting import count_request
from evenhand.web.pages.errors import show_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest

    GetResponse = Callable[[HttpRequest], HttpResponse]

_log = logging.getLogger("evenhand.web")

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
"""Nothing inline runs, nothing comes from elsewhere, nobody frames the page."""

PUBLIC_ROUTES = frozenset({"live", "ready", "metrics", "sign_in_link", "invitation"})
"""Routes of ours that work without being signed in."""

PUBLIC_PREFIXES = ("accounts/", "api/v1/", "static/")
"""Sign-in itself (allauth guards what needs an account), and the API, which has tokens."""


class RequestLog:
    """Writes a line for each request and counts it: the route's name, not the address; no person, no query."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and write the line."""
        started, worked, request_id = time.perf_counter(), time.thread_time(), secrets.token_hex(8)
        request.META["EVENHAND_REQUEST_ID"] = request_id
        response = self._get_response(request)
        response["X-Request-Id"] = request_id
        match = request.resolver_match
        if match is None and request.path.startswith("/static/"):
            return response
        seconds = time.perf_counter() - started
        count_request(match, request.method or "", response.status_code, seconds)
        _log.info(
            "answered",
            extra={
                "request_id": request_id,
                "method": request.method,
                "route": match.route if match else "",
                "status": response.status_code,
                "ms": round(1000 * seconds, 1),
                "cpu_ms": round(1000 * (time.thread_time() - worked), 1),
            },
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Log what nobody expected."""
        if not isinstance(exception, EvenhandError | Http404):
            request_id = request.META.get("EVENHAND_REQUEST_ID")
            _log.error("a bug", exc_info=exception, extra={"request_id": request_id})


class SecureHeaders:
    """Sends the content security policy and its kin with every page that hasn't set its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        # A form that starts single sign-on is answered by a redirect there, which browsers take for its action.
        forms = " ".join(("form-action 'self'", *settings.EVENHAND_FORM_ORIGINS))
        self._policy = PAGE_POLICY.replace("form-action 'self'", forms)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", self._policy)
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers and not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        return response


class SignedIn:
    """Lets only people who are signed in pass; what needs nobody is listed, everything else is closed."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; the check needs to know the route."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_rest: Any) -> HttpResponse | None:
        """Send whoever isn't signed in to the sign-in page, or a fragment's page there."""
        match = request.resolver_match
        is_public = match is not None and (match.url_name in PUBLIC_ROUTES or match.route.startswith(PUBLIC_PREFIXES))
        if is_public or request.user.is_authenticated:
            return None
        where = f"{resolve_url('account_login')}?{urlencode({'next': request.get_full_path()})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("account_login")})
        return redirect(where)


class SayErrors:
    """Turns refusals and wrong input that a page let through into a page that says what to do."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say it."""
        return show_error(request, exception) if isinstance(exception, EvenhandError) else None
