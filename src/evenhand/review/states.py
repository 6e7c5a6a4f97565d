"""The states of a plan under review as data: which action leads from where to where, who may, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stage(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    APPROVED = "approved"
    PUBLISHED = "published"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Who(StrEnum):
    """What someone is to a review: by role, or by what they did or have to do in it."""

    REVOPS = "revenue operations"
    LEADER = "a sales leader"
    MANAGER = "a manager of a touched team"
    REP = "a rep of a touched territory"
    SUBMITTER = "whoever put the plan to the managers"
    APPROVER = "the leader whose approval is next"
    FLAGGER = "whoever raised the flag"
    SPEAKER = "whoever asked"


class Action(StrEnum):
    """What can be done to a plan under review."""

    SUBMIT = "submit"
    FLAG = "flag"
    DROP_FLAG = "drop flag"
    ACCEPT = "accept flag"
    OVERRIDE = "override flag"
    REVISE = "revise"
    CONFIRM = "confirm"
    STAND_IN = "stand in"
    SEND_BACK = "send back"
    APPROVE = "approve"
    REOPEN = "reopen"
    PUBLISH = "publish"
    ASK = "ask"
    DISPUTE = "dispute"
    ASK_TRANSFER = "ask transfer"
    ANSWER = "answer"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class Need(StrEnum):
    """What has to hold before an action, whoever does it."""

    REASON = "a reason is given"
    POLICY_SIGNED = "the policy was signed before the plan was made"
    HAS_APPROVER = "somebody other than the author can approve it"
    SAME_PLAN = "the plan is the one that was looked at"
    FLAGS_OPEN = "the time for flags isn't over"
    KNOWN_REASON = "the reason is one that the policy lists"
    OWN_TEAM = "it is about the person's own team"
    FLAG_UNANSWERED = "the flag has no answer yet"
    FLAG_HONOURABLE = "no accepted flag wants the contrary"
    NOT_OWN_FLAG = "nobody answers their own flag"
    FLAGS_ANSWERED = "every flag has an answer"
    FLAGS_HONOURED = "every accepted flag is honoured by the plan"
    MANAGERS_HEARD = "every manager of a touched team has answered, or somebody has for them"
    SILENT = "the manager hasn't answered in time"
    NOT_OWN_REQUEST = "nobody approves their own request"
    FROZEN = "what is published is what was approved"
    DISPUTES_OPEN = "the time for disputes isn't over"
    DISPUTES_OVER = "the time for disputes is over"
    VOICES_ANSWERED = "every dispute has an answer"
    VOICE_UNANSWERED = "it has no answer yet"
    NOT_OWN_VOICE = "nobody answers their own dispute"


@dataclass(frozen=True)
class Rule:
    """An action: from which stages, to which, who may, what has to hold, who is told.

    Attributes
    ----------
    to
        None where the stage stays as it is; for an approval, the stage after the last one.
    does
        For the page and the audit trail: "puts the plan to the managers".
    """

    stages: tuple[Stage, ...]
    to: Stage | None
    who: tuple[Who, ...]
    does: str
    needs: tuple[Need, ...] = ()
    tells: tuple[Who, ...] = ()


_REVIEWED = (Stage.IN_REVIEW,)
_TOLD = (Stage.PUBLISHED,)
_MAKERS = (Who.REVOPS, Who.LEADER)

RULES: Mapping[Action, Rule] = MappingProxyType(
    {
        Action.SUBMIT: Rule(
            (Stage.DRAFT,), Stage.IN_REVIEW, _MAKERS, "puts the plan to the managers",
            (Need.POLICY_SIGNED, Need.HAS_APPROVER, Need.FLAGS_HONOURED), (Who.MANAGER, Who.APPROVER),
        ),
        Action.FLAG: Rule(
            _REVIEWED, None, (Who.MANAGER,), "flags an account that should not move so",
            (Need.OWN_TEAM, Need.FLAGS_OPEN, Need.KNOWN_REASON, Need.REASON), (Who.REVOPS,),
        ),
        Action.DROP_FLAG: Rule(
            _REVIEWED, None, (Who.FLAGGER,), "takes the flag back", (Need.FLAG_UNANSWERED,), (Who.REVOPS,)
        ),
        Action.ACCEPT: Rule(
            _REVIEWED, None, (Who.REVOPS,), "accepts the flag: the next plan honours it",
            (Need.FLAG_UNANSWERED, Need.NOT_OWN_FLAG, Need.FLAG_HONOURABLE, Need.REASON), (Who.FLAGGER,),
        ),
        Action.OVERRIDE: Rule(
            _REVIEWED, None, (Who.REVOPS,), "overrides the flag",
            (Need.FLAG_UNANSWERED, Need.NOT_OWN_FLAG, Need.REASON), (Who.FLAGGER,),
        ),
        Action.REVISE: Rule(
            _REVIEWED, None, (Who.REVOPS,), "puts another plan in its place",
            (Need.POLICY_SIGNED, Need.HAS_APPROVER, Need.FLAGS_HONOURED), (Who.MANAGER,),
        ),
        Action.CONFIRM: Rule(
            _REVIEWED, None, (Who.MANAGER,), "confirms the team's part", (Need.SAME_PLAN,), (Who.REVOPS,)
        ),
        Action.STAND_IN: Rule(
            _REVIEWED, None, (Who.LEADER, Who.APPROVER), "answers for a manager who didn't in time",
            (Need.SILENT, Need.REASON), (Who.REVOPS, Who.MANAGER),
        ),
        Action.SEND_BACK: Rule(
            _REVIEWED, Stage.DRAFT, (Who.REVOPS, Who.APPROVER), "sends the plan back", (Need.REASON,),
            (Who.SUBMITTER, Who.MANAGER),
        ),
        Action.APPROVE: Rule(
            _REVIEWED, Stage.APPROVED, (Who.APPROVER,), "approves the plan",
            (Need.NOT_OWN_REQUEST, Need.SAME_PLAN, Need.FLAGS_ANSWERED, Need.FLAGS_HONOURED, Need.MANAGERS_HEARD),
            (Who.SUBMITTER, Who.APPROVER),
        ),
        Action.REOPEN: Rule(
            (Stage.APPROVED,), Stage.IN_REVIEW, (Who.REVOPS, Who.LEADER), "opens the review again; approvals lapse",
            (Need.REASON,), (Who.MANAGER, Who.APPROVER),
        ),
        Action.PUBLISH: Rule(
            (Stage.APPROVED,), Stage.PUBLISHED, _MAKERS, "publishes what was approved", (Need.FROZEN,),
            (Who.MANAGER, Who.REP),
        ),
        Action.ASK: Rule(_TOLD, None, (Who.REP,), "asks a question", (Need.REASON,), (Who.MANAGER, Who.REVOPS)),
        Action.DISPUTE: Rule(
            _TOLD, None, (Who.REP,), "disputes a change", (Need.DISPUTES_OPEN, Need.REASON),
            (Who.MANAGER, Who.REVOPS),
        ),
        Action.ASK_TRANSFER: Rule(
            _TOLD, None, (Who.REP,), "asks for another territory", (Need.REASON,), (Who.MANAGER, Who.REVOPS)
        ),
        Action.ANSWER: Rule(
            _TOLD, None, (Who.REVOPS, Who.MANAGER), "answers a rep",
            (Need.OWN_TEAM, Need.VOICE_UNANSWERED, Need.NOT_OWN_VOICE, Need.REASON), (Who.SPEAKER,),
        ),
        Action.CLOSE: Rule(
            _TOLD, Stage.CLOSED, (Who.REVOPS,), "closes the review", (Need.DISPUTES_OVER, Need.VOICES_ANSWERED)
        ),
        Action.WITHDRAW: Rule(
            (Stage.DRAFT, Stage.IN_REVIEW, Stage.APPROVED), Stage.WITHDRAWN, (Who.REVOPS, Who.SUBMITTER),
            "withdraws the plan", (Need.REASON,), (Who.MANAGER, Who.APPROVER),
        ),
    }
)  # fmt: skip
"""Every action, in the order of a review."""
