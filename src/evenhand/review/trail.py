"""The audit trail as a chain: every event carries the hash of the one before, so that tampering shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from evenhand.foundation.hashing import hash_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

START = "0" * 64
"""What the first event names as the one before."""


class Link(NamedTuple):
    """An event in the chain: its number, its content, the hash of the one before, and its own."""

    number: int
    content: Mapping[str, Any]
    before: str
    own: str


class Broken(NamedTuple):
    """The first event that doesn't fit, and in which way."""

    number: int
    why: str


def hash_event(before: str, content: Mapping[str, Any]) -> str:
    """Return the hash of an event.

    Parameters
    ----------
    before
        Hash of the event before it; `START` for the first.
    content
        Everything that is kept of it but its number, as plain values.
    """
    return hash_values([before, dict(content)])


def find_tampered(links: Iterable[Link], *, last: tuple[int, str] | None = None) -> Broken | None:
    """Find the first event that was changed, removed or slipped in.

    Parameters
    ----------
    links
        All events in order.
    last
        Number and hash of an event that was written down elsewhere, so that a trail cut off at its end shows as well;
        None where none was.

    Returns
    -------
    Broken | None
        None where the chain holds.
    """
    before, previous = START, 0
    seen_last = last is None
    for link in links:
        if link.before != before:
            what = f"after {previous}" if previous else "at the start"
            return Broken(link.number, f"It doesn't name the event {what}: one was removed or slipped in.")
        if hash_event(link.before, link.content) != link.own:
            return Broken(link.number, "What it says was changed after it was written.")
        if last is not None and link.number == last[0]:
            if link.own != last[1]:
                return Broken(link.number, "It isn't the event that was written down: the trail was written anew.")
            seen_last = True
        before, previous = link.own, link.number
    if not seen_last and last is not None:
        return Broken(last[0], "It was written down, and is gone: the trail was cut off.")
    return None
