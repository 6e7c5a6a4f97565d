import datetime as dt

import pytest

from evenhand.foundation.working_days import WorkingDays

MONDAY, FRIDAY, SATURDAY = dt.date(2026, 10, 5), dt.date(2026, 10, 9), dt.date(2026, 10, 10)
NEXT_MONDAY, NEXT_TUESDAY = dt.date(2026, 10, 12), dt.date(2026, 10, 13)
COLUMBUS = WorkingDays(frozenset({NEXT_MONDAY}))


@pytest.mark.parametrize(
    ("days", "day", "n_days", "until"),
    [
        (WorkingDays(), MONDAY, 5, NEXT_MONDAY),
        (WorkingDays(), FRIDAY, 1, NEXT_MONDAY),
        (WorkingDays(), SATURDAY, 1, NEXT_MONDAY),
        (WorkingDays(), SATURDAY, 0, NEXT_MONDAY),
        (COLUMBUS, MONDAY, 5, NEXT_TUESDAY),
        (COLUMBUS, SATURDAY, 1, NEXT_TUESDAY),
        (COLUMBUS, NEXT_MONDAY, 1, NEXT_TUESDAY),
    ],
)
def test_a_deadline_is_the_last_of_so_many_working_days(days, day, n_days, until):
    assert days.deadline(day, n_days) == until


def test_working_days_are_counted_without_holidays_and_back_in_time():
    assert WorkingDays().count(MONDAY, MONDAY) == 0
    assert WorkingDays().count(MONDAY, FRIDAY) == 4
    assert WorkingDays().count(FRIDAY, MONDAY) == -4
    assert WorkingDays().count(FRIDAY, NEXT_TUESDAY) == 2
    assert COLUMBUS.count(FRIDAY, NEXT_TUESDAY) == 1
