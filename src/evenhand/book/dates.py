"""Dates as sources write them: ISO is read, other forms are told apart and named."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from evenhand.book.mapping import SERIAL

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
SERIAL_OF_1970 = 25569
"""The day number that a spreadsheet gives 1970-01-01."""
FIRST_SERIAL, LAST_SERIAL = 61, 80_000
"""From 1 March 1900, since spreadsheets count a 29 February that 1900 did not have."""

TIME_OF_DAY = r"^[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$"
MIDNIGHT = r"^[T ]00:00(:00([.,]0+)?)?\s?(Z|UTC|[+-]00:?00)?$"


@dataclass(frozen=True)
class _Form:
    """A way of writing dates that can be told by its looks."""

    looks: str
    patterns: tuple[str, ...]


FORMS: tuple[_Form, ...] = (
    _Form(r"^\d{4}/\d{1,2}/\d{1,2}$", ("%Y/%m/%d",)),
    _Form(r"^\d{4}\.\d{1,2}\.\d{1,2}$", ("%Y.%m.%d",)),
    _Form(r"^(19|20)\d{2}(0[1-9]|1[0-2])\d{2}$", ("%Y%m%d",)),
    _Form(r"^\d{1,2}/\d{1,2}/\d{4}$", ("%d/%m/%Y", "%m/%d/%Y")),
    _Form(r"^\d{1,2}-\d{1,2}-\d{4}$", ("%d-%m-%Y", "%m-%d-%Y")),
    _Form(r"^\d{1,2}\.\d{1,2}\.\d{4}$", ("%d.%m.%Y",)),
    _Form(r"^\d{1,2}/\d{1,2}/\d{2}$", ("%d/%m/%y", "%m/%d/%y")),
    _Form(r"^\d{1,2}-[A-Za-z]{3}-\d{4}$", ("%d-%b-%Y",)),
    _Form(r"^\d{1,2} [A-Za-z]{3} \d{4}$", ("%d %b %Y",)),
    _Form(r"^[A-Za-z]{3} \d{1,2}, \d{4}$", ("%b %d, %Y",)),
)
DAY_NUMBER = r"^[1-7]\d{4}(\.\d+)?$"


def read_dates(text: pl.Series, date_format: str | None) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """Read dates.

    Parameters
    ----------
    text
        (n,) stripped, null where there is none.
    date_format
        A strftime pattern or ``serial``, besides which ISO dates are read; None: ISO dates only. A time of day may
        follow an ISO date.

    Returns
    -------
    values
        (n,) dates; null where there is none or it can't be read.
    problems
        Code (with the pattern that would read it, after a blank) and (n,) where.
    """
    problems: list[tuple[str, pl.Series]] = []
    if date_format == SERIAL:
        values = _or_iso(_from_serial(text.cast(pl.Float64, strict=False)), text)
    elif date_format is not None:
        values = _or_iso(text.str.to_date(date_format, strict=False), text)
    else:
        values, timed = _iso(text)
        if timed is not None and timed.any():
            problems.append(("BK307", timed))
    out_of_reach = ((values < EARLIEST) | (values > LATEST)).fill_null(value=False)
    if out_of_reach.any():
        problems.append(("BK306", out_of_reach))
        values = _only_where(~out_of_reach, values)
    unread = text.is_not_null() & values.is_null() & ~out_of_reach
    if unread.any():
        problems.extend(_tell_apart(text, unread))
    return values, problems


def _from_serial(numbers: pl.Series) -> pl.Series:
    in_range = numbers.is_between(FIRST_SERIAL, LAST_SERIAL)
    days = pl.select(pl.when(in_range).then(numbers.floor() - SERIAL_OF_1970)).to_series()
    return days.cast(pl.Int32).cast(pl.Date)


def _or_iso(dates: pl.Series, text: pl.Series) -> pl.Series:
    """Return the dates, and ISO ones where there is none: year first in four digits, they can't be anything else."""
    if (dates.is_not_null() | text.is_null()).all():
        return dates
    return pl.select(pl.coalesce(pl.lit(dates), pl.lit(_iso(text)[0]))).to_series()


def _only_where(condition: pl.Series, dates: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(dates)).to_series()


def _iso(text: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    lengths = text.str.len_bytes()
    if (lengths == 10).all(ignore_nulls=True):
        return text.str.to_date("%Y-%m-%d", strict=False), None
    rest = text.str.slice(10)
    has_rest = (lengths > 10).fill_null(value=False)
    well_formed = ((lengths == 10) | (has_rest & rest.str.contains(TIME_OF_DAY))).fill_null(value=False)
    days = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    values = _only_where(well_formed, days)
    timed = has_rest & values.is_not_null() & ~rest.str.contains(MIDNIGHT).fill_null(value=False)
    return values, timed


def _tell_apart(text: pl.Series, unread: pl.Series) -> list[tuple[str, pl.Series]]:
    """Split the unread rows by what they look like."""
    found: list[tuple[str, pl.Series]] = []
    left = unread
    for form in FORMS:
        looks = (left & text.str.contains(form.looks)).fill_null(value=False)
        if not looks.any():
            continue
        found.extend(_name_form(form, text, looks))
        left = left & ~looks
    serial = (left & text.str.contains(DAY_NUMBER)).fill_null(value=False)
    if serial.any():
        found.append(("BK303", serial))
        left = left & ~serial
    if left.any():
        found.append(("BK302", left))
    return found


def _name_form(form: _Form, text: pl.Series, looks: pl.Series) -> list[tuple[str, pl.Series]]:
    """Which of the form's patterns reads all of the rows: one, several (ambiguous) or none."""
    tried = {pattern: text.str.to_date(pattern, strict=False) for pattern in form.patterns}
    reads_all = [pattern for pattern, dates in tried.items() if dates.filter(looks).is_not_null().all()]
    if len(reads_all) == 1:
        return [(f"BK304 {reads_all[0]}", looks)]
    if len(reads_all) > 1:
        return [(f"BK305 {reads_all[0]}", looks)]
    readable = pl.select(pl.any_horizontal(*(pl.lit(dates.is_not_null()) for dates in tried.values()))).to_series()
    mixed, broken = looks & readable, looks & ~readable
    if len(form.patterns) == 1:
        parts = [(f"BK304 {form.patterns[0]}", mixed), ("BK302", broken)]
    else:
        usable = [p for p in form.patterns if tried[p].filter(mixed).is_not_null().all()]
        code = ("BK308", f"BK304 {usable[0]}" if usable else "", f"BK305 {form.patterns[0]}")[len(usable)]
        parts = [(code, mixed), ("BK302", broken)]
    return [(code, rows) for code, rows in parts if rows.any()]
