"""What changed between two books on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.book.difference import differ_books

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.book.difference import BookDifference


def differ_folders(outside: Outside, before: Path, after: Path) -> BookDifference:
    """Say what changed from an earlier book to a later one.

    Raises
    ------
    InputError
        Where a folder isn't a book or was changed, or the books are in different currencies.
    """
    return differ_books(outside.read_book(before), outside.read_book(after))
