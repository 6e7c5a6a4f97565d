"""What territories are called on the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenhand.book.book import Book


@dataclass(frozen=True)
class TerritoryName:
    """A territory's name for people, and its id where that says more."""

    territory_id: str
    name: str

    @property
    def has_own_name(self) -> bool:
        """Whether the name doesn't say the id already."""
        return self.territory_id not in re.split(r"[\s/(),:–-]+", self.name) and self.name != self.territory_id

    @property
    def text(self) -> str:
        """Name and id in one line."""
        return f"{self.name} ({self.territory_id})" if self.has_own_name else self.name


class TerritoryNames:
    """Looks up what territories are called; one without a name goes by its id."""

    def __init__(self, book: Book, territory_ids: Iterable[str] = ()) -> None:
        rows = book.territories.select("territory_id", "name").iter_rows()
        named = {territory_id: TerritoryName(territory_id, name or territory_id) for territory_id, name in rows}
        for territory_id in territory_ids:
            named.setdefault(territory_id, TerritoryName(territory_id, territory_id))
        self._named = named

    def __getitem__(self, territory_id: str) -> TerritoryName:
        return self._named.get(territory_id) or TerritoryName(territory_id, territory_id)
