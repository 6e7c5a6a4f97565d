"""The period in which a plan takes effect, those after it, and every seat's quota of them."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.policy.sections.quotas import NEXT_PERIOD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

DAY = dt.timedelta(days=1)
_QUARTER = 3
_MOST_STEPS = 4000
_OTHER_LENGTH = 0.1
"""A quota of a period that is longer or shorter by more than this is converted by days."""


@dataclass(frozen=True)
class Period:
    """A period of quotas.

    Attributes
    ----------
    start, end
        First and last day.
    takes_effect_on
        The first day on which the plan counts; `start`, unless it takes effect within the period.
    is_given
        Whether the book has quotas of this period; else those of the one before stand in for it.
    """

    start: dt.date
    end: dt.date
    takes_effect_on: dt.date
    is_given: bool

    @property
    def n_days(self) -> int:
        """Days of the period, both ends included."""
        return (self.end - self.start).days + 1

    @property
    def n_elapsed(self) -> int:
        """Days before the plan takes effect; the day on which it does counts at the new rate."""
        return (self.takes_effect_on - self.start).days

    @property
    def n_remaining(self) -> int:
        """Days from the one on which the plan takes effect."""
        return self.n_days - self.n_elapsed

    def count_relief_days(self, effective_on: dt.date, n_months: int) -> int:
        """Return on how many of the remaining days relief runs that ends `n_months` after `effective_on`."""
        until = add_months(effective_on, n_months)
        first = max(self.takes_effect_on, effective_on)
        return max(0, min((self.end + DAY - first).days, (until - first).days))


def find_periods(book: Book, policy: Policy) -> tuple[Period, ...]:
    """Return the period in which the plan takes effect, and the ones after it.

    Notes
    -----
    The period is that of the book's quotas which holds the day that ``quotas.effective_on`` gives; where several do,
    the shortest. Where the book has none, its last one is carried forward in steps of its own length; a book without
    quotas has calendar quarters.

    References
    ----------
    Policy entries ``quotas.effective_on`` and ``quotas.n_periods``.
    """
    known = _known_periods(book)
    rule = policy.quotas.effective_on
    day = policy.quotas.effective_date or book.as_of + DAY
    if rule == NEXT_PERIOD:
        later = [period for period in known if period[0] > book.as_of]
        start, end = later[0] if later else _carry_forward(known, day, first_start=day)
        effective = start
    else:
        holding = [period for period in known if period[0] <= day <= period[1]]
        start, end = (
            min(holding, key=lambda span: (span[1] - span[0], span))
            if holding
            else _carry_forward(known, day, first_start=None)
        )
        effective = max(day, start)
    periods = [Period(start, end, effective, (start, end) in known)]
    while len(periods) < policy.quotas.n_periods:
        before = periods[-1]
        start = before.end + DAY
        follow = [period for period in known if period[0] == start]
        alike = [period for period in follow if _n_months(*period) == _n_months(before.start, before.end)]
        span = alike[0] if alike else _next(before.start, before.end)
        periods.append(Period(*span, span[0], span in known))
    return tuple(periods)


def opening_quotas(book: Book, statement: Statement, period: Period | None = None) -> NDArray[np.int64]:
    """(T,) cents: every territory's quota of the period; 0 where it has none at all.

    Parameters
    ----------
    period
        None: that of the book's date, else the latest (what the territories are measured by today).
    """
    if period is None:
        return _align(_running_quotas(book), statement)
    return _align(quotas_of(book, period), statement)


def quotas_of(book: Book, period: Period) -> pl.DataFrame:
    """Return every territory's quota of a period and where it is from.

    Returns
    -------
    pl.DataFrame
        territory_id, amount_cents, source: "period" (the book has it), "parts" (the sum of shorter periods that fill
        it), "longer" (a longer one's by days) or "latest" (the latest one's; by days where its length is another).
    """
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    start, end, n_days = pl.lit(period.start), pl.lit(period.end), period.n_days
    rows = book.quotas.with_columns(n_days=days).sort("territory_id", "period_start", "period_end")
    by_days = (pl.col("amount_cents") * n_days / pl.col("n_days")).round().cast(pl.Int64)
    exact = rows.filter((pl.col("period_start") == start) & (pl.col("period_end") == end)).select(
        "territory_id", "amount_cents", source=pl.lit("period"), rank=0
    )
    parts = (
        rows.filter((pl.col("period_start") >= start) & (pl.col("period_end") <= end))
        .group_by("territory_id")
        .agg(pl.col("amount_cents").sum(), pl.col("n_days").sum(), no_gap=pl.col("period_start").n_unique() == pl.len())
        .filter((pl.col("n_days") == n_days) & pl.col("no_gap"))
        .select("territory_id", "amount_cents", source=pl.lit("parts"), rank=1)
    )
    longer = (
        rows.filter((pl.col("period_start") <= start) & (pl.col("period_end") >= end))
        .sort("territory_id", "n_days", "period_start")
        .unique("territory_id", keep="first", maintain_order=True)
        .select("territory_id", amount_cents=by_days, source=pl.lit("longer"), rank=2)
    )
    is_other_length = (pl.col("n_days") - n_days).abs() > _OTHER_LENGTH * n_days
    nearest = (
        rows.with_columns(is_past=pl.col("period_start") <= end)
        .sort("territory_id", "is_past", "period_end", "period_start")
        .group_by("territory_id", maintain_order=True)
        .agg(pl.col("amount_cents", "n_days").last())
        .select(
            "territory_id",
            amount_cents=pl.when(is_other_length).then(by_days).otherwise("amount_cents"),
            source=pl.lit("latest"),
            rank=3,
        )
    )
    return (
        pl.concat([exact, parts, longer, nearest])
        .sort("territory_id", "rank")
        .unique("territory_id", keep="first", maintain_order=True)
        .drop("rank")
    )


def add_months(day: dt.date, n_months: int) -> dt.date:
    """Return the same day so many months later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + n_months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _known_periods(book: Book) -> list[tuple[dt.date, dt.date]]:
    """Return the periods of the book's seats by start; of several with one start the commonest first."""
    seats = book.seats["territory_id"]
    counted = (
        book.quotas.filter(pl.col("territory_id").is_in(seats.implode()))
        .group_by("period_start", "period_end")
        .agg(n=pl.len())
        .sort("period_start", "n", "period_end", descending=[False, True, False])
    )
    return list(counted.select("period_start", "period_end").iter_rows())


def _carry_forward(
    known: list[tuple[dt.date, dt.date]], day: dt.date, first_start: dt.date | None
) -> tuple[dt.date, dt.date]:
    """Return the period that holds the day, or the first one that starts on `first_start` or later."""
    if not known:
        quarter = dt.date(day.year, _QUARTER * ((day.month - 1) // _QUARTER) + 1, 1)
        span = (quarter, add_months(quarter, _QUARTER) - DAY)
        return span if first_start is None or span[0] >= first_start else _next(*span)
    later = [period for period in known if period[0] > day]
    span = max(known, key=lambda period: (period[1], period[0]))
    if first_start is None and later and span[0] > day:
        return later[0]
    for _ in range(_MOST_STEPS):
        if (first_start is None and span[1] >= day) or (first_start is not None and span[0] >= first_start):
            break
        span = _next(*span)
    return span


def _next(start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
    """Return the period that follows, of the same length in months, or in days where it isn't whole months."""
    months = _n_months(start, end)
    after = end + DAY
    return (after, add_months(after, months) - DAY) if months else (after, after + (end - start))


def _n_months(start: dt.date, end: dt.date) -> int:
    """Return the length in months; 0 where it isn't whole months."""
    after = end + DAY
    months = 12 * (after.year - start.year) + after.month - start.month
    return months if months > 0 and after.day == start.day else 0


def _running_quotas(book: Book) -> pl.DataFrame:
    running = (pl.col("period_start") <= book.as_of) & (pl.col("period_end") >= book.as_of)
    return (
        book.quotas.with_columns(running=running)
        .sort("territory_id", "running", "period_end", "period_start")
        .group_by("territory_id", maintain_order=True)
        .agg(pl.col("amount_cents").last())
    )


def _align(quotas: pl.DataFrame, statement: Statement) -> NDArray[np.int64]:
    return (
        statement.setting.territories.select("territory_id")
        .join(quotas, on="territory_id", how="left", maintain_order="left")["amount_cents"]
        .fill_null(0)
        .to_numpy()
        .astype(np.int64)
    )
