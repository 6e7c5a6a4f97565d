"""A password, token or key: carried about, never shown."""

from __future__ import annotations

import hmac
from typing import NoReturn

HIDDEN = "•••"


class Secret:
    """A text that no message, log, table or traceback shows; only `reveal` gives it.

    Parameters
    ----------
    text
        What it is.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, to be sent or encrypted and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret isn't written anywhere; encrypt what it reveals")


def hide(text: str, secrets: tuple[Secret, ...]) -> str:
    """Return a text without the secrets in it, should somebody else's words repeat them."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), HIDDEN)
    return text
