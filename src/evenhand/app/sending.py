"""What a handoff sends to whom, and what follows from the mail server's answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from evenhand.foundation.hashing import hash_values
from evenhand.handoff.gate import Standing
from evenhand.handoff.letters import GAINING, LOSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evenhand.app.ports import LetterPress
    from evenhand.handoff.handoff import Handoff
    from evenhand.handoff.letters import Letter
    from evenhand.policy import Policy

    WriteAppointments = Callable[[pl.DataFrame, bytes | None], bytes]
    """Makes a calendar of tasks that follows up an earlier one."""

_LONGEST_WAIT = dt.timedelta(hours=12)


class Answer(StrEnum):
    """What became of a mail that was given to a mail server."""

    TAKEN = "taken"
    LATER = "later"
    """It can't be taken now: nobody answered, or the server said so (4xx)."""
    NEVER = "never"
    """It will never be taken as it is (5xx)."""
    UNSURE = "unsure"
    """The line broke while the server had it: it may or may not have been taken."""


@dataclass(frozen=True)
class Post:
    """A mail as it is given to a mail server; `calendar` is an invitation that goes with it."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    calendar: bytes = b""


class Postman(Protocol):
    """Gives mails to a mail server."""

    def give(self, post: Post) -> tuple[Answer, str]:
        """Give it one mail; returns what became of it, and the server's words."""


@dataclass(frozen=True)
class Planned:
    """A message of the send plan, with what it says.

    Attributes
    ----------
    key
        Kind, recipient and territory: the same in every round of a handoff.
    waits_for
        Territories whose conversations come first.
    digest
        Of what it says and of its appointments.
    """

    key: str
    number: int
    kind: str
    to_id: str
    email: str
    territory_id: str
    name: str
    send_on: dt.date
    waits_for: tuple[str, ...]
    subject: str
    text: str
    html: str
    calendar: bytes
    digest: str


def name_key(kind: str, to_id: str, territory_id: str) -> str:
    """Return what a message is called in every round."""
    return f"{kind}/{to_id}/{territory_id}"


def plan_messages(
    handoff: Handoff,
    letters: Sequence[Letter],
    press: LetterPress,
    write_appointments: WriteAppointments,
    sent_before: Mapping[str, bytes],
    name_file: Callable[[str], str],
) -> tuple[Planned, ...]:
    """Make the mail of every letter, in the order of sending, each with the appointments that concern its reader.

    Parameters
    ----------
    sent_before
        By key, the calendar that went with the message in an earlier round: the new one follows it up.

    Notes
    -----
    A letter to a rep who loses accounts goes after the conversation that it is about; one to a rep who gains some
    after all the conversations of those whose accounts come, and after the rep's own, if there is one.
    """
    talks = handoff.tasks.filter(pl.col("kind") == "losing conversation")
    seat_of_task = dict(talks.select("task_id", "territory_id").iter_rows())
    own: dict[str, set[str]] = {}
    for rep, territory in talks.drop_nulls("with_id").select("with_id", "territory_id").iter_rows():
        own.setdefault(rep, set()).add(territory)
    planned = []
    for letter in letters:
        key = name_key(letter.kind, letter.to_id, letter.territory_id)
        waits: set[str] = set()
        if letter.kind == LOSING:
            waits = {letter.territory_id}
        elif letter.kind == GAINING:
            waits = {seat_of_task[task] for task in letter.waits_for if task in seat_of_task}
            waits |= own.get(letter.to_id, set())
        mail = press.mail(letter.kind, letter.facts)
        calendar = write_appointments(_tasks_of(handoff, letter), sent_before.get(key))
        digest = hash_values([mail.subject, mail.text, calendar.decode()])
        planned.append(
            Planned(
                key, letter.number, letter.kind, letter.to_id, letter.email, letter.territory_id,
                name_file(letter.name), letter.send_on, tuple(sorted(waits)), mail.subject, mail.text, mail.html,
                calendar, digest,
            )
        )  # fmt: skip
    return tuple(planned)


def plan_farewell(number: int, before: Mapping[str, Any], send_on: dt.date, calendar: bytes, place: str) -> Planned:
    """Tell somebody who was told of a change that isn't to be: the appointments are cancelled.

    Parameters
    ----------
    before
        The message that was sent: key, kind, to_id, email, territory_id.
    """
    subject = (
        f"What we wrote about {place} no longer holds" if place else "What we wrote of the handoff no longer holds"
    )
    text = (
        f"{subject}.\n\nThe handoff was prepared anew, and nothing of it concerns you now. The appointments that came "
        "with the earlier message are cancelled; the file that comes with this one takes them out of your calendar.\n"
    )
    html = "".join(f"<p>{part}</p>" for part in _escape(text).strip().split("\n\n"))
    return Planned(
        before["key"], number, before["kind"], before["to_id"], before["email"], before["territory_id"], "", send_on,
        (), subject, text, f"<!doctype html><html><body>{html}</body></html>", calendar,
        hash_values([subject, text, calendar.decode()]),
    )  # fmt: skip


def settle(answer: Answer, n_tries: int, policy: Policy) -> tuple[Standing, dt.timedelta | None]:
    """Return where a message stands after an answer, and after how long it is tried again.

    Parameters
    ----------
    n_tries
        With this one.

    References
    ----------
    Policy entries ``sending.retry_minutes``, ``sending.most_tries``.
    """
    if answer is Answer.TAKEN:
        return Standing.SENT, None
    if answer is Answer.UNSURE:
        return Standing.UNSURE, None
    if answer is Answer.NEVER or n_tries >= policy.sending.most_tries:
        return Standing.FAILED, None
    wait = dt.timedelta(minutes=policy.sending.retry_minutes) * 2 ** (min(n_tries, 20) - 1)
    return Standing.PLANNED, min(wait, _LONGEST_WAIT)


def _tasks_of(handoff: Handoff, letter: Letter) -> pl.DataFrame:
    person = (pl.col("owner_id") == letter.to_id) | (pl.col("with_id") == letter.to_id)
    mine = handoff.tasks.filter(person.fill_null(value=False))
    if letter.kind not in (LOSING, GAINING):
        return mine.filter(pl.col("kind").is_in(["losing conversation", "gaining message", "follow-up"]))
    side = "from_territory_id" if letter.kind == LOSING else "to_territory_id"
    accounts = handoff.moves.filter(pl.col(side) == letter.territory_id)["account_id"]
    # The conversation was held before the letter goes, and the message is the letter.
    kinds = ["introduction", "deadline reminder"] + (["follow-up"] if letter.kind == GAINING else [])
    about = pl.col("account_id").is_in(accounts.implode()) | (pl.col("territory_id") == letter.territory_id)
    return mine.filter(about.fill_null(value=False), pl.col("kind").is_in(kinds))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
