"""Errors as problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from evenhand.foundation.errors import EvenhandError, InputError, Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from ninja import NinjaAPI

_log = logging.getLogger("evenhand.web")
MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """An answer that says no, with a status and what to do."""

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more


def problem(status: int, title: str, detail: str = "", **more: Any) -> HttpResponse:
    """Return a problem as JSON."""
    body = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JsonResponse(body | more, status=status, content_type=MEDIA_TYPE, headers=headers)


def answer_with_problems(api: NinjaAPI) -> None:
    """Make every error of the API a problem."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        ProblemError: lambda _, error: problem(error.status, error.title, error.detail, **error.more),
        Http404: lambda _, __: problem(404, "There is nothing here", "Or it isn't shared with you."),
        AuthenticationError: lambda _, __: problem(401, "Who is asking?", "Send a token: Authorization: Bearer …"),
        ValidationError: _say_validation,
        HttpError: lambda _, error: problem(error.status_code, "", str(error)),
        EvenhandError: _say_refusal,
        RequestDataTooBig: lambda _, __: problem(413, "The request is too large"),
        TooManyFilesSent: lambda _, __: problem(413, "Too many files", "Zip them."),
        Exception: _say_bug,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _say_validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors]
    return problem(422, "Something in the request isn't right", errors=errors)


def _say_refusal(_request: HttpRequest, error: EvenhandError) -> HttpResponse:
    if isinstance(error, InputError):
        errors = [{"field": field, "message": message} for field, message in error.problems.items()]
        return problem(422, "Something in the request isn't right", errors=errors)
    if isinstance(error, Refusal):
        return problem(409, error.message, error.hint, code=error.code)
    if isinstance(error, SourceError):
        return problem(503, "Something outside failed", error.message)
    return problem(500, "This is a bug in Evenhand")


def _say_bug(request: HttpRequest, error: Exception) -> HttpResponse:
    request_id = request.META.get("EVENHAND_REQUEST_ID")
    _log.error("a bug", exc_info=error, extra={"request_id": request_id})
    return problem(500, "This is a bug in Evenhand", request_id=request_id)
