"""What every template knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.app.roles import May

if TYPE_CHECKING:
    from django.http import HttpRequest


def workspace(request: HttpRequest) -> dict[str, Any]:
    """Return what the person at the screen may do, by the words of `May`, and where they are."""
    user = getattr(request, "user", None)
    match = request.resolver_match
    return {
        "may": {str(what): bool(user and user.is_authenticated and user.can(what)) for what in May},
        "room": (match.url_name or "").partition("_")[0] if match else "",
        "version": __version__,
        "n_news": user.notices.filter(read_at=None).count() if user and user.is_authenticated else 0,
    }
