"""Watching between reviews: what alarms, what stays quiet because it was alarmed before, what is over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.diagnose import State
from evenhand.diagnose.triggers import (
    accounts_lost,
    market_expansion,
    new_hire,
    potential_band,
    qualified_spread,
    vacancy,
    win_rate,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from evenhand.diagnose import Trigger
    from evenhand.policy import Policy


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    SETTLED = "settled"
    """The newest book doesn't have its cause any more."""


@dataclass(frozen=True)
class Cause:
    """One thing that a fired trigger is about.

    Attributes
    ----------
    key
        Stable: the trigger and what it is about, whatever the figures are.
    subject_ids
        The territories (for new hires: the reps) that it is about.
    value
        How large it is; null where the trigger says so for its worst alone.
    message
        What was found.
    """

    key: str
    trigger: str
    subject_ids: tuple[str, ...]
    value: float | None
    message: str


@dataclass(frozen=True)
class Alert:
    """What somebody was told of a cause.

    Attributes
    ----------
    value
        As it was when last alarmed: what growth is measured from.
    now
        As it is in the newest book.
    alarmed_on, seen_on
        Dates of the books that alarmed last, and that showed the cause last.
    snoozed_until
        No alarm before that day, unless it grows.
    """

    key: str
    trigger: str
    subject_ids: tuple[str, ...]
    state: AlertState
    message: str
    value: float | None
    now: float | None
    first_on: dt.date
    alarmed_on: dt.date
    seen_on: dt.date
    snoozed_until: dt.date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Watch:
    """What a book changed.

    Attributes
    ----------
    alerts
        All of them as they are now, settled ones that were open before among them.
    alarms
        Keys of those that somebody is told of now.
    """

    alerts: tuple[Alert, ...]
    alarms: tuple[str, ...]


_EACH: Mapping[str, str] = MappingProxyType(
    {"potential_band": "", "accounts_lost": "", "vacancy": "vacant_days", "new_hire": ""}
)
"""Triggers that are about each of their territories by itself, and the figure that says how large each is.

The others are about all of theirs together: which two territories are furthest apart.
"""


TITLES: Mapping[str, str] = MappingProxyType(
    {
        one.NAME: one.TITLE
        for one in (
            potential_band, qualified_spread, win_rate, vacancy, new_hire, accounts_lost, market_expansion,
        )
    }
)  # fmt: skip
"""What people call the triggers."""


def list_causes(triggers: Iterable[Trigger]) -> tuple[Cause, ...]:
    """Split fired triggers into their causes."""
    return tuple(cause for trigger in triggers if trigger.state is State.FIRED for cause in _split(trigger))


def _split(trigger: Trigger) -> Iterator[Cause]:
    ids = trigger.record_ids.get("reps", ()) if trigger.name == "new_hire" else trigger.territory_ids
    if trigger.name not in _EACH or not ids:
        together = tuple(sorted(ids))
        yield Cause(name_cause(trigger.name, together), trigger.name, together, trigger.value, trigger.message)
        return
    sizes = trigger.figures.get(_EACH[trigger.name], {}) if _EACH[trigger.name] else {}
    for place, subject in enumerate(ids):
        size = sizes.get(subject) if sizes else trigger.value if place == 0 and trigger.name != "new_hire" else None
        value = None if size is None else float(size)
        yield Cause(name_cause(trigger.name, (subject,)), trigger.name, (subject,), value, trigger.message)


def name_cause(trigger: str, subject_ids: Sequence[str]) -> str:
    """Name a cause: the same trigger about the same territories has the same name in every book."""
    return hashlib.sha256("\0".join((trigger, *sorted(subject_ids))).encode()).hexdigest()[:32]


def watch(known: Iterable[Alert], triggers: Iterable[Trigger], book_on: dt.date, policy: Policy) -> Watch:
    """Hold a new book's triggers against what was alarmed before.

    Parameters
    ----------
    known
        Alerts that are open or snoozed.
    book_on
        The book's date; a book that isn't newer than the last one changes nothing.

    Notes
    -----
    A cause alarms when it is new, or was settled and is back; when it has grown by ``cadence.alarm_step_share`` since
    it alarmed last, snoozed or not: the reason for the snooze was given for less; and when its snooze is over and it
    is still there. Otherwise nobody hears of it twice.

    References
    ----------
    Policy entry ``cadence.alarm_step_share``.
    """
    before = {alert.key: alert for alert in known if alert.state is not AlertState.SETTLED}
    causes = {cause.key: cause for cause in list_causes(triggers)}
    alerts, alarms = [], []
    for key, cause in causes.items():
        alert = before.get(key)
        if alert is None:
            alarms.append(key)
            alerts.append(
                Alert(
                    key, cause.trigger, cause.subject_ids, AlertState.OPEN, cause.message, cause.value, cause.value,
                    book_on, book_on, book_on,
                )
            )  # fmt: skip
            continue
        if book_on < alert.seen_on:
            alerts.append(alert)
            continue
        seen = replace(alert, message=cause.message, now=cause.value, seen_on=book_on)
        is_over = (
            alert.state is AlertState.SNOOZED and alert.snoozed_until is not None and book_on >= alert.snoozed_until
        )
        if is_over or _has_grown(alert.value, cause.value, policy.cadence.alarm_step_share):
            alarms.append(key)
            seen = replace(
                seen, state=AlertState.OPEN, alarmed_on=book_on, snoozed_until=None, reason="",
                value=alert.value if cause.value is None else cause.value,
            )  # fmt: skip
        elif seen.value is None:
            seen = replace(seen, value=cause.value)
        alerts.append(seen)
    for key, alert in before.items():
        if key not in causes:
            is_older = book_on < alert.seen_on
            alerts.append(alert if is_older else replace(alert, state=AlertState.SETTLED, seen_on=book_on))
    return Watch(tuple(sorted(alerts, key=lambda alert: (alert.trigger, alert.subject_ids))), tuple(sorted(alarms)))


def _has_grown(before: float | None, now: float | None, step: float) -> bool:
    return before is not None and now is not None and before > 0 and now >= before * (1 + step) * (1 - 1e-9)
