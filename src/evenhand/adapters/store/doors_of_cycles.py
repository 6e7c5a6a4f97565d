"""The doors to reviews of the year and to alerts: who sees which, and what of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Cycle, WatchAlert
from evenhand.app.roles import May, Sees

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from evenhand.adapters.store.models import User


def list_days(user: User) -> QuerySet[Cycle]:
    """Return the reviews of which somebody may know the days: everybody who is signed in, for all are concerned."""
    return Cycle.objects.all() if user.is_active else Cycle.objects.none()


def list_cycles(user: User) -> QuerySet[Cycle]:
    """Return the reviews whose agenda, decision and outcome somebody sees: who decides all of them, others none."""
    if not user.can(May.REVIEW_PLANS):
        return Cycle.objects.none()
    return Cycle.objects.select_related("book", "run", "decided_by", "source", "fetched")


def access_cycle(user: User, pk: UUID | str) -> Cycle:
    """Open a review for those who decide.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    check_may(user, May.REVIEW_PLANS)
    found = list_cycles(user).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def list_alerts(user: User, territory_ids: frozenset[str] | None) -> list[WatchAlert]:
    """Return the alerts that somebody sees, the latest first.

    Parameters
    ----------
    territory_ids
        Those that the person sees; None for all.

    Raises
    ------
    Http404
        For reps: alerts are for those who can do something about them.
    """
    if user.role_entry.sees is Sees.OWN:
        raise Http404
    rows = list(WatchAlert.objects.select_related("book", "snoozed_by")[:_MOST])
    if territory_ids is None:
        return rows
    # All of an alert's territories: who else stands out is none of another team's business.
    return [row for row in rows if row.subject_ids and set(row.subject_ids) <= territory_ids]


def access_alert(user: User, pk: UUID | str) -> WatchAlert:
    """Open an alert for those who decide what becomes of it.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    check_may(user, May.REVIEW_PLANS)
    found = WatchAlert.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


_MOST = 500
