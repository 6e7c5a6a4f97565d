"""Working days by country, with the public holidays of each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.foundation.working_days import WorkingDays

if TYPE_CHECKING:
    from collections.abc import Collection

    from evenhand.policy import Policy

_YEARS = 3
"""A handoff is over long before so many years have passed."""


def read_working_days(policy: Policy, starts_on: dt.date, countries: Collection[str]) -> dict[str, WorkingDays]:
    """Return the working days of the firm ("") and, besides, of its customers' countries.

    Parameters
    ----------
    countries
        As the book names them; those that are no ISO 3166 code have the firm's own working days.

    Raises
    ------
    InputError
        If the policy names a country or part of one that isn't known.

    References
    ----------
    Policy entries ``handoff.holiday_countries`` and ``handoff.days_off``; the holidays are those of the library
    ``holidays``.
    """
    ours = {dt.date.fromisoformat(day) for day in policy.handoff.days_off}
    if not (countries or policy.handoff.holiday_countries):
        return {"": WorkingDays(frozenset(ours))}
    import holidays  # noqa: PLC0415 - an extra

    known = holidays.list_supported_countries()
    years = range(starts_on.year, starts_on.year + _YEARS)

    def list_days(country: str, part: str = "") -> set[dt.date]:
        return set(holidays.country_holidays(country, subdiv=part or None, years=years))

    for name in policy.handoff.holiday_countries:
        country, _, part = name.partition("-")
        if country not in known or (part and part not in known[country]):
            raise InputError({"handoff.holiday_countries": f'{name!r} is not known; write "US", or "DE-BY" for a part'})
        ours |= list_days(country, part)
    days = {country: WorkingDays(frozenset(ours | list_days(country))) for country in countries if country in known}
    return days | {"": WorkingDays(frozenset(ours))}
