"""The doors to what is around a review: versions of the policy, delegations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import Http404

from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Delegation, PolicyVersion, User
from evenhand.app.roles import May

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet


def list_policies(user: User) -> list[PolicyVersion]:
    """Return the versions that someone sees: whoever signs or plans all of them, others what is published."""
    rows = PolicyVersion.objects.select_related("proposed_by", "exception_to").prefetch_related("signatures__signed_by")
    return [row for row in rows if _sees(user, row)]


def access_policy(user: User, pk: UUID | str) -> PolicyVersion:
    """Open a version of the policy for someone.

    Raises
    ------
    Http404
        Where there is none, or not for them.
    """
    row = PolicyVersion.objects.select_related("proposed_by", "exception_to").filter(pk=pk).first()
    if row is None or not _sees(user, row):
        raise Http404
    return row


def list_delegations(user: User) -> QuerySet[Delegation]:
    """Return the delegations that weren't ended early, of someone and to them."""
    rows = Delegation.objects.filter(ended_at=None).select_related("of", "to")
    return rows.filter(Q(of=user) | Q(to=user))


def access_delegation(user: User, pk: UUID | str) -> Delegation:
    """Open one of someone's own delegations, to end it.

    Raises
    ------
    Http404
        Where there is none, or it is another's.
    """
    check_may(user, May.DELEGATE)
    row = Delegation.objects.filter(pk=pk, of=user, ended_at=None).first()
    if row is None:
        raise Http404
    return row


def list_delegates(user: User) -> QuerySet[User]:
    """Return those who may stand in for someone."""
    return User.objects.filter(is_active=True, role__in=["leader", "revops", "manager"]).exclude(pk=user.pk)


def _sees(user: User, row: PolicyVersion) -> bool:
    return row.published_at is not None or user.can(May.SIGN_POLICY) or (bool(user.title) and user.title in row.signers)
