import datetime as dt

import pytest

from evenhand.foundation.working_days import WorkingDays
from evenhand.review.calendar import Quiet, is_reminder_due

FRIDAY, SATURDAY = dt.date(2026, 10, 9), dt.date(2026, 10, 10)


@pytest.mark.parametrize(
    ("today", "due"), [(dt.date(2026, 10, 7), True), (dt.date(2026, 10, 8), False), (FRIDAY, True), (SATURDAY, False)]
)
def test_reminders_come_on_the_days_that_the_policy_names(today, due):
    assert is_reminder_due(today, FRIDAY, [2, 0], WorkingDays()) is due


def test_reminders_count_working_days_and_none_comes_on_a_holiday():
    days = WorkingDays(frozenset({dt.date(2026, 10, 8)}))
    assert is_reminder_due(dt.date(2026, 10, 6), FRIDAY, [2, 0], days)
    assert not is_reminder_due(dt.date(2026, 10, 8), FRIDAY, [1], days)


@pytest.mark.parametrize(
    ("hour", "day", "quiet"), [(6, 5, True), (7, 5, False), (18, 5, False), (19, 5, True), (12, 10, True)]
)
def test_hours_of_the_night_and_weekends_are_quiet(hour, day, quiet):
    assert Quiet(19, 7, weekends=True).holds_at(dt.datetime(2026, 10, day, hour, tzinfo=dt.UTC)) is quiet


def test_equal_hours_are_no_quiet_and_hours_may_be_within_a_day():
    assert not Quiet(7, 7, weekends=False).holds_at(dt.datetime(2026, 10, 10, 7, tzinfo=dt.UTC))
    assert Quiet(12, 14, weekends=False).holds_at(dt.datetime(2026, 10, 5, 13, tzinfo=dt.UTC))
