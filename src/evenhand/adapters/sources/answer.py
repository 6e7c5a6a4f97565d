"""What a server said, read with suspicion: every type is checked before it is used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_WORDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


@dataclass(frozen=True)
class Answer:
    """An answer that came in whole, within its time and size.

    Attributes
    ----------
    system
        Who said it, for messages.
    what
        The method and the path's template, for messages.
    status
        HTTP status.
    headers
        By lower-case name.
    body
        Unpacked.
    n_requests
        How many requests it took, attempts that failed included.
    """

    system: str
    what: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    n_requests: int = 1

    @property
    def is_ok(self) -> bool:
        """Whether the server did what it was asked."""
        return 200 <= self.status < 300

    def text(self) -> str:
        """Return the body as text; SourceError where it isn't UTF-8."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            raise self._distrust("isn't UTF-8 text") from None

    def json(self, kind: type[T]) -> T:
        """Return the body's JSON, which must be of that kind (dict or list)."""
        try:
            value = json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise self._distrust("isn't JSON") from None
        return self.check(value, kind, "the answer")

    def check(self, value: Any, kind: type[T], where: str) -> T:
        """Return a value of an answer once it is of the kind expected; SourceError else."""
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # type: ignore[return-value]  # T is float here, which mypy can't see
        raise self._distrust(f"has {_name(value)} at {where}, where {_WORDS.get(kind, kind.__name__)} belongs")

    def get(self, holder: Mapping[str, Any], key: str, kind: type[T]) -> T:
        """Return the value of a key that must be there; SourceError where it isn't, or is something else."""
        if key not in holder:
            raise self._distrust(f"has no {key!r}")
        return self.check(holder[key], kind, repr(key))

    def find(self, holder: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
        """Return the value of a key that may be missing or null."""
        return None if holder.get(key) is None else self.check(holder[key], kind, repr(key))

    def _distrust(self, why: str) -> SourceError:
        message = (
            f"the answer to {self.what} {why}. Nothing of it was used; check that the address is the right system's, "
            "and whether a proxy or a sign-in page answers in its place."
        )
        return SourceError(self.system, message)


def _name(value: object) -> str:
    return "nothing" if value is None else _WORDS.get(type(value), type(value).__name__)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
