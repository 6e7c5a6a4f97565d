"""Days as whole numbers (days since 1970-01-01) and the quarters of the firm's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.request import FirmRequest

EPOCH = date(1970, 1, 1)
NEVER = -(2**31)
"""The day that means no date."""


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def as_dates(days: NDArray[np.int64]) -> pl.Series:
    """Return the days as dates, null where `NEVER`."""
    series = pl.Series(days.astype(np.int32))
    return series.set(series == NEVER, None).cast(pl.Date)


@dataclass(frozen=True)
class History:
    """The window of time that the firm's records cover.

    Attributes
    ----------
    as_of
        The day of the export.
    starts
        First day of each completed quarter, of the one under way if there is one, and of the next.
    n_completed
        How many of them are completed.
    """

    as_of: int
    starts: NDArray[np.int64]
    n_completed: int

    @property
    def first_day(self) -> int:
        """First day of the window."""
        return int(self.starts[0])

    @property
    def last_year(self) -> int:
        """First day of the twelve months that end with the export."""
        return self.as_of - 364

    def quarter_of(self, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index in `starts` of the quarter each day is in."""
        return np.searchsorted(self.starts, days, side="right") - 1

    @property
    def midpoints(self) -> NDArray[np.int64]:
        """The middle day of each completed quarter."""
        starts = self.starts[: self.n_completed + 1]
        return (starts[:-1] + starts[1:]) // 2

    @property
    def seasons(self) -> NDArray[np.int64]:
        """Season 0 to 3 of each quarter in `starts`: the calendar quarter."""
        return np.array([(_date(int(day)).month - 1) // 3 for day in self.starts], dtype=np.int64)


def history_of(request: FirmRequest) -> History:
    """Lay out the quarters of the firm: as many completed ones as asked, and the one to come."""
    start = date(request.as_of.year, 3 * ((request.as_of.month - 1) // 3) + 1, 1)
    ends_with_quarter = request.as_of + timedelta(days=1) == _shift(start, 1)
    first = _shift(start, -request.quarters + (1 if ends_with_quarter else 0))
    n_quarters = request.quarters + (1 if ends_with_quarter else 2)
    starts = [day_number(_shift(first, number)) for number in range(n_quarters)]
    return History(day_number(request.as_of), np.array(starts, dtype=np.int64), request.quarters)


def quarter_end(start_day: int) -> int:
    """Return the last day of the quarter that starts on that day."""
    return day_number(_shift(_date(start_day), 1)) - 1


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)


def _shift(start: date, n_quarters: int) -> date:
    months = start.year * 12 + start.month - 1 + 3 * n_quarters
    return date(months // 12, months % 12 + 1, 1)
