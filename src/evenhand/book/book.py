"""The book: every table of a firm on one date, validated and immutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.tables import TABLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True)
class Book:
    """A validated snapshot of a firm's accounts, territories, reps and pipeline.

    Attributes
    ----------
    as_of
        The date it describes; "recent" and "trailing" count back from it.
    currency
        ISO 4217 code of every amount.
    tables
        A frame for each name of `evenhand.book.tables.TABLES`, with all of that table's columns under their book
        names and types (money in integer cents), sorted by key, and whatever further columns the source brought.
        What the source lacks is empty (tables) or null (columns).
    given
        For each table that the source had, the book names of the columns it had values in.
    content_hash
        SHA-256 over the date, the currency and every table: the same content has the same hash whatever the order
        of rows, the file format or the machine.
    """

    as_of: dt.date
    currency: str
    tables: Mapping[str, pl.DataFrame]
    given: Mapping[str, frozenset[str]]
    content_hash: str

    def has(self, table: str, *columns: str) -> bool:
        """Say whether the source brought the table, and values in each of the columns (book names)."""
        return table in self.given and all(column in self.given[table] for column in columns)

    @property
    def accounts(self) -> pl.DataFrame:
        """Every account, churned ones too."""
        return self.tables["accounts"]

    @property
    def territories(self) -> pl.DataFrame:
        """Every territory and group of territories."""
        return self.tables["territories"]

    @property
    def reps(self) -> pl.DataFrame:
        """Every rep and manager."""
        return self.tables["reps"]

    @property
    def coverage(self) -> pl.DataFrame:
        """Which rep covered which territory when."""
        return self.tables["coverage"]

    @property
    def ownership(self) -> pl.DataFrame:
        """Which territory an account was in when."""
        return self.tables["ownership"]

    @property
    def opportunities(self) -> pl.DataFrame:
        """Every opportunity, open or closed."""
        return self.tables["opportunities"]

    @property
    def activities(self) -> pl.DataFrame:
        """Every recorded activity."""
        return self.tables["activities"]

    @property
    def quotas(self) -> pl.DataFrame:
        """Quota by territory and period."""
        return self.tables["quotas"]

    @property
    def transfer_requests(self) -> pl.DataFrame:
        """Requests of reps for another territory."""
        return self.tables["transfer_requests"]

    @cached_property
    def active_accounts(self) -> pl.DataFrame:
        """The accounts that have not churned by the book's date, sorted by account_id."""
        return self.accounts.filter(pl.col("churned_on").is_null() | (pl.col("churned_on") > self.as_of))

    @cached_property
    def seats(self) -> pl.DataFrame:
        """The territories that carry accounts themselves: those that no other rolls up to, sorted by territory_id."""
        groups = self.territories["parent_territory_id"].drop_nulls().unique()
        return self.territories.filter(~pl.col("territory_id").is_in(groups.implode()))

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.tables[name].height:,} {name}" for name in TABLES if name in self.given)
        return f"Book of {self.as_of.isoformat()} in {self.currency}: {counts} ({self.content_hash[:12]})"
