"""The quarterly review: its states and who may do what, as data; its dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.foundation.errors import Refusal
from evenhand.plan.quotas.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.policy import Policy

_MONTHS_A_QUARTER = 3


class Stage(StrEnum):
    """Where a review stands."""

    PLANNED = "planned"
    """Its date is set; there is no book for it yet."""
    PREPARED = "prepared"
    """There is a book with its diagnosis, and the agenda."""
    PLANNING = "planning"
    """Decided that something has to move; the plan is made, reviewed and handed over."""
    CLOSED = "closed"
    """Decided, and carried through where something had to be."""


class Step(StrEnum):
    """What can be done to a review."""

    PREPARE = "prepare"
    POSTPONE = "postpone"
    DECIDE_NO_CHANGE = "no change"
    DECIDE_PLAN = "plan"
    NAME_PLAN = "name the plan"
    CLOSE = "close"


@dataclass(frozen=True)
class Rule:
    """From which stages, to which, and what has to be said.

    Attributes
    ----------
    to
        None where the stage stays.
    needs_reason
        Whether words have to be given.
    """

    stages: tuple[Stage, ...]
    to: Stage | None
    does: str
    needs_reason: bool = False


RULES: Mapping[Step, Rule] = MappingProxyType(
    {
        Step.PREPARE: Rule((Stage.PLANNED, Stage.PREPARED), Stage.PREPARED, "takes a book for the review"),
        Step.POSTPONE: Rule((Stage.PLANNED, Stage.PREPARED), None, "sets another date", needs_reason=True),
        Step.DECIDE_NO_CHANGE: Rule((Stage.PREPARED,), Stage.CLOSED, "decides that nothing changes", needs_reason=True),
        Step.DECIDE_PLAN: Rule((Stage.PREPARED,), Stage.PLANNING, "decides to plan", needs_reason=True),
        Step.NAME_PLAN: Rule((Stage.PLANNING,), None, "names the plan that came of it"),
        Step.CLOSE: Rule((Stage.PLANNING,), Stage.CLOSED, "closes the review", needs_reason=True),
    }
)
"""Every step; who may take one is said by the role: revenue operations and sales leaders."""


def check_step(stage: Stage, step: Step, reason: str = "") -> Stage:
    """Return the stage that a step leads to.

    Raises
    ------
    Refusal
        If it can't be taken from there, or words are missing.
    """
    rule = RULES[step]
    if stage not in rule.stages:
        raise Refusal(
            "ME201",
            f"A review that is {stage} can't be taken on: {rule.does}.",
            f"That is for one that is {' or '.join(rule.stages)}.",
        )
    if rule.needs_reason and not reason.strip():
        raise Refusal("ME202", "The reason is missing.", "Say it in a sentence: it stands in the story of the year.")
    return rule.to or stage


def can_take(stage: Stage, step: Step) -> bool:
    """Say whether a step can be taken from a stage, given what it needs."""
    return stage in RULES[step].stages


def check_date(today: dt.date, due_on: dt.date) -> None:
    """Refuse a date for a review that has passed, or is so far off that nobody would come.

    Raises
    ------
    Refusal
        If it isn't within the coming two years.
    """
    if not today <= due_on <= add_months(today, 24):
        raise Refusal("ME203", f"{due_on} is no day for a review.", "Choose one from today on, within two years.")


def find_next(due_on: dt.date, policy: Policy) -> dt.date:
    """Return the day of the review after one: so many months later, for a weekend the Monday after.

    References
    ----------
    Policy entry ``cadence.review_months``.
    """
    day = add_months(due_on, policy.cadence.review_months)
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() > _LAST_WORKDAY else day


_LAST_WORKDAY = 4


def list_year(due_on: dt.date, policy: Policy, n_months: int = 12) -> tuple[dt.date, ...]:
    """Return the days of the reviews of the coming year, the given one first."""
    days, until = [due_on], add_months(due_on, n_months)
    while (following := find_next(days[-1], policy)) < until:
        days.append(following)
    return tuple(days)


def name_cycle(due_on: dt.date) -> str:
    """Name a review by its quarter: 2026 Q4."""
    return f"{due_on.year} Q{(due_on.month - 1) // _MONTHS_A_QUARTER + 1}"


def counts_for(book_on: dt.date, due_on: dt.date, policy: Policy) -> bool:
    """Say whether a book is fresh enough for a review: from the days before it, or later.

    References
    ----------
    Policy entry ``cadence.book_days``.
    """
    return book_on >= due_on - dt.timedelta(days=policy.cadence.book_days)


def is_sync_due(today: dt.date, due_on: dt.date, policy: Policy) -> bool:
    """Say whether the source of a review is to be brought in now.

    References
    ----------
    Policy entry ``cadence.sync_days``.
    """
    return due_on - dt.timedelta(days=policy.cadence.sync_days) <= today


def find_reminder(today: dt.date, due_on: dt.date, reminded_on: dt.date | None, policy: Policy) -> int | None:
    """Return of which reminder it is time: so many days before; None where it has been sent, or none is due.

    Notes
    -----
    A worker that was off on the day reminds on the next one: what counts is the latest reminder that should have gone.

    References
    ----------
    Policy entry ``cadence.reminder_days``.
    """
    passed = [days for days in policy.cadence.reminder_days if due_on - dt.timedelta(days=days) <= today]
    if not passed or today > due_on:
        return None
    latest = min(passed)
    return latest if reminded_on is None or reminded_on < due_on - dt.timedelta(days=latest) else None
