"""Whether quotas gave every seat the same chance: predicted against actual attainment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.stats import rankdata

from evenhand.diagnose.wording import say_count, say_share

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from evenhand.book.book import Book

SEAT_SCHEMA = {
    "territory_id": pl.String,
    "quota_cents": pl.Int64,
    "attained_cents": pl.Int64,
    "predicted": pl.Float64,
    "predicted_low": pl.Float64,
    "predicted_high": pl.Float64,
    "actual": pl.Float64,
}
_LEAST_SEATS = 4


@dataclass(frozen=True, eq=False)
class QuotaFairness:
    """How fair quotas were over some completed periods.

    Attributes
    ----------
    seats
        One row for each seat that has both, see `SEAT_SCHEMA`; attainment as a share of the quota. The limits are null
        where the prediction has none.
    basis
        "plan" where the plan predicted, "potential" where what is equal for all is taken for the prediction, "" where
        there is none.
    n_periods
        Completed periods it rests on.
    gap
        Mean of |actual − predicted|.
    rank_correlation
        Of predicted and actual; null with few seats, or where all are equal.
    held_share
        Share of the seats whose attainment is within the limits predicted; null where there are none.
    sentence
        All of it in words; why not, where it can't be told.
    """

    seats: pl.DataFrame
    basis: str
    n_periods: int
    gap: float | None
    rank_correlation: float | None
    held_share: float | None
    sentence: str


def compare_quotas(
    book: Book, territories: pl.DataFrame, since: dt.date, promised: pl.DataFrame | None = None
) -> QuotaFairness:
    """Compare the attainment that was predicted with what came.

    Parameters
    ----------
    territories
        Of the diagnosis of the book: the potential of each seat.
    since
        Periods count of which at least half comes after that day, and that are completed by the book's date.
    promised
        The plan's own prediction: territory_id, attainment_after, attainment_after_low, attainment_after_high. None:
        none, and potential predicts.

    Notes
    -----
    By potential: predicted = team attainment × (share of the team's potential ÷ share of the team's quota), what a
    seat would attain if a unit of potential brought the same everywhere. Fair quotas predict the same for everybody.
    What actual attainment has beyond the prediction is the rep's doing, or luck.
    """
    middle = pl.col("period_start") + (pl.col("period_end") - pl.col("period_start")) / 2
    periods = book.quotas.filter(
        pl.col("attained_cents").is_not_null(), middle >= since, pl.col("period_end") <= book.as_of
    )
    sums = (
        periods.group_by("territory_id")
        .agg(quota_cents=pl.col("amount_cents").sum(), attained_cents=pl.col("attained_cents").sum())
        .filter(pl.col("quota_cents") > 0)
        .with_columns(actual=pl.col("attained_cents") / pl.col("quota_cents"))
    )
    basis = "potential" if promised is None or promised.is_empty() else "plan"
    predicted = _by_potential(sums, territories) if basis == "potential" else _by_plan(promised)
    seats = (
        sums.join(predicted, on="territory_id")
        .filter(pl.col("predicted").is_not_null())
        .select(*SEAT_SCHEMA)
        .cast(SEAT_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("territory_id")
    )
    n_periods = periods["period_start"].n_unique()
    if seats.height < 2:
        why = "the book has no quotas" if not book.has("quotas") else f"no period from {since} on is completed"
        return QuotaFairness(seats, "", n_periods, None, None, None, f"Can't tell: {why}.")
    said, came = seats["predicted"].to_numpy(), seats["actual"].to_numpy()
    gap, ranks = float(np.abs(came - said).mean()), _correlate(said, came)
    held = seats.select(pl.col("actual").is_between("predicted_low", "predicted_high").mean()).item()
    held_share = None if held is None else float(held)
    return QuotaFairness(
        seats, basis, n_periods, gap, ranks, held_share, _say(seats, basis, n_periods, gap, ranks, held_share)
    )


def _by_plan(promised: pl.DataFrame | None) -> pl.DataFrame:
    assert promised is not None  # noqa: S101 - the caller has made sure
    return promised.select(
        "territory_id",
        predicted="attainment_after",
        predicted_low="attainment_after_low",
        predicted_high="attainment_after_high",
    )


def _by_potential(sums: pl.DataFrame, territories: pl.DataFrame) -> pl.DataFrame:
    potential = territories.filter(pl.col("is_seat") & (pl.col("measure") == "potential") & (pl.col("value") > 0))
    rate = pl.col("attained_cents").sum().over("layer") / pl.col("value").sum().over("layer")
    none = pl.lit(None, pl.Float64)
    return (
        potential.select("territory_id", "layer", "value")
        .join(sums, on="territory_id")
        .select(
            "territory_id",
            predicted=rate * pl.col("value") / pl.col("quota_cents"),
            predicted_low=none,
            predicted_high=none,
        )
    )


def _correlate(one: NDArray[np.float64], two: NDArray[np.float64]) -> float | None:
    if len(one) < _LEAST_SEATS or np.ptp(one) == 0 or np.ptp(two) == 0:
        return None
    return float(np.corrcoef(rankdata(one), rankdata(two))[0, 1])


def _say(
    seats: pl.DataFrame, basis: str, n_periods: int, gap: float, ranks: float | None, held_share: float | None
) -> str:
    by_chance = seats.sort("predicted", "territory_id")
    low, high = by_chance.row(0, named=True), by_chance.row(-1, named=True)
    who = "the plan predicted" if basis == "plan" else "potential and quota would predict"
    if ranks is None:
        followed = "too few seats to say whether attainment followed"
    else:
        words = "followed" if ranks >= 0.5 else "hardly followed" if ranks < 0.2 else "partly followed"
        followed = f"attainment {words} (rank correlation {ranks:.2f}".replace("-", "−") + ")"
    within = "" if held_share is None else f"; {say_share(held_share)} of the seats came within the limits predicted"
    return (
        f"For {say_count(seats.height, 'seat')} over {say_count(n_periods, 'period')} {who} attainment from "
        f"{say_share(low['predicted'])} ({low['territory_id']}) to {say_share(high['predicted'])} "
        f"({high['territory_id']}); {followed}; actual and predicted are {100 * gap:.0f} points apart on average"
        f"{within}."
    )
