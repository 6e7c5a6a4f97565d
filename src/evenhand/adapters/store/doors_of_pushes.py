"""The doors to pushes: for those who hand plans over and keep connections, nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Handoff, Push
from evenhand.app.roles import May

if TYPE_CHECKING:
    from uuid import UUID

    from evenhand.adapters.store.models import User


def access_pushes(user: User, handoff_id: UUID) -> Handoff:
    """Open a handoff to push it; Http404 where it isn't there, isn't ready, or isn't this person's to push."""
    _check(user)
    found = Handoff.objects.select_related("review", "run__book", "created_by").filter(pk=handoff_id).first()
    if found is None or not found.is_ready:
        raise Http404
    return found


def access_push(user: User, pk: UUID) -> Push:
    """Open a push."""
    _check(user)
    found = Push.objects.select_related("handoff__run", "connection", "created_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _check(user: User) -> None:
    check_may(user, May.HAND_OVER)
    check_may(user, May.MAKE_BOOKS)
