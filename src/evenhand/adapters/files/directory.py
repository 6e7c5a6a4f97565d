"""The part of a book folder that pages need at once: territories, reps, who covers what, where accounts are."""

from __future__ import annotations

import datetime as dt
import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.files.books import MANIFEST
from evenhand.book.book import Book

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("territories", "reps", "coverage")
ACCOUNT_COLUMNS = ["account_id", "territory_id", "latitude", "longitude", "churned_on"]


def read_directory(folder: Path) -> Book:
    """Read a book folder's territories, reps and coverage, and where its accounts are: enough for pages, and quick.

    Nothing is verified: the folder is one that the same workspace wrote and checked.
    """
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    tables = {name: pl.read_parquet(folder / f"{name}.parquet", glob=False) for name in TABLES}
    tables["accounts"] = pl.read_parquet(folder / "accounts.parquet", columns=ACCOUNT_COLUMNS, glob=False)
    return Book(
        dt.date.fromisoformat(manifest["as_of"]),
        manifest["currency"],
        MappingProxyType(tables),
        MappingProxyType({name: frozenset(columns) for name, columns in manifest["given"].items()}),
        manifest["content_hash"],
    )
