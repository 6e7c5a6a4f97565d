"""Counting in days on which people work."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class WorkingDays:
    """Monday to Friday, less the days off.

    Attributes
    ----------
    days_off
        Public holidays and the firm's own.
    """

    days_off: frozenset[dt.date] = frozenset()

    @cached_property
    def _calendar(self) -> np.busdaycalendar:
        return np.busdaycalendar(holidays=np.array(sorted(self.days_off), dtype="datetime64[D]"))

    def is_one(self, day: dt.date) -> bool:
        """Whether people work on that day."""
        return bool(np.is_busday(np.datetime64(day), busdaycal=self._calendar))

    def add(self, day: dt.date, n_days: int) -> dt.date:
        """Return the working day so many after one; with 0 the day itself, or the next working day after a day off."""
        moved = np.busday_offset(np.datetime64(day), n_days, roll="forward", busdaycal=self._calendar)
        return _plain(moved)

    def deadline(self, day: dt.date, n_days: int) -> dt.date:
        """Return the last of so many working days after a day, which itself doesn't count, working day or not."""
        # A day off goes back to the last working day, so that the first one after it counts.
        return self.add(self.before(day) if n_days else day, n_days)

    def count(self, day: dt.date, until: dt.date) -> int:
        """Count the working days after a day up to another one; negative where that is past."""
        if until < day:
            return -self.count(until, day)
        one = np.timedelta64(1, "D")
        first, end = np.datetime64(day) + one, np.datetime64(until) + one
        return int(np.busday_count(first, end, busdaycal=self._calendar))

    def after(self, day: dt.date) -> dt.date:
        """Return the first working day later than one."""
        return self.add(day + dt.timedelta(days=1), 0)

    def before(self, day: dt.date) -> dt.date:
        """Return the last working day up to and including one."""
        return _plain(np.busday_offset(np.datetime64(day), 0, roll="backward", busdaycal=self._calendar))

    def between(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """List the working days from one to another, both included."""
        days: NDArray[np.datetime64] = np.arange(np.datetime64(first), np.datetime64(last) + 1)
        return [_plain(day) for day in days[np.is_busday(days, busdaycal=self._calendar)]]


def _plain(day: np.datetime64) -> dt.date:
    return dt.date.fromisoformat(str(day))
