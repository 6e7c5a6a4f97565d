"""The firm's own past transfers: accounts that came into the hands of another rep."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book

SCHEMA = {
    "account_id": pl.String,
    "transferred_on": pl.Date,
    "until": pl.Date,
    "kind": pl.String,
}

DAY = dt.timedelta(days=1)


def list_transfers(book: Book, *, with_new_reps: bool = False) -> pl.DataFrame:
    """List every past transfer of an account to another rep that the book tells of.

    Parameters
    ----------
    with_new_reps
        Also where the territory stayed and its rep changed.

    Returns
    -------
    pl.DataFrame
        account_id, transferred_on, until (the first day that no longer belongs to it: of the next transfer, of the
        loss of the account, or the day after the book's date) and kind: "account" (it changed territory) or "rep" (its
        territory changed rep). Sorted.

    Notes
    -----
    Only the layer of the account's present territory counts. A change of territory under the same rep is none.
    """
    spans = _spans(book)
    moves = _with_rep(
        _with_rep(_changes(spans), book, "territory_id", "transferred_on", "rep"), book, "former", "eve", "former_rep"
    )
    kinds = [moves.filter(pl.col("rep").ne_missing(pl.col("former_rep")) | pl.col("rep").is_null())]
    if with_new_reps:
        kinds.append(_rep_changes(book, spans))
    columns = ["account_id", "transferred_on", "kind"]
    transfers = pl.concat([frame.select(columns) for frame in kinds]).unique(
        columns[:2], keep="first", maintain_order=True
    )
    ends = book.accounts.select("account_id", "churned_on")
    after = book.as_of + DAY
    return (
        transfers.sort("account_id", "transferred_on")
        .with_columns(next_on=pl.col("transferred_on").shift(-1).over("account_id"))
        .join(ends, on="account_id", how="left", maintain_order="left")
        .with_columns(until=pl.min_horizontal("next_on", "churned_on", pl.lit(after)))
        .filter((pl.col("transferred_on") <= book.as_of) & (pl.col("until") > pl.col("transferred_on")))
        .select(*SCHEMA)
    )


def _spans(book: Book) -> pl.DataFrame:
    """Return account_id, territory_id, starts_on, ends_on of the layer each account is in today."""
    layers = book.territories.select("territory_id", pl.col("layer").fill_null(""))
    own = book.accounts.select("account_id", today="territory_id").join(
        layers, left_on="today", right_on="territory_id"
    )
    return (
        book.ownership.join(layers, on="territory_id")
        .join(own, on=["account_id", "layer"])
        .select("account_id", "territory_id", "starts_on", "ends_on")
        .sort("account_id", "starts_on", "territory_id")
    )


def _changes(spans: pl.DataFrame) -> pl.DataFrame:
    return (
        spans.with_columns(former=pl.col("territory_id").shift(1).over("account_id"))
        .filter(pl.col("former").is_not_null() & (pl.col("former") != pl.col("territory_id")))
        .with_columns(
            transferred_on=pl.col("starts_on"), eve=pl.col("starts_on") - pl.duration(days=1), kind=pl.lit("account")
        )
    )


def _with_rep(rows: pl.DataFrame, book: Book, territory: str, day: str, name: str) -> pl.DataFrame:
    """Add who covered a territory on a day; null where nobody is known to have."""
    covers = book.coverage.select(
        pl.col("territory_id").alias(territory), starts="starts_on", ends="ends_on", **{name: "rep_id"}
    ).sort("starts", name)
    return (
        rows.sort(day)
        .join_asof(covers, left_on=day, right_on="starts", by=territory, strategy="backward", check_sortedness=False)
        .with_columns(pl.when(pl.col("ends").is_null() | (pl.col("ends") >= pl.col(day))).then(name).alias(name))
        .drop("starts", "ends")
    )


def _rep_changes(book: Book, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts of a territory on the day another rep took it over."""
    changes = (
        book.coverage.sort("territory_id", "starts_on", "rep_id")
        .with_columns(former=pl.col("rep_id").shift(1).over("territory_id"))
        .filter(pl.col("former").is_not_null() & (pl.col("former") != pl.col("rep_id")))
        .select("territory_id", transferred_on="starts_on")
        .unique(maintain_order=True)
    )
    untold = book.accounts.join(spans.select("account_id").unique(), on="account_id", how="anti").select(
        "account_id", "territory_id", starts_on="created_on", ends_on=pl.lit(None, dtype=pl.Date)
    )
    held = pl.concat([spans, untold])
    day = pl.col("transferred_on")
    inside = (pl.col("starts_on").is_null() | (pl.col("starts_on") < day)) & (
        pl.col("ends_on").is_null() | (pl.col("ends_on") >= day)
    )
    return changes.join(held, on="territory_id").filter(inside).with_columns(kind=pl.lit("rep"))
