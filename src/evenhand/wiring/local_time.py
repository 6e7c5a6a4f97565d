"""The clock of the firm: moments and days in the time zone of its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.policy import Policy


def to_local(policy: Policy, moment: dt.datetime) -> dt.datetime:
    """Return a moment in the policy's time zone; in UTC where the policy names none that is known.

    References
    ----------
    Policy entry ``review.time_zone``.
    """
    try:
        return moment.astimezone(ZoneInfo(policy.review.time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(ZoneInfo("UTC"))
