"""The spans of time that figures look back on."""

from __future__ import annotations

import calendar
import datetime as dt

TTM_MONTHS = 12
"""Trailing twelve months, by the name of the measure."""

QUARTER_MONTHS = 3


def months_before(day: dt.date, n_months: int) -> dt.date:
    """Return the same day so many months earlier, or that month's last day where it is shorter.

    A window of n months that ends with `day` is the days after the one returned, up to and including `day`. From the
    last day of a month it goes back to the last day of the other, so that windows of whole months stay whole.
    """
    month_index = day.year * 12 + day.month - 1 - n_months
    year, month = divmod(month_index, 12)
    month_length = calendar.monthrange(year, month + 1)[1]
    is_month_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, month_length if is_month_end else min(day.day, month_length))
