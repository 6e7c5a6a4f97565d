"""Balance of each measure from book to book, and how much of what a plan gained is gone again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.history import take_snapshot
from evenhand.diagnose.wording import say_count, say_share

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose import Diagnosis

BALANCE_SCHEMA = {
    "layer": pl.String,
    "measure": pl.String,
    "as_of": pl.Date,
    "n_seats": pl.Int64,
    "variation": pl.Float64,
    "widest_id": pl.String,
    "widest": pl.Float64,
    "within_share": pl.Float64,
}

_OF_PLAN = {"workload": "workload_share"}
"""Measures that a plan and a diagnosis name differently."""


_NOTICEABLE = 0.02
"""A plan that changes the variation by less wasn't made to."""


@dataclass(frozen=True)
class Decay:
    """What became of the balance that a plan made.

    Attributes
    ----------
    before, planned, now
        Coefficient of variation per capacity: in the book the plan was made from, as the plan has it, in the newest.
    gone_share
        Share of what the plan gained that is gone; null where it gained nothing.
    sentence
        All of it in words.
    """

    layer: str
    measure: str
    before: float
    planned: float
    now: float
    n_days: int
    gone_share: float | None
    sentence: str


def trace_balance(diagnosed: Sequence[tuple[Book, Diagnosis]]) -> pl.DataFrame:
    """Follow how even every measure is over the seats, from book to book.

    Parameters
    ----------
    diagnosed
        Books and their diagnoses, in any order.

    Returns
    -------
    pl.DataFrame
        See `BALANCE_SCHEMA`, by layer, measure and date. A seat stands at its value per capacity ÷ the team's;
        `variation` is the standard deviation of that over the seats ÷ its mean, `widest` the largest deviation from 1
        and `widest_id` whose it is, `within_share` of the seats that are judged.
    """
    snapshots = [
        take_snapshot(book, one.accounts, one.territories, one.team)
        for book, one in sorted(diagnosed, key=lambda pair: pair[0].as_of)
    ]
    judged = pl.col("status") != "unknown"
    return (
        pl.concat([snapshot.standings for snapshot in snapshots])
        .filter(pl.col("standing").is_not_null())
        .with_columns(away=pl.col("standing") - 1.0)
        .sort("layer", "measure", "as_of", "territory_id")
        .group_by("layer", "measure", "as_of", maintain_order=True)
        .agg(
            n_seats=pl.len(),
            variation=pl.when(pl.len() > 1).then(pl.col("standing").std(ddof=0) / pl.col("standing").mean()),
            widest_id=pl.col("territory_id")
            .sort_by(pl.col("away").abs(), descending=True, maintain_order=True)
            .first(),
            widest=pl.col("away").sort_by(pl.col("away").abs(), descending=True, maintain_order=True).first(),
            within_share=(pl.col("status") == "within").filter(judged).mean(),
        )
        .select(*BALANCE_SCHEMA)
        .cast(BALANCE_SCHEMA)  # type: ignore[arg-type]  # polars' own types
    )


def find_decay(
    balance: pl.DataFrame, planned: pl.DataFrame, capacity: pl.DataFrame, moved_on: dt.date
) -> tuple[Decay, ...]:
    """Say how much of the balance that a plan made is left.

    Parameters
    ----------
    balance
        Of `trace_balance`; the latest book up to `moved_on` is the one before.
    planned
        The plan's: territory_id, measure, after.
    capacity
        territory_id, layer, capacity_share of the seats.

    Returns
    -------
    tuple[Decay, ...]
        For each measure that the plan and both books have.
    """
    of_plan = (
        planned.with_columns(measure=pl.col("measure").replace(_OF_PLAN))
        .join(capacity, on="territory_id")
        .with_columns(standing=pl.col("after") / pl.col("capacity_share"))
        .filter(pl.col("standing").is_finite())
        .group_by("layer", "measure")
        .agg(n=pl.len(), variation=pl.col("standing").std(ddof=0) / pl.col("standing").mean())
        .filter((pl.col("n") > 1) & pl.col("variation").is_finite())
    )
    found = []
    for layer, measure, _, promised in of_plan.sort("layer", "measure").iter_rows():
        rows = balance.filter(
            (pl.col("layer") == layer) & (pl.col("measure") == measure) & pl.col("variation").is_not_null()
        )
        past, later = rows.filter(pl.col("as_of") <= moved_on), rows.filter(pl.col("as_of") > moved_on)
        if past.is_empty() or later.is_empty():
            continue
        before, now = float(past["variation"][-1]), float(later["variation"][-1])
        n_days = (later["as_of"][-1] - moved_on).days
        gained = before - promised
        gone = (now - promised) / gained if gained > _NOTICEABLE else None
        found.append(
            Decay(
                layer, measure, before, promised, now, n_days, gone, _say(measure, before, promised, now, n_days, gone)
            )
        )
    return tuple(found)


def _say(measure: str, before: float, planned: float, now: float, n_days: int, gone: float | None) -> str:
    figures = (
        f"{measure.replace('_', ' ').removesuffix(' share').capitalize()} per capacity varied between seats by "
        f"{say_share(before)} of the mean before, by {say_share(planned)} in the plan, and varies by {say_share(now)} "
        f"{say_count(n_days, 'day')} later"
    )
    if gone is None:
        return f"{figures}; the plan wasn't made to change it."
    if gone <= 0:
        return f"{figures}: all that the plan gained is there."
    return f"{figures}: {say_share(min(gone, 1.0))} of what the plan gained is gone."
