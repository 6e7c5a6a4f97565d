"""What every template knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.app.roles import May
from evenhand.web.rooms import list_rooms

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import User


def workspace(request: HttpRequest) -> dict[str, Any]:
    """Return what the person at the screen may do, by the words of `May`, and where they are."""
    signed_in: Any = getattr(request, "user", None)
    user: User | None = signed_in if signed_in and signed_in.is_authenticated else None
    page = (request.resolver_match and request.resolver_match.url_name) or ""
    return {
        "may": {str(what): user is not None and user.can(what) for what in May},
        "rooms": list(list_rooms(user, page)) if user else [],
        "version": __version__,
        "n_news": user.notices.filter(read_at=None).count() if user else 0,
    }
