"""Maps of books and plans, the latest few kept in memory; the sheet of a book's accounts is kept on the shelf too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.adapters.map.picture import draw_map, lay_ground, see_rows, shape_territories
from evenhand.plan.grades import GRADES
from evenhand.web.reading import read_kept_directory, read_kept_plan
from evenhand.web.requesting import firm_policy
from evenhand.web.views_of_team import visible_territories
from evenhand.wiring.sheets import read_sheet
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    import polars as pl

    from evenhand.adapters.map.picture import Ground, Layer
    from evenhand.adapters.store.models import Book, PlanRun, User

BUNDLE = Path(__file__).parent / "static/web/bundle"
_KEPT_GROUNDS, _KEPT_LAYERS, _KEPT_MAPS = 2, 6, 8


@dataclass(frozen=True, eq=False)
class Seen:
    """A map as far as somebody sees it.

    Attributes
    ----------
    before, after
        (n,) the territory of each row of the sheet, today and by a plan; no after on the map of a book.
    rows
        (n,) of each row of the sheet, whether it is seen.
    """

    ground: Ground
    before: pl.Series
    after: pl.Series | None
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
    policy_hash = firm_policy().content_hash
    before = _territories(book.content_hash, policy_hash, "")
    after = _territories(book.content_hash, policy_hash, run.folder) if run else None
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
        "before": seen.before[row],
        "after": None if seen.after is None else seen.after[row],
    }


@lru_cache(maxsize=_KEPT_GROUNDS)
def _ground(book_hash: str, policy_hash: str) -> Ground:
    return lay_ground(read_sheet(book_hash, firm_policy()), BUNDLE / "outlines.json")


@lru_cache(maxsize=_KEPT_LAYERS)
def _territories(book_hash: str, policy_hash: str, folder: str) -> pl.Series:
    sheet = _ground(book_hash, policy_hash).sheet
    if not folder:
        return sheet["territory_id"]
    assignment = read_kept_plan(open_shelf().plan(folder)).assignment
    return sheet.select("account_id").join(assignment, on="account_id", how="left", maintain_order="left")[
        "territory_id"
    ]


@lru_cache(maxsize=_KEPT_LAYERS)
def _layer(book_hash: str, policy_hash: str, folder: str) -> Layer:
    return shape_territories(_ground(book_hash, policy_hash), _territories(book_hash, policy_hash, folder))


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
