"""What the API takes and gives of reviews, the policy's signatures, delegations and notices."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

_RUN = "9b2f6d0e-3f0c-4a55-9a0e-0a3c5d1f7e21"
Words = Annotated[str, Field(max_length=4000)]
Name = Annotated[str, Field(max_length=200)]
ActionWord = Literal[
    "flag",
    "drop flag",
    "accept flag",
    "override flag",
    "confirm",
    "stand in",
    "send back",
    "approve",
    "reopen",
    "publish",
    "ask",
    "dispute",
    "ask transfer",
    "answer",
    "close",
    "withdraw",
]
"""Every action but those that are done with a plan, which have operations of their own."""


def _asked(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})


class ReviewIn(Schema):
    """The plan that is put to the managers."""

    model_config = _asked({"plan_run_id": _RUN})

    plan_run_id: UUID


class ActionIn(Schema):
    """What to do to a plan under review; which fields count depends on the action."""

    model_config = _asked({"action": "confirm", "plan_hash": "3f0c", "reason": "My team takes it."})

    action: ActionWord
    reason: Words = Field("", description="Why; of a flag or a rep's words: what is said.")
    subject: Name = Field("", description="Id of the flag or voice, or the manager, it is about.")
    plan_hash: str = Field("", max_length=64, description="Of the plan as it was looked at.")
    account_id: Name = Field("", description="Of a flag: the account.")
    to_territory_id: Name = Field("", description="Of a flag: where it should go; empty for where it is today.")
    instead_account_id: Name = Field("", description="Of a swap: the account that goes instead.")
    instead_to_territory_id: Name = Field("", description="Of a swap: where that one goes.")
    flag_reason: Name = Field("", description="Of a flag: one of the policy's reasons.")
    evidence: Words = Field("", description="Of a flag: links or ids of records that show it.")
    territory_id: Name = Field("", description="Of a rep's words: the territory they are about.")


class ReviewOutline(Schema):
    """A plan under review."""

    id: UUID
    plan_run_id: UUID
    title: str
    stage: Literal["draft", "in review", "approved", "published", "closed", "withdrawn"]
    plan_hash: str
    flags_until: dt.date | None
    dispute_until: dt.date | None


class Reviews(Schema):
    """A page of reviews."""

    items: list[ReviewOutline]
    count: int


class SeatOut(Schema):
    """A seat before and after, with its quota line by line."""

    territory_id: str
    name: str
    n_leaving: int
    n_arriving: int
    measures: list[dict[str, str]]
    quota: list[dict[str, str]]


class FlagOut(Schema):
    """A flag; its price for those who decide, for others whether it can be honoured."""

    id: UUID
    account_id: str
    wants: list[str]
    reason: str
    words: str
    evidence: str
    raised_by: str
    raised_on: dt.date
    state: Literal["open", "accepted", "overridden", "dropped"]
    is_honoured: bool
    answer: str
    answered_by: str
    price: dict[str, Any] | None


class VoiceOut(Schema):
    """What a rep said, and the answer."""

    id: UUID
    kind: Literal["question", "dispute", "transfer request"]
    territory_id: str
    words: str
    said_by: str
    raised_on: dt.date
    answer: str
    answered_by: str
    answered_on: dt.date | None


class StepOut(Schema):
    """A step of the approval: whose it is, and whether it was given."""

    approver: str
    given_by: str
    given_on: dt.date | None


class ExceptionOut(Schema):
    """The exception to the signed policy that a plan was made under."""

    policy_id: UUID
    reason: str
    changes: list[dict[str, Any]]
    signatures: list[dict[str, Any]]


class ReviewOut(ReviewOutline):
    """A plan under review as far as it concerns the person, and what they may do."""

    may: dict[str, str | None] = Field(description="Every action; null where it may be done now, else why not.")
    seats: list[SeatOut]
    losing: list[dict[str, Any]] = Field(description="Accounts that leave the person's territories.")
    gaining: list[dict[str, Any]]
    flags: list[FlagOut]
    voices: list[VoiceOut]
    approvals: list[StepOut]
    flag_reasons: list[str]
    unheard: list[str] = Field(description="Managers who haven't answered; for those who decide.")
    bundle: dict[str, Any]
    exception: ExceptionOut | None


class PolicyIn(Schema):
    """What is put to the signers: the firm's policy, or a plan's as an exception."""

    model_config = _asked({"exception_of_plan_run_id": _RUN, "reason": "Two seats are vacant until spring."})

    exception_of_plan_run_id: UUID | None = Field(None, description="Null for the firm's own policy.")
    reason: Annotated[str, Field(max_length=2000, description="Why the exception.")] = ""


class SignIn(Schema):
    """The title that is signed for."""

    model_config = _asked({"title": "VP Sales"})

    title: Annotated[str, Field(max_length=100)]


class SignatureOut(Schema):
    """A signature, or the place for one."""

    title: str
    holder: str
    signed_by: str
    signed_at: dt.datetime | None
    refusal: str | None = Field(description="Why you can't sign there; null where you can.")


class PolicyOutline(Schema):
    """A version of the policy."""

    id: UUID
    name: str
    policy_hash: str
    exception_to: UUID | None
    reason: str
    changes: list[dict[str, Any]]
    missing_signatures: list[str]
    signed_at: dt.datetime | None
    published_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class PolicyOut(PolicyOutline):
    """A version of the policy with its rules and signatures."""

    text: str = Field(description="The rules as TOML.")
    signatures: list[SignatureOut]


class Policies(Schema):
    """Versions of the policy, the latest first."""

    items: list[PolicyOutline]
    count: int


class TitleIn(Schema):
    """Who holds a title."""

    model_config = _asked({"title": "CRO", "person_id": _RUN})

    title: Annotated[str, Field(min_length=1, max_length=100)]
    person_id: UUID | None = Field(None, description="Null for nobody.")


class DelegationIn(Schema):
    """Who stands in, and when, both days included."""

    model_config = _asked({"to": _RUN, "starts_on": "2026-12-21", "ends_on": "2027-01-04"})

    to: UUID
    starts_on: dt.date
    ends_on: dt.date


class DelegationOut(Schema):
    """Somebody's signatures and approvals are given by another for a time."""

    id: UUID
    of: str
    to: str
    starts_on: dt.date
    ends_on: dt.date


class DelegateOut(Schema):
    """Somebody who may stand in."""

    id: UUID
    name: str
    email: str


class Delegations(Schema):
    """One's own delegations, and those to one; and who may stand in."""

    items: list[DelegationOut]
    count: int
    may_stand_in: list[DelegateOut]


class NoticeOut(Schema):
    """Something that someone should know."""

    words: str
    path: str
    is_urgent: bool
    created_at: dt.datetime
    read_at: dt.datetime | None


class Notices(Schema):
    """A page of notices, the latest first."""

    items: list[NoticeOut]
    count: int
    n_unread: int


class TrailOut(Schema):
    """Whether the chain of the audit trail holds."""

    holds: bool
    first_broken: dict[str, Any] | None
    n_events: int
    last: dict[str, Any] | None
