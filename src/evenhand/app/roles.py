"""Who may do what in the workspace: roles as data, each with what it may do and whose territories it sees."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """What a person is in the workspace."""

    REVOPS = "revops"
    LEADER = "leader"
    MANAGER = "manager"
    REP = "rep"
    VIEWER = "viewer"


class May(StrEnum):
    """Something that not everyone may do."""

    READ_BOOKS = "read_books"
    MAKE_BOOKS = "make_books"
    READ_PLANS = "read_plans"
    MAKE_PLANS = "make_plans"
    SHARE_PLANS = "share_plans"
    KEEP_PEOPLE = "keep_people"
    READ_AUDIT = "read_audit"
    USE_API = "use_api"
    KEEP_POLICY = "keep_policy"
    SIGN_POLICY = "sign_policy"
    """See versions of the policy before they are published; who signs is said by the titles."""
    REVIEW_PLANS = "review_plans"
    """Put plans to the managers, and see every review."""
    DELEGATE = "delegate"
    HAND_OVER = "hand_over"
    """Prepare the handoff of a published plan, release its messages, and keep the letters' templates."""


class Sees(StrEnum):
    """Whose territories a person sees."""

    ALL = "all"
    TEAM = "team"
    """Those that the reps who report to this person cover, directly or through others, and their own."""
    OWN = "own"


@dataclass(frozen=True)
class RoleEntry:
    """A role: what it may do, and whose territories it sees.

    Attributes
    ----------
    sees_drafts
        Whether plans are seen before they are shared.
    """

    title: str
    text: str
    sees: Sees
    may: frozenset[May]
    sees_drafts: bool = False


_READS = frozenset({May.READ_BOOKS, May.READ_PLANS, May.USE_API})

ROLES: Mapping[Role, RoleEntry] = MappingProxyType(
    {
        Role.REVOPS: RoleEntry(
            "Revenue operations",
            "Brings in books, builds and shares plans, invites people.",
            Sees.ALL,
            frozenset(May),
            sees_drafts=True,
        ),
        Role.LEADER: RoleEntry(
            "Sales leader",
            "Sees everything, builds plans to compare, and shares them.",
            Sees.ALL,
            _READS
            | {
                May.MAKE_PLANS,
                May.SHARE_PLANS,
                May.READ_AUDIT,
                May.SIGN_POLICY,
                May.REVIEW_PLANS,
                May.DELEGATE,
            },
            sees_drafts=True,
        ),
        Role.MANAGER: RoleEntry(
            "Manager", "Sees the team's territories, and the team's part of shared plans.", Sees.TEAM, _READS
        ),
        Role.REP: RoleEntry("Rep", "Sees the own territory.", Sees.OWN, frozenset({May.READ_BOOKS, May.USE_API})),
        Role.VIEWER: RoleEntry("Viewer", "Sees everything that is shared, and changes nothing.", Sees.ALL, _READS),
    }
)
"""Every role, in the order in which they are offered."""


def can_do(role: str, what: May) -> bool:
    """Say whether a role may do something."""
    return what in ROLES[Role(role)].may
