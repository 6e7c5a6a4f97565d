"""One decision by hand about one account, as it is written: ``move:A000016=T07``, ``lock:A000016``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

Kind = Literal["move", "move-alone", "lock", "exclude"]

KINDS: dict[str, str] = {
    "move": "the account goes to the territory named, and what moves as one with it goes along",
    "move-alone": "the account goes there by itself, apart from its family",
    "lock": "the account stays in the territory it is in today",
    "exclude": "the account stays where it is and counts towards no target and no band",
}
"""What each kind of edit means."""

_PLACES = ("move", "move-alone")


@dataclass(frozen=True, order=True)
class Edit:
    """What somebody decided about an account.

    Of several edits of accounts that move as one, the last counts.

    Attributes
    ----------
    kind
        One of `KINDS`.
    to
        The territory of a move; None for the others.
    """

    kind: Kind
    account_id: str
    to: str | None = None

    def __post_init__(self) -> None:
        problems = {}
        if self.kind not in KINDS:
            problems["edit"] = f"there is no edit {self.kind!r}.{say_nearest(self.kind, KINDS)}"
        elif (self.kind in _PLACES) != bool(self.to):
            wanted = "needs a territory: ACCOUNT=TERRITORY" if self.kind in _PLACES else "takes no territory"
            problems[f"{self.kind} {self.account_id}"] = wanted
        if not self.account_id:
            problems["edit"] = f"{self.kind} names no account"
        if problems:
            raise InputError(problems)

    @property
    def is_move(self) -> bool:
        """Whether it says where the account goes."""
        return self.to is not None

    def __str__(self) -> str:
        return f"{self.kind}:{self.account_id}" + (f"={self.to}" if self.to else "")


def move(account_id: str, to: str) -> Edit:
    """Put an account, and what moves as one with it, into a territory."""
    return Edit("move", account_id, to)


def move_alone(account_id: str, to: str) -> Edit:
    """Put an account into a territory by itself, apart from its family."""
    return Edit("move-alone", account_id, to)


def lock(account_id: str) -> Edit:
    """Keep an account, and what moves as one with it, where it is today."""
    return Edit("lock", account_id)


def exclude(account_id: str) -> Edit:
    """Leave an account, and what moves as one with it, where it is and out of every target and band."""
    return Edit("exclude", account_id)


def parse_edit(text: str) -> Edit:
    """Read an edit as `str` writes it.

    Raises
    ------
    InputError
        If the kind is unknown, or the account or territory is missing.
    """
    kind, colon, rest = text.strip().partition(":")
    if kind not in KINDS or not colon:
        raise InputError({"edit": f"{text!r} is no edit such as move:A000016=T07 or lock:A000016."})
    if kind not in _PLACES:
        return Edit(kind, rest.strip())  # type: ignore[arg-type]  # one of the kinds, just checked
    account_id, _, to = rest.rpartition("=")
    return Edit(kind, account_id.strip(), to.strip() or None)  # type: ignore[arg-type]  # as above
