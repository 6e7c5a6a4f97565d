"""A new hire takes over an empty or small territory at a ramped share of a full seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.plan.events.named import find_seats

if TYPE_CHECKING:
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class NewHire:
    """Give a territory a new rep's share of the firm's accounts.

    Notes
    -----
    The territory's capacity is set to the ramped share, so its target is that share of a full seat's; every other
    target falls in proportion. The plan then carves it from the most loaded, lowest grades first, as it does for any
    territory below its band.

    Parameters
    ----------
    territory
        territory_id of a seat in the book.
    capacity_share
        Size against a full seat while ramping, above 0.
    """

    territory: str
    capacity_share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.capacity_share <= 10:
            raise InputError(
                {"capacity_share": f"{self.capacity_share:g} must be above 0 and at most 10; 1 is a full seat"}
            )

    def apply(self, setting: Setting) -> Setting:
        """Set the seat's capacity."""
        (row,) = find_seats(setting, [self.territory])
        ids = [self.territory]
        full_hours = row["capacity_hours"] / row["capacity_share"] if row["capacity_share"] else row["capacity_hours"]
        return setting.with_changes(
            ids, capacity_share=self.capacity_share, capacity_hours=full_hours * self.capacity_share
        )

    def __str__(self) -> str:
        return f"new-hire:territory={self.territory},capacity_share={self.capacity_share:g}"
