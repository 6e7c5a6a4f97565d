"""Working days of deadlines, reminders, and hours without mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def add_working_days(day: dt.date, n_days: int) -> dt.date:
    """Return the day so many working days (Monday to Friday) after a day; the next working day for none."""
    found: dt.date = np.busday_offset(day, n_days, roll="preceding" if n_days else "forward").astype(object)
    return found


def count_working_days(day: dt.date, until: dt.date) -> int:
    """Count the working days after a day up to another one; negative where that is past."""
    if until < day:
        return -count_working_days(until, day)
    one = dt.timedelta(days=1)
    return int(np.busday_count(day + one, until + one))


def is_reminder_due(today: dt.date, deadline: dt.date, reminder_days: Sequence[int]) -> bool:
    """Say whether those who have yet to answer are reminded today."""
    is_working_day = bool(np.is_busday(today))
    return is_working_day and today <= deadline and count_working_days(today, deadline) in reminder_days


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
