"""What customers have been through: how often each changed hands, when last, and what earlier plans moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenhand.book.book import Book
    from evenhand.policy import Policy

EARLIER_SCHEMA = {"account_id": pl.String, "to_territory_id": pl.String, "moved_on": pl.Date}
"""Columns of the moves of earlier plans."""


def no_earlier_moves() -> pl.DataFrame:
    """Return the moves of no earlier plan."""
    return pl.DataFrame(schema=EARLIER_SCHEMA)


def join_earlier_moves(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Put the moves of earlier plans together, each once, whatever their order."""
    return pl.concat([no_earlier_moves(), *(frame.select(*EARLIER_SCHEMA) for frame in frames)]).unique().sort(
        "account_id", "moved_on", "to_territory_id"
    )  # fmt: skip


def cool_down_from(book: Book, policy: Policy) -> pl.Expr:
    """Return the date after which a move is too recent for another."""
    return pl.lit(book.as_of).dt.offset_by(f"-{3 * policy.moves.cool_down_quarters}mo")


def recall_owners(book: Book, policy: Policy, earlier_moves: pl.DataFrame | None = None) -> pl.DataFrame:
    """Say how many owners every customer has had.

    Parameters
    ----------
    earlier_moves
        account_id, to_territory_id, moved_on of earlier plans, for the moves that the book's ownership doesn't show.

    Returns
    -------
    pl.DataFrame
        One row for each active account, sorted by account_id: account_id, n_owners (stints in a territory, the
        present one included), n_earlier_moves (changes of territory), moved_on (the last; null for none) and
        n_recent_moves (within ``moves.cool_down_quarters``).

    Notes
    -----
    An account changes hands where its territory does, within the layer of its own territory; the first territory is
    no change. A move of an earlier plan counts where the ownership shows no change to that territory on that day or
    later. Without ownership or earlier plans, every customer has had one owner that we know of.

    References
    ----------
    Policy entry ``moves.cool_down_quarters``.
    """
    layers = book.territories.select("territory_id", layer=pl.col("layer").fill_null(""))
    own = book.active_accounts.select("account_id", "territory_id").join(layers, on="territory_id", how="left")
    changed = pl.col("territory_id") != pl.col("territory_id").shift().over("account_id")
    shown = (
        book.ownership.filter(pl.col("starts_on") <= book.as_of)
        .select("account_id", "territory_id", "starts_on")
        .join(layers, on="territory_id", how="left")
        .join(own.select("account_id", own_layer="layer"), on="account_id")
        .filter(pl.col("layer") == pl.col("own_layer"))
        .sort("account_id", "starts_on", "territory_id")
        .filter(changed.fill_null(value=False))
        .select("account_id", to_territory_id="territory_id", moved_on="starts_on")
    )
    changes = shown
    if earlier_moves is not None and earlier_moves.height:
        planned = earlier_moves.filter(pl.col("moved_on") <= book.as_of).select(*EARLIER_SCHEMA)
        since = planned.join(shown.rename({"moved_on": "shown_on"}), on=["account_id", "to_territory_id"]).filter(
            pl.col("shown_on") >= pl.col("moved_on")
        )
        changes = pl.concat([shown, planned.join(since, on=list(EARLIER_SCHEMA), how="anti")])
    counted = changes.group_by("account_id").agg(
        n_earlier_moves=pl.len().cast(pl.Int64),
        moved_on=pl.col("moved_on").max(),
        n_recent_moves=(pl.col("moved_on") > cool_down_from(book, policy)).sum().cast(pl.Int64),
    )
    return (
        own.select("account_id")
        .join(counted, on="account_id", how="left")
        .with_columns(pl.col("n_earlier_moves", "n_recent_moves").fill_null(0))
        .select("account_id", "n_earlier_moves", "moved_on", "n_recent_moves", n_owners=pl.col("n_earlier_moves") + 1)
        .sort("account_id")
    )


def describe_owners() -> pl.Expr:
    """Give the expression that says of a customer how often it has changed hands; null where it hasn't."""
    times = pl.when(pl.col("n_earlier_moves") == 1).then(pl.lit("once")).otherwise(
        pl.format("{} times", "n_earlier_moves")
    )  # fmt: skip
    return pl.when(pl.col("n_earlier_moves") > 0).then(
        pl.format("changed hands {} before, last on {}", times, pl.col("moved_on").dt.to_string("%Y-%m-%d"))
    )
