"""Handoffs in the database: read as a gate, and what somebody does written back with the event, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Handoff, HandoffTalk, State, User
from evenhand.adapters.store.reviews import notify
from evenhand.foundation.errors import InputError, Refusal
from evenhand.handoff.gate import Actor, Deed, Gate, Message, Request, Standing, act

if TYPE_CHECKING:
    from collections.abc import Collection

    from evenhand.adapters.store.models import HandoffMessage

_ROLES = {"revops": "keeps", "leader": "leads"}


@dataclass(frozen=True)
class Verdict:
    """What a person decided about a message whose fate the workspace can't know, or that came back."""

    word: str
    standing: Standing
    of: tuple[Standing, ...]
    says: str


VERDICTS = {
    "arrived": Verdict(
        "arrived", Standing.SENT, (Standing.UNSURE, Standing.FAILED, Standing.BOUNCED), "It arrived, or was handed over"
    ),
    "again": Verdict("again", Standing.PLANNED, (Standing.UNSURE, Standing.FAILED, Standing.BOUNCED), "Send it again"),
    "bounced": Verdict("bounced", Standing.BOUNCED, (Standing.SENT, Standing.UNSURE), "It came back"),
}
"""By the word that pages and programs use."""


def load_gate(handoff: Handoff) -> Gate:
    """Read a handoff as the gate sees it."""
    rows = list(handoff.messages.all())
    return Gate(
        messages={row.key: read_message(row) for row in rows},
        losing={
            row["territory_id"]: row["rep"] or row["rep_id"]
            for row in handoff.summary.get("losing", ())
            if row["rep_id"]
        },
        is_released=handoff.is_released,
        talked=frozenset(handoff.talks.filter(taken_back_at=None).values_list("territory_id", flat=True)),
        overridden=frozenset(row.key for row in rows if row.excuse),
        names=handoff.summary.get("places", {}),
    )


def read_message(row: HandoffMessage) -> Message:
    """Read a message as the gate sees it."""
    return Message(row.key, row.kind, row.territory_id, row.send_on, frozenset(row.waits_for), Standing(row.standing))


def read_actor(user: User, team: Collection[str]) -> Actor:
    """Return somebody as the gate sees them."""
    return Actor(keeps=user.role == "revops", leads=user.role == "leader", team=frozenset(team))


def find_later(handoff: Handoff) -> Handoff | None:
    """Return the round that took this one's place, if there is one."""
    return handoff.after.exclude(state__in=(State.FAILED, State.CANCELLED)).first()


def check_latest(handoff: Handoff) -> None:
    """Refuse what would be done to a round that another has taken the place of.

    Raises
    ------
    Refusal
        HO312.
    """
    if find_later(handoff) is not None:
        raise Refusal("HO312", "The handoff was prepared anew.", "Go on with the latest round.")


def carry_out(handoff: Handoff, deed: Deed, user: User, team: Collection[str], asked: Request, note: str = "") -> Gate:
    """Do something at the gate: the change and the event, or nothing.

    Raises
    ------
    Refusal
        If the person may not, or not now; nothing is written then.
    """
    if deed is Deed.SEND:
        raise InputError({"action": "the workspace sends; release the messages instead"})
    with transaction.atomic():
        locked = lock(handoff)
        check_latest(locked)
        if not locked.is_ready:
            raise Refusal("HO303", "The handoff isn't prepared yet.", "Wait until it is.")
        after = act(load_gate(locked), deed, read_actor(user, team), asked)
        now = timezone.now()
        if deed in (Deed.RELEASE, Deed.STOP):
            locked.is_released = after.is_released
            if deed is Deed.RELEASE and locked.released_at is None:
                locked.released_at, locked.released_by = now, user
            locked.save(update_fields=["is_released", "released_at", "released_by"])
            if deed is Deed.RELEASE:
                _tell_managers(locked, user)
        elif deed is Deed.LOG:
            who = next(row for row in locked.summary["losing"] if row["territory_id"] == asked.subject)
            HandoffTalk.objects.create(
                handoff=locked, territory_id=asked.subject, rep_id=who["rep_id"], held_on=asked.held_on or asked.on,
                how=asked.how, note=note, logged_by=user,
            )  # fmt: skip
        elif deed is Deed.TAKE_BACK:
            locked.talks.filter(territory_id=asked.subject, taken_back_at=None).update(
                taken_back_at=now, taken_back_by=user
            )
        elif deed is Deed.OVERRIDE:
            locked.messages.filter(key=asked.subject).update(excuse=asked.reason.strip(), excused_by=user)
        elif deed is Deed.WITHDRAW:
            locked.messages.filter(key=asked.subject).update(
                standing=str(Standing.WITHDRAWN), words=asked.reason.strip()
            )
        record(
            user, f"handoff.{deed.replace(' ', '_')}", locked, about=asked.subject, reason=asked.reason.strip(),
            held_on=asked.held_on.isoformat() if asked.held_on else None, how=asked.how,
        )  # fmt: skip
        handoff.refresh_from_db()
    return after


def decide(handoff: Handoff, message: HandoffMessage, word: str, user: User, words: str) -> None:
    """Say what became of a message that may have been sent, failed, or came back.

    Raises
    ------
    Refusal
        If the person may not, or the message isn't in such a state.
    """
    verdict = VERDICTS.get(word)
    if verdict is None:
        raise InputError({"action": f"{word[:40]!r} isn't one of {', '.join(VERDICTS)}"})
    if user.role != "revops":
        raise Refusal("HO301", "It isn't yours to say what became of a message.", "Revenue operations does.")
    with transaction.atomic():
        locked = lock(handoff)
        row = locked.messages.select_for_update().get(pk=message.pk)
        if verdict.standing is Standing.PLANNED:
            check_latest(locked)
        if Standing(row.standing) not in verdict.of:
            raise Refusal("HO310", f"The message is {row.standing}.", "Look at it again.")
        before, row.standing = row.standing, str(verdict.standing)
        row.words = words.strip() or row.words
        if verdict.standing is Standing.PLANNED:
            row.n_tries, row.next_try_at, row.claimed_at = 0, None, None
        row.save()
        record(
            user, f"handoff.message_{verdict.word}", locked, about=row.key, before=before, after=row.standing,
            reason=words.strip(),
        )  # fmt: skip


def stop_all(reason: str) -> int:
    """Stop every handoff whose messages go by themselves; returns how many there were."""
    rows = list(Handoff.objects.filter(is_released=True))
    for row in rows:
        Handoff.objects.filter(pk=row.pk).update(is_released=False)
        record(None, "handoff.stop", row, reason=reason)
    return len(rows)


def lock(handoff: Handoff) -> Handoff:
    """Return a handoff that nobody else changes until the transaction is over."""
    return Handoff.objects.select_for_update(of=("self",)).select_related("review", "run").get(pk=handoff.pk)


def _tell_managers(handoff: Handoff, user: User) -> None:
    teams = handoff.review.cast.get("teams", {})
    talks = {row["manager_id"] for row in handoff.summary.get("losing", ())}
    managers = User.objects.filter(is_active=True, rep_id__in={*teams, *talks} - {""}).exclude(pk=user.pk)
    words = f"The handoff of {handoff.run.title} begins: talk to those who lose accounts first, and log it."
    notify(managers, words, path=f"/handoffs/{handoff.pk}/", review=handoff.review, is_urgent=True)
