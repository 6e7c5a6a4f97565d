"""The outbox of handoffs: a message is claimed in a transaction, given to the mail server, and settled in another.

Between the two nobody knows; a message that is found there after a crash is shown as such, and never sent again by
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Q

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.handoffs import find_later, load_gate, lock
from evenhand.adapters.store.models import Handoff, HandoffMessage, State, User
from evenhand.adapters.store.reviews import notify
from evenhand.handoff.gate import WORKSPACE, Deed, Request, Standing, find_refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator


def list_open() -> list[Handoff]:
    """Return the handoffs whose messages go as their days come."""
    rows = Handoff.objects.filter(is_released=True, state=State.DONE).select_related("review", "run__book")
    return [row for row in rows if find_later(row) is None]


def list_due(handoff: Handoff, now: dt.datetime, today: dt.date) -> Iterator[HandoffMessage]:
    """Return what may go now, in the order of sending."""
    due = handoff.messages.filter(standing=str(Standing.PLANNED), send_on__lte=today).filter(
        Q(next_try_at=None) | Q(next_try_at__lte=now)
    )
    if not due.exists():
        return
    gate = load_gate(handoff)
    for message in due:
        if find_refusal(gate, Deed.SEND, WORKSPACE, Request(today, message.key)) is None:
            yield message


def claim(message: HandoffMessage, now: dt.datetime, today: dt.date) -> HandoffMessage | None:
    """Take a message out of the outbox to give it to the mail server; None where it may not go any more.

    The gate is asked again while nobody can change it: what was taken back or stopped meanwhile stays here.
    """
    with transaction.atomic():
        handoff = lock(message.handoff)
        if find_later(handoff) is not None:
            return None
        if find_refusal(load_gate(handoff), Deed.SEND, WORKSPACE, Request(today, message.key)) is not None:
            return None
        claimed = HandoffMessage.objects.filter(pk=message.pk, standing=str(Standing.PLANNED)).update(
            standing=str(Standing.SENDING), claimed_at=now, n_tries=F("n_tries") + 1
        )
        return HandoffMessage.objects.get(pk=message.pk) if claimed else None


def close(
    message: HandoffMessage, standing: Standing, words: str, now: dt.datetime, again_at: dt.datetime | None
) -> None:
    """Write down what became of a claimed message."""
    with transaction.atomic():
        mine = HandoffMessage.objects.filter(
            pk=message.pk, standing__in=(str(Standing.SENDING), str(Standing.UNSURE)), claimed_at=message.claimed_at
        )
        closed = mine.update(
            standing=str(standing),
            words=words,
            next_try_at=again_at,
            sent_at=now if standing is Standing.SENT else None,
        )
        if closed and standing is not Standing.PLANNED:
            record(None, f"handoff.message_{_WORDS[standing]}", message.handoff, about=message.key, words=words)
        if closed and standing in (Standing.FAILED, Standing.UNSURE):
            _tell_keepers(message, f"{message.subject}: {standing}. {words}")


def find_abandoned(now: dt.datetime, after: dt.timedelta) -> int:
    """Mark what a worker was giving to the mail server when it died; returns how many there were."""
    stale = HandoffMessage.objects.filter(standing=str(Standing.SENDING), claimed_at__lte=now - after)
    n_found = 0
    for message in stale.select_related("handoff__run", "handoff__review"):
        close(message, Standing.UNSURE, "The worker stopped while the mail server had it.", now, None)
        n_found += 1
    return n_found


_WORDS = {Standing.SENT: "sent", Standing.FAILED: "failed", Standing.UNSURE: "unsure"}


def _tell_keepers(message: HandoffMessage, words: str) -> None:
    notify(
        User.objects.filter(is_active=True, role="revops"),
        words,
        path=f"/handoffs/{message.handoff_id}/messages/",
        review=message.handoff.review,
        is_urgent=True,
    )
