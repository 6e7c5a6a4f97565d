"""Maps of books and plans, the latest few kept in memory; the sheet of a book's accounts is kept on the shelf too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.adapters.map.picture import GRADES, draw_map, lay_ground, see_rows, shape_territories
from evenhand.web.reading import read_kept_directory, read_kept_plan
from evenhand.web.requesting import firm_policy
from evenhand.web.views_of_team import visible_territories
from evenhand.wiring.sheets import read_sheet
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from evenhand.adapters.map.picture import Ground, Layer
    from evenhand.adapters.store.models import Book, PlanRun, User

BUNDLE = Path(__file__).parent / "static/web/bundle"
_KEPT_GROUNDS, _KEPT_LAYERS, _KEPT_MAPS = 2, 6, 8


@dataclass(frozen=True, eq=False)
class Seen:
    """A map as far as somebody sees it.

    Attributes
    ----------
    after
        Where a plan puts the accounts; None for the map of a book.
    rows
        (n,) of each row of the sheet, whether it is seen.
    """

    ground: Ground
    before: Layer
    after: Layer | None
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @property
    def n_placed(self) -> int:
        """Accounts that are seen and have coordinates."""
        return int((self.rows & self.ground.is_placed).sum())

    @property
    def n_unplaced(self) -> int:
        """Accounts that are seen and have none."""
        return int((self.rows & ~self.ground.is_placed).sum())


def find_map(user: User, book: Book, run: PlanRun | None = None) -> Seen:
    """Return the map of a book, or of a plan, as far as somebody sees it."""
    ground = find_ground(book)
    before, after = _layers(book, run)
    return Seen(ground, before, after, see_rows(before, after, visible_territories(user, book)))


def pack_map(user: User, book: Book, run: PlanRun | None = None) -> bytes:
    """Return the bytes that the browser draws."""
    return _pack(
        book.content_hash, firm_policy().content_hash, run.folder if run else "", visible_territories(user, book)
    )


def find_ground(book: Book) -> Ground:
    """Return the accounts of a book on their plane."""
    return _ground(book.content_hash, firm_policy().content_hash)


def describe_account(seen: Seen, row: int) -> dict[str, Any] | None:
    """Return what a tooltip says of the account of a row; None where somebody doesn't see it, or there is none."""
    if not 0 <= row < len(seen.rows) or not seen.rows[row]:
        return None
    said = seen.ground.sheet.row(row, named=True)
    return {
        "row": row,
        "account_id": said["account_id"],
        "name": said["name"] or said["account_id"],
        "segment": said["segment"],
        "potential": said["potential"],
        "grade": GRADES[said["grade"]],
        "before": seen.before.territory_ids[row],
        "after": seen.after.territory_ids[row] if seen.after else None,
    }


def _layers(book: Book, run: PlanRun | None) -> tuple[Layer, Layer | None]:
    policy_hash = firm_policy().content_hash
    before = _layer(book.content_hash, policy_hash, "")
    return before, _layer(book.content_hash, policy_hash, run.folder) if run else None


@lru_cache(maxsize=_KEPT_GROUNDS)
def _ground(book_hash: str, policy_hash: str) -> Ground:
    return lay_ground(read_sheet(book_hash, firm_policy()), BUNDLE / "outlines.json")


@lru_cache(maxsize=_KEPT_LAYERS)
def _layer(book_hash: str, policy_hash: str, folder: str) -> Layer:
    ground = _ground(book_hash, policy_hash)
    if not folder:
        return shape_territories(ground, ground.sheet["territory_id"])
    assignment = read_kept_plan(open_shelf().plan(folder)).assignment
    placed = ground.sheet.select("account_id").join(assignment, on="account_id", how="left", maintain_order="left")
    return shape_territories(ground, placed["territory_id"])


@lru_cache(maxsize=_KEPT_MAPS)
def _pack(book_hash: str, policy_hash: str, folder: str, seen: frozenset[str] | None) -> bytes:
    directory = read_kept_directory(open_shelf().book(book_hash))
    return draw_map(
        _ground(book_hash, policy_hash),
        _layer(book_hash, policy_hash, ""),
        _layer(book_hash, policy_hash, folder) if folder else None,
        seen=seen,
        names=dict(directory.seats.select("territory_id", "name").iter_rows()),
        currency=directory.currency,
    )
