"""The rooms of the workspace, as its navigation lists them: a new room is a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.app.roles import May

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenhand.adapters.store.models import User


@dataclass(frozen=True)
class Room:
    """A place in the navigation.

    Attributes
    ----------
    url_name
        Of its first page. Pages whose name starts with it, up to the first underscore, belong to it.
    pages
        Starts of the names of further pages that belong to it.
    may
        Who sees it; None: everybody who is signed in.
    """

    title: str
    url_name: str
    pages: tuple[str, ...] = ()
    may: May | None = None


ROOMS = (
    Room("Books", "books", ("book", "diagnosis", "territories", "territory", "triggers", "records")),
    Room("Plans", "plans", ("plan",), May.READ_PLANS),
    Room("Compare", "compare", (), May.MAKE_PLANS),
    Room("Reviews", "reviews", ("review",)),
    Room("Handoffs", "handoffs", ("handoff", "letters")),
    Room("Year", "year", ("cycle", "alerts", "alert")),
    Room("Policy", "policies", ("policy",)),
    Room("People", "people", (), May.KEEP_PEOPLE),
)


def list_rooms(user: User, page: str) -> Iterator[tuple[Room, bool]]:
    """Yield the rooms that somebody sees, and whether the page with that URL name is in it."""
    start = page.partition("_")[0]
    for room in ROOMS:
        if room.may is None or user.can(room.may):
            yield room, start in (room.url_name, *room.pages)
