"""Delegations in the database: made and ended, with the event and the notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Delegation
from evenhand.adapters.store.reviews import key_of, notify
from evenhand.review.chain import Delegation as Term
from evenhand.review.chain import check_delegation

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.adapters.store.models import User


def delegate(of: User, to: User, starts_on: dt.date, ends_on: dt.date, today: dt.date) -> Delegation:
    """Let somebody sign and approve in another's stead, both days included.

    Raises
    ------
    Refusal
        See `evenhand.review.chain.check_delegation`.
    """
    check_delegation(Term(key_of(of), key_of(to), starts_on, ends_on), today)
    with transaction.atomic():
        row = Delegation.objects.create(of=of, to=to, starts_on=starts_on, ends_on=ends_on)
        record(of, "delegation.made", row, to=str(to.pk), starts_on=str(starts_on), ends_on=str(ends_on))
        words = f"You stand in for {of} from {starts_on:%d %b} to {ends_on:%d %b}."
        notify([to], words, path="/delegations/", is_urgent=True)
    return row


def end_delegation(row: Delegation, by: User) -> None:
    """End a delegation now; one that was ended stays as it is."""
    with transaction.atomic():
        if Delegation.objects.filter(pk=row.pk, ended_at=None).update(ended_at=timezone.now()):
            record(by, "delegation.ended", row)
            notify([row.to], f"You no longer stand in for {row.of}.", path="/delegations/")
