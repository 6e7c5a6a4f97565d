"""What is kept of a book so that books of different dates can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.seats import place_accounts

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.book.book import Book

ADDED = {
    "accounts": pl.lit(1.0),
    "qualified": pl.col("qualified").cast(pl.Float64),
    "potential": pl.col("potential"),
    "workload_share": pl.col("workload_hours"),
    "pipeline_ttm": pl.col("pipeline_ttm_cents").cast(pl.Float64),
    "active_opportunities": pl.col("n_open").cast(pl.Float64),
}
"""Measures that the accounts of a territory add up to, and what each account adds."""

STANDING_SCHEMA = {
    "territory_id": pl.String,
    "layer": pl.String,
    "measure": pl.String,
    "unit": pl.String,
    "as_of": pl.Date,
    "value": pl.Float64,
    "status": pl.String,
    "capacity_share": pl.Float64,
    "standing": pl.Float64,
}


@dataclass(frozen=True)
class Snapshot:
    """One book's measures, and what they are made of.

    Attributes
    ----------
    standings
        One row per seat, layer and measure with `STANDING_SCHEMA`: the value, and how it stands to the team's, per
        capacity (1 = as the team; null where either is unknown or 0).
    held
        layer, account_id, territory_id and for each measure of `ADDED` what the account adds to it; active accounts.
    reps
        territory_id, rep_ids: who covers each seat on the book's date, in order of their ids.
    """

    as_of: dt.date
    book_hash: str
    currency: str
    standings: pl.DataFrame
    held: pl.DataFrame
    reps: pl.DataFrame


def take_snapshot(book: Book, accounts: pl.DataFrame, territories: pl.DataFrame, team: pl.DataFrame) -> Snapshot:
    """Keep of a book what its comparison with others needs.

    Parameters
    ----------
    accounts
        The result of `measure_accounts`.
    territories, team
        The results of `measure_territories`.
    """
    ratios = [measure.name for measure in MEASURES.values() if measure.is_ratio]
    size = pl.when(pl.col("measure").is_in(ratios)).then(1.0).otherwise("capacity_share")
    of_team = team.select("layer", "measure", team_standing=pl.col("value") / size)
    standing = pl.col("value") / size / pl.col("team_standing")
    standings = (
        territories.filter("is_seat")
        .join(of_team, on=["layer", "measure"], how="left")
        .with_columns(as_of=pl.lit(book.as_of), standing=pl.when(standing.is_finite()).then(standing))
        .select(pl.col(name).cast(dtype) for name, dtype in STANDING_SCHEMA.items())
    )
    held = (
        place_accounts(book)
        .join(accounts.drop("territory_id"), on="account_id")
        .select("layer", "account_id", "territory_id", **ADDED)
    )
    running = book.coverage.join(book.reps.select("rep_id", "left_on"), on="rep_id", how="left").filter(
        (pl.col("starts_on") <= book.as_of)
        & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= book.as_of))
        & (pl.col("left_on").is_null() | (pl.col("left_on") >= book.as_of))
    )
    reps = running.group_by("territory_id").agg(rep_ids=pl.col("rep_id").unique().sort()).sort("territory_id")
    return Snapshot(book.as_of, book.content_hash, book.currency, standings, held, reps)
