"""Who holds accounts: seats with their capacity, which territory an account is in by layer, and what rolls up where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

MOST_LEVELS = 64
"""Deeper hierarchies are taken for a cycle; admitting refuses those."""


def list_seats(book: Book, policy: Policy) -> pl.DataFrame:
    """Return the seats with their capacity.

    Returns
    -------
    pl.DataFrame
        territory_id, name (the id where there is none), layer ("" for the firm's only one), capacity_share (1 = a
        full seat) and capacity_hours (a year; the policy's for a full seat where the book has none). Sorted by
        territory_id.

    References
    ----------
    Policy entry ``workload.capacity_hours``.
    """
    share = pl.col("capacity_share").fill_null(1.0)
    return book.seats.sort("territory_id").select(
        "territory_id",
        pl.col("name").fill_null(pl.col("territory_id")),
        pl.col("layer").fill_null(""),
        capacity_share=share,
        capacity_hours=pl.col("capacity_hours").fill_null(share * policy.workload.capacity_hours),
    )


def place_accounts(book: Book) -> pl.DataFrame:
    """Return which territory every account is in, in each layer that covers it.

    Returns
    -------
    pl.DataFrame
        account_id, territory_id, layer, sorted. An account's own territory is that of the accounts table; further
        layers come from the ownership that runs on the book's date.
    """
    layers = book.territories.select("territory_id", pl.col("layer").fill_null(""))
    own = book.accounts.select("account_id", "territory_id").join(layers, on="territory_id")
    further = (
        book.ownership.filter(
            (pl.col("starts_on") <= book.as_of) & (pl.col("ends_on").is_null() | (pl.col("ends_on") > book.as_of))
        )
        .select("account_id", "territory_id")
        .join(layers, on="territory_id")
        .join(own.select("account_id", own_layer="layer"), on="account_id")
        .filter(pl.col("layer") != pl.col("own_layer"))
        .drop("own_layer")
        .sort("account_id", "layer", "territory_id")
        .unique(["account_id", "layer"], keep="first", maintain_order=True)
    )
    return pl.concat([own, further]).sort("account_id", "layer")


def climb(territories: pl.DataFrame) -> pl.DataFrame:
    """Return every territory with itself and all the groups that it rolls up to.

    Returns
    -------
    pl.DataFrame
        territory_id, ancestor_id; sorted.
    """
    parents = territories.select("territory_id", "parent_territory_id").drop_nulls()
    level = territories.select("territory_id", ancestor_id="territory_id")
    levels = [level]
    while level.height and len(levels) <= MOST_LEVELS:
        level = level.join(parents, left_on="ancestor_id", right_on="territory_id").select(
            "territory_id", ancestor_id="parent_territory_id"
        )
        levels.append(level)
    return pl.concat(levels).unique().sort("territory_id", "ancestor_id")
