"""From a source's text to typed values: what can't be read is named, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.dates import read_dates
from evenhand.book.numbers import read_numbers
from evenhand.book.tables import Column, Kind
from evenhand.foundation.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from evenhand.book.mapping import Format

TRUE_WORDS = ("true", "yes", "y", "t", "1", "1.0")
FALSE_WORDS = ("false", "no", "n", "f", "0", "0.0")
NOT_A_VALUE = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)"
SHORTENED_ID = r"^\d(\.\d+)?[eE]\+\d{2}$"
"""What a spreadsheet makes of an id of more than eleven digits."""
MOST_ID_LENGTH = 255


@dataclass(frozen=True)
class Problem:
    """Rows of a column whose text can't be taken as it is."""

    wrong: pl.Series
    code: str
    what: str
    hint: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class Reading:
    """A column's typed values (null where there is none or it can't be read), and the problems."""

    values: pl.Series
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Place:
    """Which column is read, how, and how a mapping file would name it."""

    table: str
    column: Column
    format: Format
    currency: str | None

    def mapping_line(self, line: str) -> str:
        """Return the lines to add to the mapping file so that this column is read that way."""
        return f"add to the mapping file:\n[tables.{self.table}.formats.{self.column.name}]\n{line}"


def read_column(raw: pl.Series, place: Place) -> Reading:
    """Read a column.

    Parameters
    ----------
    raw
        (n,) text, or typed values where the source has types.
    place
        The column it is for, and how its text is written.

    Returns
    -------
    Reading
        (n,) values of the book's type; problems with the rows they are in.
    """
    if raw.dtype == pl.Null:
        return Reading(pl.Series(raw.name, [None] * len(raw), dtype=place.column.dtype))
    text = raw if raw.dtype.is_temporal() or raw.dtype.is_numeric() or raw.dtype == pl.Boolean else as_text(raw)
    if text.dtype == pl.String:
        text, broken = _without_spreadsheet_errors(_without_nulls(text, place.format.null_values))
    else:
        broken = ()
    reading = READERS[place.column.kind](text, place)
    return Reading(reading.values.alias(place.column.book_name), (*broken, *reading.problems))


def as_text(raw: pl.Series) -> pl.Series:
    """Return values as text, the same whatever type the file gave them; blank is null.

    Whole floats lose their ".0", since spreadsheets keep every number as a float.
    """
    if raw.dtype.is_float():
        whole = raw.is_not_null() & (raw == raw.round()) & (raw.abs() < 2.0**53)
        as_whole = raw.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.select(pl.when(whole).then(as_whole).otherwise(raw.cast(pl.String))).to_series().alias(raw.name)
    if isinstance(raw.dtype, pl.Duration):
        return raw.dt.to_string()
    text = raw.cast(pl.String) if raw.dtype != pl.String else raw
    frame = text.to_frame().select(stripped=pl.col(raw.name).str.strip_chars())
    return frame.select(
        pl.when(pl.col("stripped").str.len_bytes() > 0).then(pl.col("stripped")).alias(raw.name)
    ).to_series()


def _text(values: pl.Series) -> pl.Series:
    """Return text as it is, since `read_column` has stripped it, and other values as text."""
    return values if values.dtype == pl.String else as_text(values)


def _without_nulls(text: pl.Series, null_values: tuple[str, ...]) -> pl.Series:
    if not null_values:
        return text
    is_null = text.is_in(list(null_values))
    return pl.select(pl.when(~is_null).then(text)).to_series().alias(text.name)


def _without_spreadsheet_errors(text: pl.Series) -> tuple[pl.Series, tuple[Problem, ...]]:
    suspect = text.str.starts_with("#").fill_null(value=False)
    if not suspect.any():
        return text, ()
    wrong = text.str.contains(NOT_A_VALUE).fill_null(value=False)
    if not wrong.any():
        return text, ()
    kept = pl.select(pl.when(~wrong).then(text)).to_series().alias(text.name)
    hint = "repair the formula in the spreadsheet, or empty the cell, and export again"
    return kept, (Problem(wrong, "BK324", "is an error of a spreadsheet's formula", hint),)


def _read_id(text: pl.Series, _place: Place) -> Reading:
    ids = _text(text)
    long = (ids.str.len_bytes() > MOST_ID_LENGTH).fill_null(value=False)
    problems = []
    if long.any():
        problems.append(
            Problem(long, "BK326", f"is longer than {MOST_ID_LENGTH} characters", "use the id of the source system")
        )
    shortened = (ids.str.contains("+", literal=True) & ids.str.contains(SHORTENED_ID)).fill_null(value=False)
    if shortened.any():
        hint = "format the column as text in the spreadsheet, or export straight from the source system"
        problems.append(Problem(shortened, "BK323", "has lost its digits in a spreadsheet", hint))
    return Reading(ids, tuple(problems))


def _read_text(text: pl.Series, _place: Place) -> Reading:
    return Reading(_text(text))


def _read_flag(text: pl.Series, place: Place) -> Reading:
    if text.dtype == pl.Boolean:
        return Reading(text)
    folded = _text(text).str.to_lowercase()
    words = [*TRUE_WORDS, *FALSE_WORDS]
    meanings = [*(True for _ in TRUE_WORDS), *(False for _ in FALSE_WORDS)]
    flags = folded.replace_strict(words, meanings, default=None, return_dtype=pl.Boolean)
    wrong = folded.is_not_null() & flags.is_null()
    if not wrong.any():
        return Reading(flags)
    line = f'[tables.{place.table}.values.{place.column.name}]\n"{_first(folded, wrong)}" = "true"'
    hint = f"use true or false (also yes/no, y/n, t/f, 1/0), or map the word: add to the mapping file:\n{line}"
    return Reading(flags, (Problem(wrong, "BK321", "is neither true nor false", hint),))


def _first(text: pl.Series, wrong: pl.Series) -> str:
    return str(text.filter(wrong)[0])


def _read_date(text: pl.Series, place: Place) -> Reading:
    if text.dtype == pl.Date:
        return Reading(text)
    if isinstance(text.dtype, pl.Datetime):
        dates = text.cast(pl.Date, strict=False)
        timed = (text.cast(pl.Datetime("us"), strict=False) != dates.cast(pl.Datetime("us"))).fill_null(value=False)
        values, found = dates, [("BK307", timed)] if timed.any() else []
    else:
        values, found = read_dates(_text(text), place.format.date_format)
    return Reading(values, tuple(_date_problem(code, wrong, place, text) for code, wrong in found))


DATE_WORDS: dict[str, tuple[str, str]] = {
    "BK302": ("is not a date", "dates are written 2026-12-31{nulls}"),
    "BK303": (
        "is a spreadsheet's day number, not a date",
        "format the column as yyyy-mm-dd and export again, or {serial}",
    ),
    "BK304": ("is a date, but not written as year-month-day", "{format}"),
    "BK305": (
        "may be day/month or month/day: nothing in the column says which",
        'say which: {either} for day first, "{other}" for month first',
    ),
    "BK306": (
        "is out of reach (before 1900 or after 2100)",
        "correct it{nulls}",
    ),
    "BK307": ("has a time of day, which is left out", "nothing to do: a book counts in days"),
    "BK308": (
        "stands in a column where some dates are day/month and others month/day",
        "the column mixes two formats; repair it at the source: no format can read both",
    ),
}


def _date_problem(found: str, wrong: pl.Series, place: Place, text: pl.Series) -> Problem:
    code, _, pattern = found.partition(" ")
    what, hint = DATE_WORDS[code]
    month_first = pattern.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    value = _first(_text(text), wrong)
    stands_for_none = not any(sign.isdigit() for sign in value) or value.startswith(("9999", "2999", "0001"))
    nulls = place.mapping_line(f'null_values = ["{value}"]')
    hint = hint.format(
        nulls=f'; if it means "none", {nulls}' if stands_for_none else "",
        serial=place.mapping_line('date_format = "serial"'),
        format=place.mapping_line(f'date_format = "{pattern}"'),
        either=place.mapping_line(f'date_format = "{pattern}"'),
        other=month_first,
    )
    return Problem(wrong, code, what, hint, Severity.NOTE if code == "BK307" else Severity.ERROR)


def _read_number(text: pl.Series, place: Place) -> Reading:
    numbers, found = read_numbers(text if text.dtype.is_numeric() else _text(text), place.format, place.currency)
    problems = [_number_problem(code, wrong, place, text) for code, wrong in found]
    return Reading(numbers, tuple(problems))


NUMBER_WORDS: dict[str, tuple[str, str]] = {
    "BK311": ("is not a number", 'numbers are written 1234.56; for texts that mean "none", {nulls}'),
    "BK312": ("has thousands separators", "export plain numbers, or {lines}"),
    "BK313": ("has a decimal comma", "export plain numbers, or {lines}"),
    "BK314": (
        "has a currency sign",
        'export plain numbers, or say currency = "USD" at the top of the mapping file: its own signs are read',
    ),
    "BK317": ("is a percentage", "export it as a fraction (0.45 for 45 %)"),
    "BK319": (
        "may be a decimal comma or a thousands separator: nothing in the column says which",
        'say which: {lines} where it is the decimal sign; thousands = "," where it separates thousands',
    ),
    "BK507": (
        "is in another currency than the book's ({currency})",
        "convert it, or admit each currency as a book of its own",
    ),
    "BK320": ("is a negative number in brackets", "export it with a minus sign"),
}


def _number_problem(found: str, wrong: pl.Series, place: Place, text: pl.Series) -> Problem:
    code, _, lines = found.partition(" ")
    what, hint = NUMBER_WORDS[code]
    value = _first(as_text(text), wrong)
    return Problem(
        wrong,
        code,
        what.format(currency=place.currency),
        hint.format(nulls=place.mapping_line(f'null_values = ["{value}"]'), lines=place.mapping_line(lines)),
    )


def _read_money(text: pl.Series, place: Place) -> Reading:
    reading = _read_number(text, place)
    cents = reading.values * 100.0
    whole = cents.round(0, mode="half_away_from_zero")
    # 1e15 cents keeps the product exact in a double; the ranges of the columns are tighter.
    safe = (whole.abs() <= 1e15).fill_null(value=False)
    values = pl.select(pl.when(safe).then(whole)).to_series().cast(pl.Int64)
    problems = list(reading.problems)
    absurd = reading.values.is_not_null() & ~safe
    if absurd.any():
        problems.append(Problem(absurd, "BK315", "is too large to be an amount", "correct it"))
    rounded = ((cents - whole).abs() > 1e-3).fill_null(value=False) & safe
    if rounded.any():
        problems.append(
            Problem(rounded, "BK316", "is rounded to the cent", "nothing to do: a book counts in cents", Severity.NOTE)
        )
    return Reading(values, tuple(problems))


def _read_count(text: pl.Series, place: Place) -> Reading:
    reading = _read_number(text, place)
    broken = (reading.values != reading.values.round(0)).fill_null(value=False)
    too_large = (reading.values.abs() > 1e15).fill_null(value=False)
    problems = list(reading.problems)
    if broken.any():
        problems.append(Problem(broken, "BK318", "is not a whole number", "it is a count: use a whole number"))
    if too_large.any():
        problems.append(Problem(too_large, "BK315", "is too large to be a count", "correct it"))
    kept = pl.select(pl.when(~(broken | too_large)).then(reading.values)).to_series()
    return Reading(kept.cast(pl.Int64), tuple(problems))


READERS: dict[Kind, Callable[[pl.Series, Place], Reading]] = {
    Kind.ID: _read_id,
    Kind.TEXT: _read_text,
    Kind.DATE: _read_date,
    Kind.NUMBER: _read_number,
    Kind.COUNT: _read_count,
    Kind.MONEY: _read_money,
    Kind.FLAG: _read_flag,
}
