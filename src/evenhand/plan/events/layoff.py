"""A reduction in force: several territories are emptied at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.plan.events.named import find_seats

if TYPE_CHECKING:
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class Layoff:
    """Empty several territories; their accounts go to the others by spare capacity, see `RepLeft`."""

    territories: tuple[str, ...]

    def apply(self, setting: Setting) -> Setting:
        """Empty the territories."""
        find_seats(setting, list(self.territories))
        return setting.with_changes(list(self.territories), is_emptied=True)

    def __str__(self) -> str:
        return f"layoff:territories={';'.join(self.territories)}"
