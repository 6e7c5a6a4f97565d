"""Keeping connections and asking for their syncs, each with its line in the audit trail; secrets never come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Connection, State, Sync, SyncKind
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evenhand.adapters.store.jobs import Enqueue
    from evenhand.adapters.store.models import User


def keep_connection(
    user: User,
    name: str,
    vendor: str,
    every_hours: float | None,
    changed: Sequence[str],
    write: Callable[[], None],
    row: Connection | None = None,
) -> Connection:
    """Keep a new connection, or a changed one; its folder is written in the same step.

    Parameters
    ----------
    changed
        Names of what was filled in, for the trail; never the values.
    write
        Writes the folder; where that fails nothing is kept.

    Raises
    ------
    InputError
        Where there is another one of that name.
    """
    try:
        with transaction.atomic():
            kept = row or Connection(name=name, vendor=vendor, created_by=user)
            kept.every_hours = every_hours
            kept.save()
            word = "connection.changed" if row else "connection.made"
            record(user, word, kept, vendor=vendor, filled_in=sorted(changed), every_hours=every_hours)
            write()
    except IntegrityError:
        raise InputError({"name": f"There is a connection {name} already; choose another name."}) from None
    return kept


def remove_connection(user: User, row: Connection, erase: Callable[[], None]) -> None:
    """Forget a connection with its syncs; books made of it stay."""
    with transaction.atomic():
        record(user, "connection.removed", row, name=row.name, vendor=row.vendor)
        row.delete()
        erase()


def ask_sync(
    user: User, row: Connection, kind: SyncKind, enqueue: Enqueue, *, by_schedule: bool = False
) -> tuple[Sync, bool]:
    """Queue a sync or a test, or find the one that is under way; returns it, and whether it is new."""
    with transaction.atomic():
        # The row is locked, so that two who ask at the same moment get the same one.
        Connection.objects.select_for_update().get(pk=row.pk)
        under_way = row.syncs.filter(state__in=(State.WAITING, State.RUNNING), kind=kind).first()
        if under_way is not None:
            return under_way, False
        sync = Sync.objects.create(connection=row, kind=kind, created_by=user, by_schedule=by_schedule)
        jobs.queue(sync, enqueue)
        record(None if by_schedule else user, "sync.asked", sync, connection=row.name, kind=str(kind))
    return sync, True
