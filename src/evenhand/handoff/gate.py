"""The gate before the messages of a handoff: who loses accounts hears it from a person before anybody reads of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from evenhand.foundation.errors import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping


class Deed(StrEnum):
    """What is done at the gate."""

    RELEASE = "release"
    """The send plan is agreed; from now on messages go as their days come."""
    STOP = "stop"
    """Nothing more goes until it is released again."""
    LOG = "log conversation"
    TAKE_BACK = "take conversation back"
    OVERRIDE = "override"
    """A message goes before the conversations it waits for, with a reason."""
    SEND = "send"
    """A message goes; the workspace does it."""
    WITHDRAW = "withdraw"
    """A message is never sent."""


class Standing(StrEnum):
    """Where a message stands."""

    PLANNED = "planned"
    SENDING = "sending"
    """It is being given to the mail server; who finds it so after a crash can't know how that ended."""
    SENT = "sent"
    UNSURE = "may have been sent"
    """The worker or the line died while the mail server had it; a person decides, nothing sends it again."""
    FAILED = "failed"
    BOUNCED = "bounced"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "nothing new"
    """The same was sent already, in an earlier round of the handoff."""


GONE = frozenset({Standing.SENDING, Standing.SENT, Standing.UNSURE, Standing.BOUNCED})
"""It has, or may have, left the house."""

HOWS = ("in person", "call")
"""How a conversation is held."""


@dataclass(frozen=True)
class Message:
    """A message of the send plan.

    Attributes
    ----------
    waits_for
        Territories whose conversations come first.
    send_on
        Not before this day.
    """

    key: str
    kind: str
    territory_id: str
    send_on: dt.date
    waits_for: frozenset[str] = frozenset()
    standing: Standing = Standing.PLANNED


@dataclass(frozen=True)
class Gate:
    """A handoff as the gate sees it.

    Attributes
    ----------
    losing
        Who is talked to about each territory that loses accounts; seats without a rep aren't among them.
    talked
        Territories whose conversation is logged.
    overridden
        Messages that go before their conversations, for a reason that was given.
    names
        What territories are called.
    """

    messages: Mapping[str, Message]
    losing: Mapping[str, str]
    is_released: bool = False
    talked: frozenset[str] = frozenset()
    overridden: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    def holds(self, message: Message) -> tuple[str, ...]:
        """Return the territories whose conversations a message still waits for."""
        if message.key in self.overridden:
            return ()
        return tuple(sorted((message.waits_for & set(self.losing)) - self.talked))

    def name(self, territory_id: str) -> str:
        """Return what a territory is called, with the person who is talked to."""
        person, name = self.losing.get(territory_id, ""), self.names.get(territory_id) or territory_id
        return f"{person} ({name})" if person else name


@dataclass(frozen=True)
class Actor:
    """Whoever does it.

    Attributes
    ----------
    keeps
        Whether it is revenue operations.
    leads
        Whether it is a sales leader.
    team
        Territories that the person manages.
    """

    keeps: bool = False
    leads: bool = False
    team: frozenset[str] = frozenset()

    @property
    def decides(self) -> bool:
        """Whether the person may let a message go before its conversation."""
        return self.keeps or self.leads


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes
    ----------
    subject
        Key of a message, or a territory where it is a conversation.
    on
        Today.
    held_on, how
        Of a conversation.
    """

    on: dt.date
    subject: str = ""
    reason: str = ""
    held_on: dt.date | None = None
    how: str = ""


WORKSPACE = Actor()
"""Sends what may go."""


def find_refusal(gate: Gate, deed: Deed, actor: Actor, asked: Request, *, blank: bool = False) -> Refusal | None:
    """Return what is in the way of something at the gate; None where nothing is.

    Parameters
    ----------
    blank
        True for a form that isn't filled in: what it will say isn't looked at.
    """
    if deed is not Deed.SEND and not _MAY[deed](actor, asked):
        return Refusal("HO301", f"It isn't yours to {_SAYS[deed]}.", _WHO[deed])
    if deed in _OF_MESSAGE:
        message = gate.messages.get(asked.subject)
        if message is None:
            return Refusal("HO302", f"There is no message {asked.subject[:80]!r} in this handoff.", "Look again.")
        return _OF_MESSAGE[deed](gate, message, asked, blank)
    return _OF_HANDOFF[deed](gate, asked, blank)


def can_do(gate: Gate, deed: Deed, actor: Actor, asked: Request) -> bool:
    """Say whether something may be done at the gate."""
    return find_refusal(gate, deed, actor, asked) is None


def check_do(gate: Gate, deed: Deed, actor: Actor, asked: Request) -> None:
    """Refuse what may not be done at the gate.

    Raises
    ------
    Refusal
        In the words of the disabled button.
    """
    refusal = find_refusal(gate, deed, actor, asked)
    if refusal is not None:
        raise refusal


def act(gate: Gate, deed: Deed, actor: Actor, asked: Request) -> Gate:
    """Return the gate after something was done.

    Raises
    ------
    Refusal
        See `check_do`.
    """
    check_do(gate, deed, actor, asked)
    if deed in (Deed.RELEASE, Deed.STOP):
        return replace(gate, is_released=deed is Deed.RELEASE)
    if deed is Deed.LOG:
        return replace(gate, talked=gate.talked | {asked.subject})
    if deed is Deed.TAKE_BACK:
        return replace(gate, talked=gate.talked - {asked.subject})
    if deed is Deed.OVERRIDE:
        return replace(gate, overridden=gate.overridden | {asked.subject})
    standing = Standing.SENDING if deed is Deed.SEND else Standing.WITHDRAWN
    message = replace(gate.messages[asked.subject], standing=standing)
    return replace(gate, messages={**gate.messages, message.key: message})


def _refuse_release(gate: Gate, _: Request, __: bool) -> Refusal | None:
    if gate.is_released:
        return Refusal("HO303", "The messages are released already.", "They go as their days come.")
    if not gate.messages:
        return Refusal("HO303", "There is no message in this handoff.", "Prepare it first.")
    return None


def _refuse_stop(gate: Gate, _: Request, __: bool) -> Refusal | None:
    return None if gate.is_released else Refusal("HO303", "The messages aren't released.", "Nothing goes as it is.")


def _refuse_log(gate: Gate, asked: Request, blank: bool) -> Refusal | None:
    if asked.subject not in gate.losing:
        return Refusal("HO304", f"Nobody has to be talked to about {asked.subject[:80]!r}.", "Choose one of the list.")
    if asked.subject in gate.talked:
        return Refusal("HO304", f"The conversation with {gate.name(asked.subject)} is logged already.", "")
    if blank:
        return None
    if asked.held_on is None or asked.held_on > asked.on:
        return Refusal("HO305", "A conversation is logged once it was held.", "Give the day on which it was held.")
    if asked.how not in HOWS:
        return Refusal(
            "HO305", f"Say how it was held: {' or '.join(HOWS)}.", "What is taken away isn't told in writing."
        )
    return None


def _refuse_take_back(gate: Gate, asked: Request, _: bool) -> Refusal | None:
    if asked.subject not in gate.talked:
        return Refusal("HO304", f"No conversation about {asked.subject[:80]!r} is logged.", "")
    gone = [one for one in gate.messages.values() if asked.subject in one.waits_for and one.standing in GONE]
    if gone:
        return Refusal(
            "HO306",
            f"The conversation with {gate.name(asked.subject)} can't be taken back: what waited for it has gone.",
            "Say what was wrong in a comment on the plan.",
        )
    return None


def _refuse_override(gate: Gate, message: Message, asked: Request, blank: bool) -> Refusal | None:
    if message.standing is not Standing.PLANNED:
        return _refuse_standing(message)
    if not gate.holds(message):
        return Refusal("HO307", "This message waits for no conversation.", "It goes as its day comes.")
    if not blank and not asked.reason.strip():
        return Refusal("HO308", "Say why it can't wait for the conversation.", "The reason is kept and shown.")
    return None


def _refuse_send(gate: Gate, message: Message, asked: Request, _: bool) -> Refusal | None:
    if message.standing is not Standing.PLANNED:
        return _refuse_standing(message)
    if not gate.is_released:
        return Refusal("HO303", "The messages aren't released.", "Look at the send plan, then release it.")
    held = gate.holds(message)
    if held:
        first = ", ".join(gate.name(territory) for territory in held[:3])
        more = f" and {len(held) - 3} more" if len(held) > 3 else ""
        return Refusal(
            "HO307", f"Held until the conversation with {first}{more} is logged.", "Talk first, then log it here."
        )
    if asked.on < message.send_on:
        return Refusal("HO309", f"Its day is {message.send_on:%A} {message.send_on.day} {message.send_on:%B}.", "")
    return None


def _refuse_withdraw(_: Gate, message: Message, asked: Request, blank: bool) -> Refusal | None:
    if message.standing not in (Standing.PLANNED, Standing.FAILED):
        return _refuse_standing(message)
    if not blank and not asked.reason.strip():
        return Refusal("HO308", "Say why it isn't sent.", "The reason is kept and shown.")
    return None


def _refuse_standing(message: Message) -> Refusal:
    words = {
        Standing.SENDING: "is being sent",
        Standing.SENT: "is sent",
        Standing.UNSURE: "may have been sent",
        Standing.FAILED: "could not be sent",
        Standing.BOUNCED: "came back",
        Standing.WITHDRAWN: "was withdrawn",
        Standing.UNCHANGED: "says nothing that wasn't sent before",
    }
    return Refusal("HO310", f"The message {words.get(message.standing, 'is planned')} already.", "")


_MAY: Mapping[Deed, Callable[[Actor, Request], bool]] = {
    Deed.RELEASE: lambda actor, _: actor.keeps,
    Deed.STOP: lambda actor, _: actor.decides,
    Deed.LOG: lambda actor, asked: actor.decides or asked.subject in actor.team,
    Deed.TAKE_BACK: lambda actor, asked: actor.decides or asked.subject in actor.team,
    Deed.OVERRIDE: lambda actor, _: actor.decides,
    Deed.WITHDRAW: lambda actor, _: actor.keeps,
}
_SAYS = {
    Deed.RELEASE: "release the messages",
    Deed.STOP: "stop the messages",
    Deed.LOG: "log this conversation",
    Deed.TAKE_BACK: "take this conversation back",
    Deed.OVERRIDE: "let a message go before its conversation",
    Deed.WITHDRAW: "withdraw a message",
}
_WHO = {
    Deed.RELEASE: "Revenue operations does.",
    Deed.STOP: "Revenue operations or a sales leader does.",
    Deed.LOG: "The rep's manager does, or revenue operations.",
    Deed.TAKE_BACK: "The rep's manager does, or revenue operations.",
    Deed.OVERRIDE: "Revenue operations or a sales leader does, with a reason.",
    Deed.WITHDRAW: "Revenue operations does.",
}
_OF_HANDOFF: Mapping[Deed, Callable[[Gate, Request, bool], Refusal | None]] = {
    Deed.RELEASE: _refuse_release,
    Deed.STOP: _refuse_stop,
    Deed.LOG: _refuse_log,
    Deed.TAKE_BACK: _refuse_take_back,
}
_OF_MESSAGE: Mapping[Deed, Callable[[Gate, Message, Request, bool], Refusal | None]] = {
    Deed.OVERRIDE: _refuse_override,
    Deed.SEND: _refuse_send,
    Deed.WITHDRAW: _refuse_withdraw,
}
