"""The days that deadlines of the review are counted in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from evenhand.wiring.container import connect_outside

if TYPE_CHECKING:
    from evenhand.foundation.working_days import WorkingDays
    from evenhand.policy import Policy


def firm_days(policy: Policy, around: dt.date) -> WorkingDays:
    """Return the firm's working days, of the weeks before a day and the years after it.

    Raises
    ------
    InputError
        If the policy names countries whose holidays aren't known here.

    References
    ----------
    Policy entries ``handoff.holiday_countries`` and ``handoff.days_off``: nobody is asked to answer on a day off.
    """
    # What was asked in the old year may be due in the new one.
    return connect_outside().read_working_days(policy, around - dt.timedelta(days=60), ())[""]
