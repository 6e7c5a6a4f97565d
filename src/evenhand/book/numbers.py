"""Numbers as sources write them: plain ones are read, separators and signs are told apart and named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.mapping import Format

SIGNS: dict[str, tuple[str, ...]] = {
    "USD": ("US$", "$", "USD"),
    "EUR": ("€", "EUR"),
    "GBP": ("£", "GBP"),
    "JPY": ("¥", "JPY"),
    "CHF": ("CHF",),
    "CAD": ("CA$", "C$", "$", "CAD"),
    "AUD": ("A$", "$", "AUD"),
    "INR": ("₹", "INR"),
    "SEK": ("kr", "SEK"),
    "NOK": ("kr", "NOK"),
    "DKK": ("kr", "DKK"),
    "PLN": ("zł", "PLN"),
    "BRL": ("R$", "BRL"),
    "CNY": ("¥", "CNY"),
}
"""What stands beside an amount, by currency (ISO 4217)."""

ALL_SIGNS = tuple(sorted({sign for signs in SIGNS.values() for sign in signs}, key=lambda sign: (-len(sign), sign)))
ANY_SIGN = "(" + "|".join(re.escape(sign) for sign in ALL_SIGNS) + "|[A-Z]{3})"

PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WITH_SIGN = rf"^[+-]?{ANY_SIGN}\s?[+-]?[\d.,' ]+$|^[+-]?[\d.,' ]+\s?{ANY_SIGN}$"
COMMA_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+\.\d+$|^[+-]?\d{1,3}(,\d{3}){2,}$"
POINT_THOUSANDS = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$|^[+-]?\d{1,3}(\.\d{3}){2,}$"
SPACE_THOUSANDS = "^[+-]?\\d{1,3}([ \u00a0\u202f]\\d{3})+([.,]\\d+)?$"
QUOTE_THOUSANDS = r"^[+-]?\d{1,3}('\d{3})+(\.\d+)?$"
DECIMAL_COMMA = r"^[+-]?\d+,(\d{1,2}|\d{4,})$|^[+-]?0,\d+$|^[+-]?\d{4,},\d+$"
EITHER_COMMA = r"^[+-]?\d{1,3},\d{3}$"
EITHER_POINT = r"^[+-]?\d{1,3}\.\d{3}$"
PERCENT = r"^[+-]?[\d.,]+\s?%$"
BRACKETS = r"^\([^()]*\d[^()]*\)$"


def read_numbers(text: pl.Series, form: Format, currency: str | None) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
    """Read numbers.

    Parameters
    ----------
    text
        (n,) stripped text, null where there is none; or numbers.
    form
        Decimal sign, thousands separator and scale.
    currency
        ISO 4217 code whose signs may stand beside an amount, or None for none.

    Returns
    -------
    values
        (n,) finite numbers; null where there is none or it can't be read.
    problems
        Code (with the mapping lines that would read it, after a blank) and (n,) where.
    """
    if text.dtype.is_numeric():
        values = text.cast(pl.Float64)
        finite = values.is_finite()
        wrong = (~finite).fill_null(value=False)
        values = pl.select(pl.when(finite).then(values)).to_series()
        return _scaled(values, form), [("BK311", wrong)] if wrong.any() else []
    plain = _plain(text, form)
    values = plain.cast(pl.Float64, strict=False)
    values = pl.select(pl.when(values.is_finite()).then(values)).to_series()
    unread = text.is_not_null() & values.is_null()
    if not unread.any():
        return _scaled(values, form), []
    if currency is not None and (unsigned := _without_signs(text, unread, currency)) is not None:
        again = _plain(unsigned, form).cast(pl.Float64, strict=False)
        values = pl.select(pl.when(unread & again.is_finite()).then(again).otherwise(values)).to_series()
        unread = text.is_not_null() & values.is_null()
        text = unsigned
    problems = _tell_apart(text, unread, currency) if unread.any() else []
    if form.decimal == "." and any(code.startswith("BK313") for code, _ in problems):
        # Beside decimal commas a point before three digits is no longer surely a decimal point.
        doubtful = (values.is_not_null() & text.str.contains(EITHER_POINT)).fill_null(value=False)
        if doubtful.any():
            problems.append(('BK319 decimal = ","\nthousands = "."', doubtful))
            values = pl.select(pl.when(~doubtful).then(values)).to_series()
    return _scaled(values, form), problems


def _scaled(values: pl.Series, form: Format) -> pl.Series:
    return values if form.scale == 1.0 else values * form.scale


def _plain(text: pl.Series, form: Format) -> pl.Series:
    """Text with the separators of the format turned into plain numbers; null where they stand in wrong places."""
    if form.thousands is None and form.decimal == ".":
        return text
    decimal = re.escape(form.decimal)
    grouped = rf"\d{{1,3}}({re.escape(form.thousands)}\d{{3}})+|" if form.thousands else ""
    fits = text.str.contains(rf"^[+-]?({grouped}\d+)({decimal}\d*)?$").fill_null(value=False)
    plain = text.str.replace_all(form.thousands, "", literal=True) if form.thousands else text
    if form.decimal != ".":
        plain = plain.str.replace(form.decimal, ".", literal=True)
    return pl.select(pl.when(fits).then(plain)).to_series()


def _without_signs(text: pl.Series, unread: pl.Series, currency: str) -> pl.Series | None:
    """Text without the signs of a currency; None where no unread row has one."""
    signs = "|".join(re.escape(sign) for sign in SIGNS.get(currency, (currency,)))
    pattern = rf"^([+-]?)(?:{signs})\s?([+-]?\d)|(\d)\s?(?:{signs})$"
    if not (text.str.contains(pattern) & unread).any():
        return None
    stripped = text.str.replace(pattern, "${1}${2}${3}")
    return pl.select(pl.when(unread).then(stripped).otherwise(text)).to_series()


def _tell_apart(text: pl.Series, unread: pl.Series, currency: str | None) -> list[tuple[str, pl.Series]]:
    """Split the unread rows by what they look like."""
    shown = pl.select(pl.when(unread).then(text)).to_series()
    # A comma before three digits is one thing or the other only where another row of the column tells.
    thousands = bool(shown.str.contains(COMMA_THOUSANDS).any())
    decimals = bool(shown.str.contains(DECIMAL_COMMA).any() or shown.str.contains(POINT_THOUSANDS).any())
    if thousands and not decimals:
        either = 'BK312 thousands = ","'
    elif decimals and not thousands:
        either = 'BK313 decimal = ","'
    else:
        either = 'BK319 decimal = ","'
    looks = (
        ("BK507" if currency else "BK314", WITH_SIGN),
        ("BK317", PERCENT),
        ("BK320", BRACKETS),
        ('BK312 thousands = ","', COMMA_THOUSANDS),
        ('BK313 decimal = ","\nthousands = "."', POINT_THOUSANDS),
        ('BK312 thousands = " "', SPACE_THOUSANDS),
        ('BK312 thousands = "\'"', QUOTE_THOUSANDS),
        ('BK313 decimal = ","', DECIMAL_COMMA),
        (either, EITHER_COMMA),
    )
    found: list[tuple[str, pl.Series]] = []
    left = unread
    for code, pattern in looks:
        rows = (left & shown.str.contains(pattern)).fill_null(value=False)
        if rows.any():
            found.append((code, rows))
            left = left & ~rows
    if left.any():
        found.append(("BK311", left))
    return found
