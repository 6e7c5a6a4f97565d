"""The doors to handoffs: who sees which, and what of them. What somebody wasn't told yet doesn't exist for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404

from evenhand.adapters.store.models import Handoff, HandoffMessage, State
from evenhand.app.roles import May
from evenhand.handoff.gate import Standing
from evenhand.handoff.letters import GAINING, LOSING, MANAGER

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from evenhand.adapters.store.models import User

_READ = (str(Standing.SENT), str(Standing.UNSURE), str(Standing.BOUNCED), str(Standing.UNCHANGED))
"""What its reader has, or may have, by mail; so the workspace shows it too."""


@dataclass(frozen=True)
class Scope:
    """What somebody sees of a handoff.

    Attributes
    ----------
    whole
        Everything: revenue operations and leaders.
    team
        Territories that the person manages, or whose manager's delegate they are.
    person_ids
        How letters know the person.
    losing, gaining
        The person's own territories of which they were told.
    """

    whole: bool
    team: frozenset[str]
    person_ids: frozenset[str]
    losing: frozenset[str] = frozenset()
    gaining: frozenset[str] = frozenset()

    @property
    def sees_anything(self) -> bool:
        """Whether there is anything to see."""
        return bool(self.whole or self.team or self.losing or self.gaining)

    def sees_message(self, message: HandoffMessage) -> bool:
        """Say whether a message's words are for this person."""
        if self.whole or message.territory_id in self.team:
            return True
        if message.to_id not in self.person_ids:
            return False
        if message.kind not in (LOSING, GAINING):
            return message.kind != MANAGER or bool(self.team)
        told = self.losing if message.kind == LOSING else self.gaining
        return message.territory_id in told


def read_scope(user: User, handoff: Handoff, offices: frozenset[str]) -> Scope:
    """Return what somebody sees of a handoff.

    Parameters
    ----------
    offices
        How reviews know the person, and those whose delegate they are today.

    Notes
    -----
    Managers see their team's part once the messages were released. A rep sees what concerns a territory once they were
    told of it: by the logged conversation, or by the message that was sent.
    """
    if user.can(May.REVIEW_PLANS):
        return Scope(whole=True, team=frozenset(), person_ids=frozenset({user.rep_id} - {""}))
    if handoff.released_at is None or not handoff.is_ready:
        return Scope(whole=False, team=frozenset(), person_ids=frozenset())
    teams = handoff.review.cast.get("teams", {})
    team = frozenset(territory for office in offices for territory in teams.get(office, ()))
    mine = frozenset({user.rep_id} - {""})
    if not mine:
        return Scope(whole=False, team=team, person_ids=frozenset(offices))
    talked = handoff.talks.filter(rep_id=user.rep_id, taken_back_at=None).values_list("territory_id", flat=True)
    read = handoff.messages.filter(to_id=user.rep_id, standing__in=_READ).exclude(name="")
    told = list(read.values_list("kind", "territory_id"))
    return Scope(
        whole=False,
        team=team,
        person_ids=frozenset(offices) | mine,
        losing=frozenset(talked) | {territory for kind, territory in told if kind == LOSING},
        gaining=frozenset(territory for kind, territory in told if kind == GAINING),
    )


def list_handoffs(user: User, offices: frozenset[str]) -> list[Handoff]:
    """Return the handoffs that someone sees, the latest first: of each plan, for most people, the latest round."""
    rows = _all()
    if user.can(May.REVIEW_PLANS):
        return list(rows)
    seen: dict[UUID, Handoff] = {}
    for row in rows.filter(released_at__isnull=False, state=State.DONE):
        if row.review_id not in seen and read_scope(user, row, offices).sees_anything:
            seen[row.review_id] = row
    return list(seen.values())


def access_handoff(
    user: User, pk: UUID | str, offices: frozenset[str], needs: May | None = None
) -> tuple[Handoff, Scope]:
    """Open a handoff for someone whom it concerns, with what they see of it.

    Raises
    ------
    Http404
        Where there is none, or nothing of it for them.
    """
    if needs is not None and not user.can(needs):
        raise Http404
    found = _all().filter(pk=pk).first()
    if found is None:
        raise Http404
    scope = read_scope(user, found, offices)
    if not scope.sees_anything:
        raise Http404
    return found, scope


def access_message(handoff: Handoff, scope: Scope, number: int) -> HandoffMessage:
    """Open a message of a handoff for someone whose it is.

    Raises
    ------
    Http404
        Where there is none, or it isn't for them, or not yet.
    """
    message = handoff.messages.select_related("excused_by").filter(number=number).first()
    if message is None or not scope.sees_message(message):
        raise Http404
    return message


def _all() -> QuerySet[Handoff]:
    return Handoff.objects.select_related("review", "run__book", "created_by", "released_by", "before")
