"""The days of reminders, and hours without mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from evenhand.foundation.working_days import WorkingDays


def is_reminder_due(today: dt.date, deadline: dt.date, reminder_days: Sequence[int], days: WorkingDays) -> bool:
    """Say whether those who have yet to answer are reminded today."""
    return days.is_one(today) and today <= deadline and days.count(today, deadline) in reminder_days


@dataclass(frozen=True)
class Quiet:
    """When no mail is sent.

    Parameters
    ----------
    from_hour, to_hour
        Of the day, 0 to 23; the same for none.
    weekends
        Whether Saturdays and Sundays are quiet.
    """

    from_hour: int
    to_hour: int
    weekends: bool

    def holds_at(self, at: dt.datetime) -> bool:
        """Say whether it is quiet at a moment, in the time zone of the moment."""
        if self.weekends and at.weekday() >= 5:
            return True
        if self.from_hour <= self.to_hour:
            return self.from_hour <= at.hour < self.to_hour
        return at.hour >= self.from_hour or at.hour < self.to_hour
