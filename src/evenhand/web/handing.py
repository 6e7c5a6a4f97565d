"""Asking for a handoff, and everything that is then done to it; pages and the API ask in the same words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from evenhand.adapters.store import handoffs, jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Handoff, LetterTemplate, Review, State
from evenhand.adapters.store.reviews import find_person
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError, Refusal
from evenhand.handoff.gate import Deed, Request
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today
from evenhand.wiring.deadlines import firm_days
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from evenhand.adapters.store.doors_of_handoffs import Scope
    from evenhand.adapters.store.models import User
    from evenhand.handoff.gate import Gate

PUBLISHED = ("published", "closed")
_MOST_WORDS = 4000


@dataclass(frozen=True)
class Told:
    """What a form or a program says with something done to a handoff.

    Attributes
    ----------
    subject
        Key of a message, or the territory of a conversation.
    held_on
        Day of the conversation, like 2026-10-05.
    how
        In person, or on a call.
    """

    subject: str = ""
    reason: str = ""
    held_on: str = ""
    how: str = ""
    note: str = ""


def offices_of(user: User) -> frozenset[str]:
    """Return how reviews and handoffs know a person, and those whose delegate they are today."""
    return find_person(user, today()).offices


def list_unprepared(user: User) -> list[Review]:
    """Return the published reviews whose handoff nobody has asked for yet, for whoever may."""
    if not user.can(May.HAND_OVER):
        return []
    return list(
        Review.objects.filter(stage__in=PUBLISHED, handoffs=None).select_related("run__book").order_by("-changed_at")
    )


def suggest_start() -> dt.date:
    """Return the first day on which a handoff can start: the next working day."""
    policy = firm_policy()
    day = today(policy)
    return firm_days(policy, day).after(day)


def templates_in_force() -> dict[str, int]:
    """Return the version of each template that the firm has of its own."""
    found: dict[str, int] = {}
    for row in LetterTemplate.objects.order_by("name", "number"):
        found.pop(row.name, None)
        if row.text:
            found[row.name] = row.number
    return found


def ask_handoff(user: User, review: Review, starts_on: dt.date | None = None, *, own_templates: bool = True) -> Handoff:
    """Queue the handoff of a published plan, or another round of it; the round before is stopped.

    Parameters
    ----------
    starts_on
        Day of the first conversation; None: the next working day.
    own_templates
        Whether the firm's own templates are used, where it has any.

    Raises
    ------
    Refusal
        If the plan isn't published, or its handoff is being prepared just now.
    InputError
        If the day is past.
    """
    check_may(user, May.HAND_OVER)
    if starts_on is not None and starts_on < today():
        raise InputError({"starts_on": f"{starts_on} is past; the first conversation is today or later"})
    with transaction.atomic():
        locked = Review.objects.select_for_update(of=("self",)).select_related("run").get(pk=review.pk)
        if locked.stage not in PUBLISHED:
            raise Refusal("HO311", f"The plan is {locked.stage}, not published.", "Publish its review first.")
        rounds = list(Handoff.objects.filter(review=locked).exclude(state__in=(State.FAILED, State.CANCELLED)))
        if any(not row.has_ended for row in rounds):
            raise Refusal("HO303", "The handoff is being prepared already.", "Wait until it is, or stop it.")
        before = rounds[0] if rounds else None
        if before is not None and before.is_released:
            Handoff.objects.filter(pk=before.pk).update(is_released=False)
            record(user, "handoff.stop", before, reason="prepared anew")
        asked = Handoff.objects.create(
            review=locked,
            run=locked.run,
            starts_on=starts_on or suggest_start(),
            templates=templates_in_force() if own_templates else {},
            before=before,
            number=before.number + 1 if before else 1,
            created_by=user,
        )
        jobs.queue(asked, enqueue)
        record(
            user, "handoff.asked", asked, review=str(locked.pk), starts_on=str(asked.starts_on),
            templates=asked.templates, round=asked.number,
        )  # fmt: skip
    return asked


def read_deed(text: str) -> Deed:
    """Return what is to be done by its word.

    Raises
    ------
    InputError
        If there is no such thing, or only the workspace does it.
    """
    allowed = [str(deed) for deed in Deed if deed is not Deed.SEND]
    if text not in allowed:
        raise InputError({"action": f"{text[:40]!r} isn't one of {', '.join(allowed)}"})
    return Deed(text)


def do_deed(user: User, handoff: Handoff, scope: Scope, deed: Deed, told: Told) -> Gate:
    """Do something at the gate of a handoff.

    Raises
    ------
    Refusal
        If the person may not, or not now.
    InputError
        If the day can't be read.
    """
    held_on = None
    if told.held_on:
        try:
            held_on = dt.date.fromisoformat(told.held_on)
        except ValueError:
            raise InputError({"held_on": f"{told.held_on[:20]!r} is no date like 2026-10-05"}) from None
    asked = Request(today(), told.subject, told.reason.strip()[:_MOST_WORDS], held_on, told.how)
    return handoffs.carry_out(handoff, deed, user, scope.team, asked, told.note.strip()[:_MOST_WORDS])
