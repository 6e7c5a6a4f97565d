"""Who takes accounts in a plan: the seats with their capacity, after whatever events were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.events.event import Event
    from evenhand.policy import Policy


@dataclass(frozen=True)
class Transfer:
    """Accounts that an event sends somewhere.

    Attributes
    ----------
    to
        The only territories that may take them; empty: they stay. None: whoever may take them by the rules.
    has_to_leave
        True where they may not stay in their territory.
    why
        A clause without a full stop: "T04 merges into T03".
    """

    account_ids: tuple[str, ...]
    to: tuple[str, ...] | None
    has_to_leave: bool
    why: str


@dataclass(frozen=True)
class Door:
    """A territory that takes none but these accounts."""

    territory_id: str
    account_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Setting:
    """The territories of a plan, in order of their ids, and what events ask of the accounts.

    Attributes
    ----------
    territories
        territory_id, name, layer, segment, vertical, region, latitude, longitude, capacity_share, capacity_hours,
        is_seat (False for a group of territories that holds accounts itself: they stay, and it has no band),
        is_emptied (its accounts have to go).
    transfers, doors
        Which accounts have to go where, and which territories take only some.
    new_segments
        The segment that an account has from now on, by account_id.
    spread
        Emptied territories whose accounts are shared out by spare capacity.
    carved
        Territories of new hires, filled from the most loaded.
    events
        What was applied, in the order it was.
    """

    territories: pl.DataFrame
    transfers: tuple[Transfer, ...] = ()
    doors: tuple[Door, ...] = ()
    new_segments: tuple[tuple[str, str], ...] = ()
    spread: tuple[str, ...] = ()
    carved: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def follows_the_book(self) -> bool:
        """Whether accounts may go wherever the book and the policy let them, and no territory is new."""
        return not (self.events or self.is_emptied.any())

    @property
    def ids(self) -> tuple[str, ...]:
        """Territory ids in order."""
        return tuple(self.territories["territory_id"].to_list())

    @property
    def is_emptied(self) -> NDArray[np.bool_]:
        """(T,) whose accounts have to go."""
        return self.territories["is_emptied"].to_numpy()

    @property
    def is_seat(self) -> NDArray[np.bool_]:
        """(T,) which have bands."""
        return self.territories["is_seat"].to_numpy()

    @property
    def capacity_shares(self) -> NDArray[np.float64]:
        """(T,) size against a full seat; 0 for what isn't a seat or is emptied."""
        shares = self.territories["capacity_share"].to_numpy()
        return np.where(self.is_seat & ~self.is_emptied, shares, 0.0)

    def with_changes(self, territory_ids: list[str], **changes: object) -> Setting:
        """Return the setting with some columns set otherwise for some territories."""
        chosen = pl.col("territory_id").is_in(territory_ids)
        updates = [
            pl.when(chosen).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
            for column, value in changes.items()
        ]
        return replace(self, territories=self.territories.with_columns(updates))

    def with_territory(self, row: pl.DataFrame) -> Setting:
        """Return the setting with one more territory."""
        territories = pl.concat([self.territories, row.select(self.territories.columns)], how="vertical_relaxed")
        return replace(self, territories=territories.sort("territory_id"))


def open_setting(book: Book, policy: Policy) -> Setting:
    """Take the territories as the book has them.

    Parameters
    ----------
    policy
        `workload.capacity_hours` is the capacity of a full seat where the book has none.
    """
    holding = book.active_accounts["territory_id"].unique()
    seats = book.seats["territory_id"]
    share = pl.col("capacity_share").fill_null(1.0)
    return Setting(
        book.territories.filter(
            pl.col("territory_id").is_in(seats.implode()) | pl.col("territory_id").is_in(holding.implode())
        )
        .sort("territory_id")
        .select(
            "territory_id",
            pl.col("name").fill_null(pl.col("territory_id")),
            pl.col("layer").fill_null(""),
            "segment",
            "vertical",
            "region",
            "latitude",
            "longitude",
            capacity_share=share,
            capacity_hours=pl.col("capacity_hours").fill_null(share * policy.workload.capacity_hours),
            is_seat=pl.col("territory_id").is_in(seats.implode()),
            is_emptied=pl.lit(value=False),
        )
    )
