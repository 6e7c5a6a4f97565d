"""The request of someone who is signed in, as pages get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.http import QueryDict

    from evenhand.adapters.store.models import User


class Request(HttpRequest):
    """A request whose person the middleware `SignedIn` has let in."""

    user: User


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, be it nothing; None where the form is only shown."""
    return request.POST if request.method == "POST" else None
