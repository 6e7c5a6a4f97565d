"""The timeline as a calendar file that mail and calendar programs take in."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, vCalAddress, vText

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from icalendar import Component

_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")

_INVITED = ("losing conversation", "gaining message", "introduction", "deadline reminder", "follow-up")
"""What people have to be there for; transfers are done by revenue operations and are no appointments."""


def write_calendar(
    tasks: pl.DataFrame, emails: Mapping[str, str | None], made_on: dt.date, before: bytes | None
) -> bytes:
    """Write the appointments of a handoff.

    Parameters
    ----------
    tasks
        Of a handoff.
    emails
        By rep id; who has none that is an address isn't invited.
    made_on
        The date of what it was made from; it stands in the file instead of the time, so that the same input gives the
        same file.
    before
        The calendar that was sent before, if any: what changed since has a higher sequence number, what is gone is
        cancelled, so that calendars that took it in follow.

    Notes
    -----
    RFC 5545. All are appointments of a whole day: the two people find the hour.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Evenhand//Handoff//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    earlier = {str(event["uid"]): event for event in Calendar.from_ical(before).walk("VEVENT")} if before else {}
    for task in tasks.iter_rows(named=True):
        if task["kind"] not in _INVITED:
            continue
        event = _event(task, emails, made_on)
        former = earlier.pop(str(event["uid"]), None)
        sequence = 0 if former is None else int(former.get("sequence", 0)) + (_content(former) != _content(event))
        event.add("sequence", sequence)
        calendar.add_component(event)
    for _, gone in sorted(earlier.items()):
        if str(gone.get("status")) != "CANCELLED":
            gone["sequence"] = int(gone.get("sequence", 0)) + 1
            gone["status"] = vText("CANCELLED")
        calendar.add_component(gone)
    content: bytes = calendar.to_ical()
    return content


def _event(task: Mapping[str, object], emails: Mapping[str, str | None], made_on: dt.date) -> Event:
    event = Event()
    subject = "/".join(str(task[key] or "") for key in ("kind", "territory_id", "account_id", "opportunity_id"))
    round_of = str(task["text"]) if task["kind"] == "follow-up" else ""
    event.add("uid", f"{hashlib.sha256((subject + round_of).encode()).hexdigest()[:32]}@evenhand")
    event.add("dtstamp", dt.datetime.combine(made_on, dt.time(), dt.UTC))
    event.add("dtstart", task["due_on"])
    event.add("dtend", task["due_on"] + dt.timedelta(days=1))  # type: ignore[operator]  # a date
    event.add("summary", task["text"])
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    for key in ("owner_id", "with_id"):
        email = emails.get(str(task[key])) or ""
        if _ADDRESS.fullmatch(email):
            attendee = vCalAddress(f"mailto:{email}")
            event.add("attendee", attendee, encode=False)
    return event


def _content(event: Component) -> tuple[object, ...]:
    attendees = event.get("attendee", [])
    people = sorted(str(one) for one in (attendees if isinstance(attendees, list) else [attendees]))
    return (str(event["summary"]), event.decoded("dtstart"), str(event["status"]), *people)
