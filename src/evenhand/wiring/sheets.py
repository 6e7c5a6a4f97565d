"""Sheets of the accounts of books, which maps and searches show: made with the diagnosis, read for pages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.account_sheet import list_accounts
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy


def keep_sheet(book: Book, policy: Policy) -> None:
    """Make the sheet of a book under a policy and keep it on the shelf, whole or not at all."""
    path = open_shelf().sheet(book.content_hash, policy.content_hash)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    list_accounts(book, policy).write_parquet(partial)
    partial.rename(path)


def read_sheet(book_hash: str, policy: Policy) -> pl.DataFrame:
    """Read a sheet, or make it where the policy has changed since the book was diagnosed."""
    shelf = open_shelf()
    path = shelf.sheet(book_hash, policy.content_hash)
    if not path.is_file():
        keep_sheet(connect_outside().read_book(shelf.book(book_hash)), policy)
    return pl.read_parquet(path, glob=False)
