"""A plan under review as a value: its stage, its flags, who confirmed, who approved, what reps said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from evenhand.review.states import Stage, Who

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


class FlagState(StrEnum):
    """What became of a flag."""

    OPEN = "open"
    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"
    DROPPED = "dropped"


class VoiceKind(StrEnum):
    """What a rep may say of a published plan."""

    QUESTION = "question"
    DISPUTE = "dispute"
    TRANSFER = "transfer request"


@dataclass(frozen=True)
class Flag:
    """What a manager knows of an account and the plan doesn't.

    Attributes
    ----------
    wants
        Edits as `evenhand.plan.edits.parse_edit` reads them, which honour it: ``lock:A000016``, and for a swap the
        move of the account that goes instead.
    is_honoured
        Whether the plan under review does what it wants.
    """

    flag_id: str
    account_id: str
    by: str
    wants: tuple[str, ...]
    reason: str
    words: str
    raised_on: dt.date
    evidence: str = ""
    state: FlagState = FlagState.OPEN
    is_honoured: bool = False
    answered_by: str = ""
    answer: str = ""
    answered_on: dt.date | None = None


@dataclass(frozen=True)
class Voice:
    """What a rep said, and the answer."""

    voice_id: str
    kind: VoiceKind
    by: str
    territory_id: str
    words: str
    raised_on: dt.date
    answer: str = ""
    answered_by: str = ""
    answered_on: dt.date | None = None


@dataclass(frozen=True)
class Approval:
    """An approval: whose it is, who gave it (the same, or their delegate), for which plan."""

    step: str
    by: str
    on: dt.date
    plan_hash: str


@dataclass(frozen=True)
class Confirmation:
    """A manager's part is confirmed, or somebody answered in their stead with a reason."""

    manager: str
    by: str
    on: dt.date
    plan_hash: str
    reason: str = ""


@dataclass(frozen=True)
class Terms:
    """What the policy in force says of the review.

    Attributes
    ----------
    dispute_until
        The last day for disputes; None before publication.
    """

    reasons: tuple[str, ...]
    silence_is_consent: bool = False
    flags_until: dt.date | None = None
    dispute_until: dt.date | None = None


@dataclass(frozen=True)
class Case:
    """A plan under review.

    Attributes
    ----------
    plan_hash
        Of all that is in the plan; what is published has the one that was approved.
    author, submitter
        Who asked for the plan, and who put it to the managers.
    unsigned
        Why the plan's policy doesn't count as signed before it; empty where it does.
    teams
        The territories that the plan touches, by the manager of their team.
    reps
        The touched territories of each rep.
    chain
        Who approves, in order.
    """

    terms: Terms
    stage: Stage = Stage.DRAFT
    plan_hash: str = ""
    author: str = ""
    submitter: str = ""
    unsigned: str = ""
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    approvals: tuple[Approval, ...] = ()
    approved_hash: str = ""
    voices: tuple[Voice, ...] = ()

    @property
    def next_approver(self) -> str:
        """Whose approval is next; empty where none is missing."""
        done = len(self.approvals)
        return self.chain[done] if done < len(self.chain) else ""

    @property
    def open_flags(self) -> tuple[Flag, ...]:
        """Flags without an answer."""
        return tuple(flag for flag in self.flags if flag.state is FlagState.OPEN)

    @property
    def unheard(self) -> tuple[str, ...]:
        """Managers of touched teams of whom there is no answer on this plan yet; a flag is one."""
        heard = {said.manager for said in self.confirmations if said.plan_hash == self.plan_hash}
        heard |= {flag.by for flag in self.flags if flag.state is not FlagState.DROPPED}
        return tuple(sorted(set(self.teams) - heard))

    def find_flag(self, flag_id: str) -> Flag | None:
        """Return the flag with that id."""
        return next((flag for flag in self.flags if flag.flag_id == flag_id), None)

    def find_voice(self, voice_id: str) -> Voice | None:
        """Return what was said under that id."""
        return next((voice for voice in self.voices if voice.voice_id == voice_id), None)

    def with_flag(self, flag: Flag) -> Case:
        """Return the case with a flag in place of that of the same id."""
        return replace(self, flags=tuple(flag if old.flag_id == flag.flag_id else old for old in self.flags))


@dataclass(frozen=True)
class Person:
    """Somebody, as a review sees them.

    Attributes
    ----------
    roles
        Of `Who`: the roles alone; the rest follows from what they did.
    stands_for
        Ids of those whose delegate they are today.
    """

    person_id: str
    roles: frozenset[Who] = frozenset()
    stands_for: frozenset[str] = frozenset()

    @property
    def offices(self) -> frozenset[str]:
        """Whose part they may play: their own, and that of those who delegated it to them."""
        return self.stands_for | {self.person_id}


@dataclass(frozen=True)
class Ask:
    """What is asked for, with all that an action may need.

    Attributes
    ----------
    on
        Today.
    plan_hash
        Of the plan that the person looked at; of the new one where the plan is revised; of the files where it is
        published.
    subject
        Id of the flag, the voice, or the manager it is about.
    flag, voice
        What is raised.
    territory_id
        Of the account that is flagged, before or after the move.
    terms
        The deadlines that begin with the action, where it begins any.
    """

    on: dt.date
    reason: str = ""
    plan_hash: str = ""
    subject: str = ""
    flag: Flag | None = None
    voice: Voice | None = None
    territory_ids: frozenset[str] = frozenset()
    honoured: frozenset[str] = frozenset()
    plan: Submission | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Submission:
    """A plan as it is put to the managers."""

    plan_hash: str
    author: str
    unsigned: str
    teams: Mapping[str, frozenset[str]]
    reps: Mapping[str, frozenset[str]]
    chain: tuple[str, ...]
