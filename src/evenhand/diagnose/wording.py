"""Figures as a sales leader reads them."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.diagnose.measures import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYMBOLS: Mapping[str, str] = MappingProxyType({"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"})

PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "accounts": "{value} accounts",
        "qualified": "{value} qualified accounts",
        "potential": "a revenue potential of {value}",
        "workload_share": "a workload of {value} of capacity",
        "pipeline_ttm": "{value} of pipeline generated in twelve months",
        "coverage": "pipeline coverage of {value}",
        "active_opportunities": "{value} open opportunities",
        "deal_size": "an average deal of {value}",
        "win_rate": "a win rate of {value}",
        "attainment": "{value} of quota",
    }
)


def say_value(value: float, unit: str, currency: str = "") -> str:
    """Say a value in its unit: $4.2M, 132 %, 3.1×, 340."""
    if unit == Unit.CENTS:
        return say_money(value, currency)
    if unit == Unit.SHARE:
        return say_share(value)
    if unit == Unit.TIMES:
        return f"{_number(value, 1)}×"
    if unit == Unit.COUNT or 100 <= abs(value) < 10_000:
        return _number(value, 0)
    return _compact(value) if abs(value) >= 10_000 else _number(value, 1)


def say_share(share: float) -> str:
    """Say a share of 1 in per cent: 132 %."""
    return f"{_number(share * 100, 0)} %"


def say_money(cents: float, currency: str) -> str:
    """Say an amount in cents to two or three figures: $950, $38K, $4.2M, CHF 1.1B."""
    amount = abs(cents) / 100
    sign = "−" if cents < 0 and round(amount) > 0 else ""
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{symbol}{_compact(amount)}"


def say_range(low: float | None, high: float | None, unit: str, currency: str = "") -> str:
    """Say a range: 180–240, 85–110 %, $2.5M–$3.5M, at least 2.5×."""
    if low is None and high is None:
        return "no range"
    if unit == Unit.COUNT:
        # Whole numbers that are within: 145.9 accounts allow 145.
        low = None if low is None else math.ceil(low - 1e-9)
        high = None if high is None else math.floor(high + 1e-9)
    if low is None:
        return f"at most {say_value(high or 0.0, unit, currency)}"
    if high is None:
        return f"at least {say_value(low, unit, currency)}"
    first, last = say_value(low, unit, currency), say_value(high, unit, currency)
    for shared in (" %", "×"):
        if first.endswith(shared) and last.endswith(shared):
            first = first.removesuffix(shared)
    return f"{first}–{last}"


def say_list(parts: Sequence[str]) -> str:
    """Join with commas and an "and"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def say_count(n: int, singular: str, plural: str = "") -> str:
    """Say a number of things: 1 account, 2 accounts."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def _compact(amount: float) -> str:
    for size, suffix in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        # 999,600 is said as 1M, not as 1,000K.
        if amount >= size * 0.9995:
            shown = amount / size
            digits = 0 if shown >= 99.95 or (suffix == "K" and shown >= 9.95) else 1
            return f"{_number(shown, digits)}{suffix}"
    return _number(amount, 0)


def _number(value: float, digits: int) -> str:
    # Half away from zero, as people round.
    scale = 10.0**digits
    rounded = math.copysign(math.floor(abs(value) * scale + 0.5 + 1e-9) / scale, value)
    text = f"{rounded + 0.0:,.{digits}f}"
    return text.removesuffix(".0").replace("-", "−")


def say_variation(variation: float) -> str:
    """Say what a coefficient of variation means."""
    return f"a seat is typically {say_share(variation)} of the mean away (coefficient of variation {variation:.2f})"
