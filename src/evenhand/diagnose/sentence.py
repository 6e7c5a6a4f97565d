"""Puts a verdict into the words of someone who has run territories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.diagnose.call import Call, Driver
from evenhand.diagnose.measures import Unit
from evenhand.diagnose.wording import PHRASES, say_count, say_list, say_range, say_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

MOST_FIGURES = 4
"""A sentence that gives more figures than this is not read."""

SIDES = {"under": "below range", "within": "within range", "over": "above range"}


_ONE = {
    "accounts": "1 account",
    "qualified": "1 qualified account",
    "active_opportunities": "1 open opportunity",
}


class Saying:
    """Says figures in the book's currency.

    Rows are those of `measure_territories`: measure, value, unit, low, high, status, reason_missing.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def figure(self, row: Row) -> str:
        """Say one figure and its range: 340 accounts (range 180–240)."""
        value = say_value(row["value"], row["unit"], self.currency)
        target = say_range(row["low"], row["high"], row["unit"], self.currency)
        phrase = PHRASES[row["measure"]].format(value=value)
        if row["unit"] == Unit.COUNT and value == "1":
            phrase = _ONE.get(row["measure"], phrase)
        return f"{phrase} ({target if target == 'no range' else f'range {target}'})"

    def call(self, call: Call, volume: Sequence[Row]) -> str:
        """Say what the territory is and by which figures."""
        over, under, within = (_of(volume, status) for status in ("over", "under", "within"))
        if call is Call.CANNOT_TELL:
            reasons = sorted({row["reason_missing"] for row in volume if row["reason_missing"]})
            return f"Can't tell whether it is overloaded or starved: {say_list(reasons) or 'no measure to go by'}"
        if call is Call.OVERLOADED:
            return f"Overloaded: {self._are(over)}"
        if call is Call.STARVED:
            return f"Starved: {self._are(under)}"
        outside = [self._are(rows) for rows in (over, under) if rows]
        if call is Call.HEALTHY:
            return f"Healthy: {self._are(within)}{', although ' if outside else ''}{say_list(outside)}"
        n_known = len(over) + len(under) + len(within)
        rest = f", with {len(within)} of {n_known} volume measures within range" if within else ""
        return f"Mixed: {' but '.join(outside)}{rest}"

    def performance(self, attainment: Row, driver: Driver, productivity: Sequence[Row]) -> str:
        """Say how it performs and where that comes from."""
        if attainment["status"] == "unknown":
            shown = "" if attainment["value"] is None else f"at {self.figure(attainment)}, "
            return f"{shown}performance can't be judged: {attainment['reason_missing']}"
        if driver is Driver.NONE:
            return f"at {self.figure(attainment)} it performs within range"
        is_over = attainment["status"] == "over"
        known = [row for row in productivity if row["status"] != "unknown"]
        evidence = say_list([self._are(rows) for status in SIDES if (rows := _of(known, status))])
        if not known:
            reasons = sorted({str(row["reason_missing"]) for row in productivity})
            evidence = f"productivity can't be judged ({say_list(reasons)})"
        verb = "over-performs" if is_over else "under-performs"
        because = _because(driver, is_over=is_over, knows_productivity=bool(known))
        return f"it {verb}, at {self.figure(attainment)}, {because}: {evidence}"

    def _are(self, rows: Sequence[Row]) -> str:
        verb = {1: "is", 2: "are both"}.get(len(rows), "are all")
        parts = [self.figure(row) for row in rows[:MOST_FIGURES]]
        more = len(rows) - len(parts)
        if more:
            parts.append(say_count(more, "further measure"))
        return f"{say_list(parts)} {verb} {SIDES[rows[0]['status']]}"


def _of(rows: Sequence[Row], status: str) -> list[Row]:
    return [row for row in rows if row["status"] == status]


def _because(driver: Driver, *, is_over: bool, knows_productivity: bool) -> str:
    if driver is Driver.VOLUME:
        words = "by volume" if is_over else "for want of volume"
        return f"{words}, not {'skill' if is_over else 'of skill'}" if knows_productivity else words
    return {
        Driver.PRODUCTIVITY: "by productivity, not volume" if is_over else "for want of productivity, not of volume",
        Driver.BOTH: "by volume and by productivity" if is_over else "for want of volume and of productivity",
        Driver.NEITHER: "which neither volume nor productivity explains, so look at the quota first",
    }.get(driver, "and the figures don't show whether through volume or productivity")
