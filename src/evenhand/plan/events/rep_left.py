"""A rep left and is not replaced: the accounts go to the others by their spare capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evenhand.plan.events.event import Event
from evenhand.plan.events.layoff import empty
from evenhand.plan.events.words_of_spread import tell_spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.event import Firm
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class RepLeft(Event):
    """Empty a territory whose rep left; its accounts go to the others by spare capacity.

    Parameters
    ----------
    territory
        territory_id of a seat in the book.

    Notes
    -----
    The method is that of `Layoff`, with one territory.
    """

    territory: str

    kind: ClassVar[str] = "rep-left"

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name its territory, which it empties."""
        return {self.territory: "empties it"}

    def apply(self, setting: Setting, _firm: Firm, /) -> Setting:
        """Empty the territory."""
        return empty(setting, (self.territory,))

    def tell(self, outcome: Outcome) -> Iterable[Finding]:
        """Say who takes over how much."""
        return tell_spread(outcome, (self.territory,))
