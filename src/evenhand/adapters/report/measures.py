"""What each measure is called on the page, and how its amounts are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.figures import format_money, format_number
from evenhand.plan.events.asked import INHERITED

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Measure:
    """A measure as readers meet it.

    Attributes
    ----------
    is_money
        True where amounts are in units of the book's currency.
    """

    name: str
    label: str
    is_money: bool = False

    @property
    def word(self) -> str:
        """The measure within a sentence: ``share of potential``."""
        return self.label.partition(" (")[0].lower()

    def write(self, amount: float | None, currency: str) -> str:
        """Write an amount of this measure."""
        if amount is None:
            return format_number(None)
        if self.is_money:
            return format_money(round(100 * amount), currency, places=0)
        return format_number(amount, 0 if abs(amount) >= 100 or float(amount).is_integer() else 1)


_KNOWN = {
    measure.name: measure
    for measure in (
        Measure("potential", "Potential"),
        Measure("accounts", "Accounts"),
        Measure("qualified", "Qualified accounts"),
        Measure("workload", "Workload (hours a year)"),
        Measure("pipeline", "Open pipeline", is_money=True),
        Measure("quota", "Quota", is_money=True),
        Measure(INHERITED, "Workload taken over (hours a year)"),
    )
}


def measure_of(name: str) -> Measure:
    """Return how a measure is shown; one that isn't known is shown under its own name as a plain number."""
    if name in _KNOWN:
        return _KNOWN[name]
    return Measure(name, name.replace("_", " ").capitalize())


def measures_of(names: Iterable[str]) -> list[Measure]:
    """Return how each of the measures is shown, in their order."""
    return [measure_of(name) for name in names]
