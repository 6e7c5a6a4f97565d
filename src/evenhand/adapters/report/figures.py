"""How numbers are written: thousands separators, real minus signs, money in its currency, no false precision."""

from __future__ import annotations

import math

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands where there is no figure."""

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}


def format_number(value: float | None, places: int = 0) -> str:
    """Write a number with thousands separators, rounded half to even; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{abs(value):,.{places}f}"
    is_negative = value < 0 and any(digit in "123456789" for digit in text)
    return MINUS + text if is_negative else text


def format_money(cents: int | None, currency: str, *, signed: bool = False, places: int = 2) -> str:
    """Write integer cents in the currency: ``$1,234.50``, ``CHF 1,234.50``."""
    if cents is None:
        return NOTHING
    units, rest = divmod(abs(int(cents)), 100)
    digits = f"{units:,}.{rest:02d}" if places else f"{round(abs(int(cents)) / 100):,}"
    symbol = _SYMBOLS.get(currency, currency + NO_BREAK)
    sign = MINUS if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}{symbol}{digits}"


def format_share(share: float | None, places: int | None = None) -> str:
    """Write a share as per cent; without `places`, one decimal place below 10 % where it says something."""
    if share is None or not math.isfinite(share):
        return NOTHING
    percent = 100 * share
    if places is None:
        is_fine = abs(percent) < 100 and abs(percent - round(percent)) >= 0.05
        places = 1 if is_fine else 0
    return f"{format_number(percent, places)}{NO_BREAK}%"


def format_change(share: float | None, places: int = 1) -> str:
    """Write a change as per cent with its sign: ``+12.3 %``."""
    if share is None or not math.isfinite(share):
        return NOTHING
    text = format_share(share, places)
    is_zero = not any(digit in "123456789" for digit in text)
    return text if share < 0 or is_zero else f"+{text}"


def as_sentence(text: str) -> str:
    """Write a remark as a sentence: a capital first, a full stop last."""
    text = text.strip()
    if not text:
        return ""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
