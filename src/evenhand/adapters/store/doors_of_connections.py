"""The doors to connections and their syncs: for those who bring books in, nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Connection, Sync
from evenhand.app.roles import May

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from evenhand.adapters.store.models import User


def list_connections(user: User) -> QuerySet[Connection]:
    """Return the connections; Http404 for those who bring no books in."""
    check_may(user, May.MAKE_BOOKS)
    return Connection.objects.select_related("created_by")


def access_connection(user: User, pk: UUID) -> Connection:
    """Open a connection."""
    found = list_connections(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def access_sync(user: User, pk: UUID) -> Sync:
    """Open a sync or a test of a connection."""
    check_may(user, May.MAKE_BOOKS)
    found = Sync.objects.select_related("connection", "book", "created_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
