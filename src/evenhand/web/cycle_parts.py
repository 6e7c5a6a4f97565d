"""What pages and the API show of reviews: the story of a year, a review's documents, the calendar."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from icalendar import Calendar, Event

from evenhand.adapters.report.page import take_part
from evenhand.adapters.store.cycles import OPEN, take
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError, Refusal
from evenhand.measure.cycle import Stage, Step, check_step, list_year
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today
from evenhand.wiring.container import connect_outside
from evenhand.wiring.cycling import prepare_agenda
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evenhand.adapters.store.models import Cycle, PlanRun, User
    from evenhand.policy import Policy

FILES = {
    "outcome.json": "application/json",
    "summary.pdf": "application/pdf",
    "report.html": "text/html",
    "proposal.toml": "application/toml",
}
TABLES = (
    "accounts", "grades", "team", "distributions", "balance", "quotas", "effects", "waits", "kept", "deals",
    "follow_ups",
)  # fmt: skip
"""What an outcome's folder holds as CSV."""


@dataclass(frozen=True)
class Day:
    """A day of the calendar: a review that is planned or held, or one that follows by the policy."""

    on: dt.date
    name: str
    is_sure: bool


def list_days_ahead(cycles: Sequence[Cycle], policy: Policy, today: dt.date) -> list[Day]:
    """Return the reviews of the coming twelve months: the one that is set, and those that follow from it."""
    planned = sorted((cycle for cycle in cycles if cycle.stage in OPEN), key=lambda cycle: cycle.due_on)
    if not planned:
        return []
    sure = {cycle.due_on for cycle in planned}
    following = list_year(planned[-1].due_on, policy)
    days = sorted({*sure, *(day for day in following if day >= today)})
    return [Day(day, f"Review of {day:%B %Y}", day in sure) for day in days]


def write_calendar(days: Sequence[Day], made_on: dt.date, url: str) -> bytes:
    """Write the reviews of the year as a calendar (RFC 5545); what only follows from the policy is tentative."""
    calendar = Calendar()
    calendar.add("prodid", "-//Evenhand//Reviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for day in days:
        event = Event()
        event.add("uid", f"{hashlib.sha256(f'review {day.on}'.encode()).hexdigest()[:32]}@evenhand")
        event.add("dtstamp", dt.datetime.combine(made_on, dt.time(), dt.UTC))
        event.add("dtstart", day.on)
        event.add("dtend", day.on + dt.timedelta(days=1))
        event.add("summary", f"Territory review {day.name.removeprefix('Review of ')}")
        event.add("status", "CONFIRMED" if day.is_sure else "TENTATIVE")
        event.add("transp", "TRANSPARENT")
        event.add("url", url)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def print_agenda(cycle: Cycle, policy: Policy, form: str) -> bytes:
    """Return the agenda of a review as a page ("html") or a PDF ("pdf")."""
    currency = cycle.book.currency if cycle.book else "USD"
    press = connect_outside().open_press(currency or "USD", policy.handoff.locale, {})
    facts = cycle.agenda | {"day": f"{cycle.due_on:%A %d %B %Y}"}
    return press.html("agenda", facts) if form == "html" else press.pdf("agenda", facts)


def folder_of(cycle: Cycle) -> Path | None:
    """Return the folder of a review's outcome; None where it has none."""
    folder = open_shelf().root / "outcomes" / cycle.folder
    return folder if cycle.folder and folder.is_dir() else None


def read_report(cycle: Cycle) -> str | None:
    """Return the page of an outcome as a part of a page of the workspace; None where there is none yet."""
    folder = folder_of(cycle)
    return None if folder is None else take_part((folder / "report.html").read_text("utf-8"))


def tell_cycle(cycle: Cycle, user: User) -> dict[str, Any]:
    """Return a review as plain values: for who decides all of it, for others its day."""
    told: dict[str, Any] = {"name": cycle.name, "due_on": cycle.due_on, "is_held": cycle.stage not in OPEN}
    if not user.can(May.REVIEW_PLANS):
        return told
    return told | {
        "id": cycle.pk,
        "stage": cycle.stage,
        "book_id": cycle.book_id,
        "agenda": cycle.agenda,
        "decision": cycle.decision,
        "reason": cycle.reason,
        "decided_by": str(cycle.decided_by) if cycle.decided_by else None,
        "decided_on": cycle.decided_on,
        "closed_on": cycle.closed_on,
        "closing": cycle.closing,
        "plan_run_id": cycle.run_id,
        "outcome": cycle.outcome,
        "version": cycle.version,
    }


def read_day(text: str, field: str) -> dt.date:
    """Read a date of a form.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError({field: f"{text!r} is not a date like 2026-10-01"}) from None


def take_step(
    row: Cycle,
    user: User,
    word: str,
    *,
    reason: str = "",
    due_on: dt.date | None = None,
    next_on: dt.date | None = None,
    run: PlanRun | None = None,
) -> Cycle:
    """Take a step of a review by its word: of those of `Step`.

    Raises
    ------
    InputError
        If there is no such step, or what it needs isn't said.
    Refusal
        If it can't be taken now.
    """
    policy = firm_policy()
    if word != Step.PREPARE:
        return take(row, user, word, today(policy), policy, reason=reason, due_on=due_on, next_on=next_on, run=run)
    check_step(Stage(row.stage), Step.PREPARE)
    if not prepare_agenda(row, policy, user):
        raise Refusal("ME204", "There is no book, or none newer than the one the agenda is by.", "Bring one in.")
    row.refresh_from_db()
    return row
