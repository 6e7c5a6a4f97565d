from datetime import date, timedelta

import pytest

from evenhand.app.sample.calendar import EPOCH, history_of, quarter_end
from evenhand.app.sample.request import FirmRequest


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        # The day ends a quarter: it is the last completed one, and the next is still to come.
        (date(2026, 9, 30), date(2024, 10, 1), date(2026, 10, 1)),
        (date(2025, 12, 31), date(2024, 1, 1), date(2026, 1, 1)),
        # Within a quarter: eight completed before it, the one under way, and the next.
        (date(2026, 9, 29), date(2024, 7, 1), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2024, 10, 1), date(2027, 1, 1)),
    ],
)
def test_history_has_the_completed_quarters_and_the_next(as_of: date, first: date, last: date) -> None:
    history = history_of(FirmRequest(as_of=as_of))
    days = [EPOCH + timedelta(days=int(day)) for day in history.starts]
    assert (days[0], days[-1]) == (first, last)
    assert all(day.day == 1 and day.month % 3 == 1 for day in days)
    assert quarter_end(int(history.starts[history.n_completed - 1])) <= history.as_of


def test_a_quarter_ends_the_day_before_the_next() -> None:
    assert quarter_end((date(2024, 1, 1) - EPOCH).days) == (date(2024, 3, 31) - EPOCH).days
