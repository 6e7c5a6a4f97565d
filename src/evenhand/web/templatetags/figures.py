"""How figures are written on pages, the same as in reports."""

from __future__ import annotations

import datetime as dt

from django import template

from evenhand.adapters.report.figures import NOTHING, format_number, format_share

register = template.Library()


@register.filter
def figure(value: object) -> str:
    """Write a number; a dash where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NOTHING
    return format_number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 2)


@register.filter
def percent(value: object) -> str:
    """Write a share as per cent."""
    return format_share(float(value)) if isinstance(value, int | float) else NOTHING


@register.filter
def gap(value: object) -> str:
    """Write the gap to the proven bound; unknown where nothing is proved."""
    if not isinstance(value, int | float):
        return "not known yet"
    return format_share(float(value), 2 if 0 < value < 0.01 else None)


@register.filter
def seconds(value: object) -> str:
    """Write how long something took."""
    if not isinstance(value, dt.timedelta):
        return NOTHING
    total = round(value.total_seconds())
    return f"{total} s" if total < 60 else f"{total // 60} min {total % 60} s"


@register.filter
def cents(value: object) -> str:
    """Write cents as an amount with its sign, as a difference."""
    if not isinstance(value, int):
        return NOTHING
    return f"{value / 100:+,.2f}".replace("-", "\N{MINUS SIGN}")


@register.filter
def money(value: object) -> str:
    """Write cents as an amount."""
    if not isinstance(value, int):
        return NOTHING
    return f"{value / 100:,.2f}".replace("-", "\N{MINUS SIGN}").removesuffix(".00")


@register.filter
def day(value: object) -> str:
    """Write a day that comes as text, such as 2026-10-05, the way people write it."""
    try:
        found = dt.date.fromisoformat(str(value))
    except ValueError:
        return NOTHING if value in (None, "") else str(value)
    return f"{found.day} {found:%b %Y}"
