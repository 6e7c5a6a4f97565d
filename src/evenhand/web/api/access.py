"""Who calls: a token in the Authorization header, and what its scopes allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ninja.security import HttpBearer

from evenhand.adapters.store.secrets import find_token
from evenhand.web.api.problems import ProblemError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from evenhand.adapters.store.models import ApiToken, User


class TokenAuth(HttpBearer):
    """Lets a valid token in; a token without the scope is told which one it lacks."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the token's row, or None where it opens nothing."""
        found = find_token(token)
        if found is None:
            return None
        if self._scope not in found.scopes:
            raise ProblemError(403, "The token may not do this", f"It lacks the scope {self._scope!r}.")
        request.user = found.user
        return found


def caller(request: HttpRequest) -> User:
    """Return the person the token acts as."""
    return cast("User", request.user)
