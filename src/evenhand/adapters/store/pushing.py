"""Asking for a push: looked at first, confirmed by name, one at a time, each with its line in the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Connection, Push, State
from evenhand.app.push.modes import Mode
from evenhand.foundation.errors import Refusal

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.adapters.store.jobs import Enqueue
    from evenhand.adapters.store.models import Handoff, User


def ask_push(
    user: User, handoff: Handoff, row: Connection, mode: Mode, until: dt.date, enqueue: Enqueue, *,
    confirmed: str = "", again: bool = False,
) -> Push:  # fmt: skip
    """Queue a push, a dry run or a roll-back.

    Parameters
    ----------
    until
        Changes of later days wait for their day.
    confirmed
        The connection's name, typed by whoever asks; not needed for a dry run.
    again
        Whether what was taken back before is written once more.

    Raises
    ------
    Refusal
        PU104 while another is under way, PU111 where nobody looked first, PU112 where it isn't confirmed, PU113 where
        there is a later round.
    """
    with transaction.atomic():
        # The row is locked, so that of two who ask at the same moment one is refused.
        Connection.objects.select_for_update().get(pk=row.pk)
        if handoff.after.filter(state=State.DONE).exists():
            raise Refusal("PU113", "This round of the handoff was prepared anew.", "Push from the latest round.")
        if Push.objects.filter(connection=row, state__in=(State.WAITING, State.RUNNING)).exists():
            raise Refusal("PU104", f"Another push to {row.name} is under way.", "Wait until it has ended.")
        if mode is not Mode.PREVIEW:
            _check_looked(handoff, row)
            if confirmed.strip() != row.name:
                raise Refusal("PU112", "Nothing was asked for.", f"Type {row.name} to confirm.")
        push = Push.objects.create(
            handoff=handoff, connection=row, to=row.name, mode=str(mode), until=until, again=again, created_by=user
        )
        jobs.queue(push, enqueue)
        record(user, "push.asked", push, to=row.name, mode=str(mode), until=until.isoformat(), again=again)
    return push


def _check_looked(handoff: Handoff, row: Connection) -> None:
    last = Push.objects.filter(
        connection=row, handoff=handoff, state__in=(State.DONE, State.FAILED, State.CANCELLED)
    ).first()
    cut_off = last is not None and (last.state != State.DONE or last.said("paused"))
    if last is None or not (last.is_look or cut_off):
        raise Refusal("PU111", f"Nobody has looked at what this changes in {row.name} now.", "Make a dry run first.")
    if last.is_look and last.state != State.DONE:
        raise Refusal("PU111", "The dry run didn't end.", "Make another one.")
