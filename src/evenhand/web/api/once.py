"""A request with an idempotency key is done once, however often it is sent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from evenhand.adapters.store.models import KeptAnswer
from evenhand.web.api.access import caller
from evenhand.web.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def do_once(
    request: HttpRequest, key: str | None, request_text: str, do: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Do it, or answer as the first time.

    Parameters
    ----------
    request_text
        What was asked, so that the same key with another request is refused.
    do
        Does it and returns status and body as plain values; it writes nothing but to the database, and is undone
        where another request with the key was faster.
    """
    if not key:
        return do()
    user, digest = caller(request), hashlib.sha256(f"{request.path}\n{request_text}".encode()).hexdigest()
    kept = KeptAnswer.objects.filter(user=user, key=key).first()
    if kept is None:
        try:
            with transaction.atomic():
                status, body = do()
                KeptAnswer.objects.create(user=user, key=key, request_digest=digest, status=status, body=body)
        except IntegrityError:
            kept = KeptAnswer.objects.get(user=user, key=key)
        else:
            return status, body
    if kept.request_digest != digest:
        raise ProblemError(422, "This idempotency key was used for another request", "Use a new key for each request.")
    return kept.status, kept.body
