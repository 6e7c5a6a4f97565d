"""What pages and the API do with pushes: which systems can be written to, and asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.sources.vendors import load_vendor
from evenhand.adapters.store.doors_of_connections import access_connection, list_connections
from evenhand.adapters.store.pushing import ask_push
from evenhand.foundation.errors import InputError
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from evenhand.adapters.store.models import Connection, Handoff, Push, User
    from evenhand.app.push.modes import Mode


def list_targets(user: User) -> list[Connection]:
    """Return the connections that changes can be written to."""
    found = []
    for row in list_connections(user).all():
        try:
            vendor = load_vendor(row.vendor)
        except InputError:  # its libraries aren't installed here
            continue
        if vendor.open_target is not None:
            found.append(row)
    return found


def ask_push_of(
    user: User, handoff: Handoff, connection_id: UUID, mode: Mode, until: dt.date, *, confirmed: str, again: bool
) -> Push:
    """Queue a push, a dry run or a roll-back.

    Raises
    ------
    InputError
        If nothing can be written to that connection.
    Refusal
        See `evenhand.adapters.store.pushing.ask_push`.
    """
    row = access_connection(user, connection_id)
    if row.pk not in {target.pk for target in list_targets(user)}:
        raise InputError({"connection": f"{row.name} is read only; nothing can be written to it"})
    return ask_push(user, handoff, row, mode, until, enqueue, confirmed=confirmed, again=again)
