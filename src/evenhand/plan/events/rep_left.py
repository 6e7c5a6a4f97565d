"""A rep left and is not replaced: the accounts go to the others by their spare capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.plan.events.named import find_seats

if TYPE_CHECKING:
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class RepLeft:
    """Empty a territory whose rep left.

    Notes
    -----
    Every account of the territory moves. The others' targets rise in proportion to their capacity, and nobody is put
    over the workload ceiling where that can be helped, so a seat with more spare capacity takes more.
    """

    territory: str

    def apply(self, setting: Setting) -> Setting:
        """Empty the territory."""
        find_seats(setting, [self.territory])
        return setting.with_changes([self.territory], is_emptied=True)

    def __str__(self) -> str:
        return f"rep-left:territory={self.territory}"
