"""A reduction in force: several territories are emptied at once, and spread by spare capacity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from evenhand.plan.events.event import Event
from evenhand.plan.events.named import find_seats
from evenhand.plan.events.words_of_spread import tell_spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.event import Firm
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class Layoff(Event):
    """Empty several territories; their accounts go to the others by spare capacity, never evenly.

    Parameters
    ----------
    territories
        territory_ids of seats in the book.

    Notes
    -----
    A seat's spare hours are ``bands.workload_ceiling`` × its hours − its workload. What the emptied territories need
    is shared out in proportion to the spare hours of those who may take it: at 95 % and 70 % of 1,500 hours the spare
    hours are 75 and 450, so of 350 hours the first takes 50 and the second 300. What a seat takes over may differ from
    that by ``events.spread_tolerance`` of it, or by two families of average size. Where more is needed than there is to
    spare, everybody is filled and the rest is shared out by capacity; the plan says so. See
    `evenhand.plan.events.carry_out`.
    """

    territories: tuple[str, ...]

    kind: ClassVar[str] = "layoff"

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name each of its territories, which it empties."""
        return dict.fromkeys(self.territories, "empties it")

    def apply(self, setting: Setting, _firm: Firm, /) -> Setting:
        """Empty the territories."""
        return empty(setting, self.territories)

    def tell(self, outcome: Outcome) -> Iterable[Finding]:
        """Say who takes over how much."""
        return tell_spread(outcome, self.territories)


def empty(setting: Setting, territory_ids: tuple[str, ...]) -> Setting:
    """Empty territories whose accounts are spread by spare capacity."""
    find_seats(setting, list(territory_ids))
    emptied = setting.with_changes(list(territory_ids), is_emptied=True)
    return replace(emptied, spread=(*setting.spread, *territory_ids))
