"""Win rates of territories as they would be with reps of equal tenure and the same kinds of deals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.diagnose.seats import place_accounts
from evenhand.diagnose.win_rates.crossed_logit import Counts
from evenhand.diagnose.win_rates.judged import judge_counts
from evenhand.diagnose.windows import months_before

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

DAYS_PER_YEAR = 365.25
TENURE_STEP = 0.05
"""Log-years to which tenure is rounded, so that deals can be counted in groups."""

SCHEMA = {
    "territory_id": pl.String,
    "n_closed": pl.Int64,
    "raw": pl.Float64,
    "adjusted": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


@dataclass(frozen=True)
class Divergence:
    """How far the adjusted win rates of two territories are apart.

    Attributes
    ----------
    high_id, low_id
        The territories with the highest and the lowest adjusted rate.
    points, low, high
        Their difference as a share (0.15 is 15 points), with its interval.
    chance
        Probability of differences between territories like these where there are none, whoever covered what.
    chance_of_deals
        The same if what single reps bring is counted as their territory's.
    n_closed
        Deals that it rests on.
    """

    high_id: str
    low_id: str
    points: float
    low: float
    high: float
    chance: float
    chance_of_deals: float
    n_closed: int


@dataclass(frozen=True)
class WinRates:
    """Adjusted win rates.

    Attributes
    ----------
    missing
        Why they can't be told; None where they can.
    territories
        One row per territory with enough deals, with `SCHEMA`: deals closed, raw and adjusted rate, interval.
    divergence
        Between the highest and the lowest; None where missing.
    tenure_log_odds
        What a rep's log(1 + years) adds to the log-odds of winning.
    separates_reps
        True where what single reps bring could be taken out; False where each territory has one rep of its own, so
        that a difference is the territory's and its rep's together.
    together_ids
        Territories that have one rep of their own: their rate is theirs and their rep's together.
    """

    missing: str | None
    territories: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    divergence: Divergence | None = None
    tenure_log_odds: float | None = None
    separates_reps: bool = False
    together_ids: tuple[str, ...] = ()
    confidence: float = 0.95

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "missing": self.missing,
            "confidence": self.confidence,
            "tenure_log_odds": self.tenure_log_odds,
            "separates_reps": self.separates_reps,
            "together_ids": list(self.together_ids),
            "divergence": None if self.divergence is None else dict(vars(self.divergence)),
            "territories": self.territories.to_dicts(),
        }


def adjust_win_rates(book: Book, policy: Policy) -> WinRates:
    """Work out each territory's win rate at equal rep tenure and mix of deals.

    Notes
    -----
    log-odds of winning = constant + type of deal + log(1 + years of the rep with the firm at the close) + territory +
    rep, with territories and reps as crossed random effects, over the deals closed in the trailing months. The adjusted
    rate is that of a deal of average covariates with an average rep. Territories with fewer than
    ``verdict.deals_at_least`` deals are left out. Whether territories differ at all is judged by `find_chance`.

    References
    ----------
    Policy entries ``verdict.trailing_months``, ``verdict.deals_at_least``, ``triggers.false_alarm_share``,
    ``triggers.usual_log_odds``.
    """
    missing = _find_missing(book)
    if missing:
        return WinRates(missing)
    deals = _list_deals(book, policy)
    if deals["territory_id"].n_unique() < 2:
        least = policy.verdict.deals_at_least
        return WinRates(f"fewer than two territories have {least} closed deals by reps whose first day is known")
    return _fit(deals, policy.triggers.usual_log_odds, confidence=1 - policy.triggers.false_alarm_share)


def _find_missing(book: Book) -> str | None:
    if not book.has("opportunities", "is_closed", "is_won", "closed_on"):
        return "no closed opportunities with outcome and date in the book"
    if not book.has("opportunities", "rep_id"):
        return "the opportunities have no rep_id, so tenure can't be taken into account"
    return None if book.has("reps", "hired_on") else "the reps have no hired_on, so tenure can't be taken into account"


def _list_deals(book: Book, policy: Policy) -> pl.DataFrame:
    """Count closed deals by territory, rep, type and rounded tenure."""
    since = months_before(book.as_of, policy.verdict.trailing_months)
    own_layer = place_accounts(book).join(
        book.accounts.select("account_id", "territory_id"), on=["account_id", "territory_id"]
    )
    years = (pl.col("closed_on") - pl.col("hired_on")).dt.total_days() / DAYS_PER_YEAR
    tenure = (years.clip(lower_bound=0).log1p() / TENURE_STEP).round() * TENURE_STEP
    return (
        book.opportunities.lazy()
        .filter(pl.col("is_closed") & pl.col("is_won").is_not_null())
        .filter((pl.col("closed_on") > since) & (pl.col("closed_on") <= book.as_of))
        .join(own_layer.lazy().select("account_id", "territory_id"), on="account_id")
        .join(book.reps.lazy().select("rep_id", "hired_on").drop_nulls(), on="rep_id")
        .with_columns(tenure=tenure, type=pl.col("type").fill_null(""))
        .group_by("territory_id", "rep_id", "type", "tenure")
        .agg(n_closed=pl.len().cast(pl.Int64), n_won=pl.col("is_won").sum().cast(pl.Int64))
        .filter(pl.col("n_closed").sum().over("territory_id") >= policy.verdict.deals_at_least)
        .sort("territory_id", "rep_id", "type", "tenure")
        .collect()
    )


def _fit(deals: pl.DataFrame, usual_size: float, confidence: float) -> WinRates:
    territory_ids, territory = _codes(deals["territory_id"])
    _, rep = _codes(deals["rep_id"])
    n_closed = deals["n_closed"].to_numpy().astype(np.float64)
    covariates, tenure_column = _covariates(deals, n_closed)
    counts = Counts(deals["n_won"].to_numpy().astype(np.float64), n_closed, covariates, territory, rep)
    judged = judge_counts(counts, usual_size=usual_size, confidence=confidence)
    if not judged.chance.is_told:
        return WinRates(
            "the territories' reps differ in tenure or mix of deals just as the territories do, so that nothing of a "
            "difference can be said to be the territories'"
        )
    by_territory = deals.group_by("territory_id").agg(pl.col("n_closed", "n_won").sum()).sort("territory_id")
    territories = pl.DataFrame(
        {
            "territory_id": territory_ids,
            "n_closed": by_territory["n_closed"],
            "raw": by_territory["n_won"] / by_territory["n_closed"],
            "adjusted": judged.rates,
            "low": judged.low,
            "high": judged.high,
        },
        schema=SCHEMA,
    )
    high, low = (territory_ids[code] for code in judged.pair)
    return WinRates(
        missing=None,
        territories=territories,
        divergence=Divergence(
            high, low, *judged.points, judged.chance.of_reps, judged.chance.of_deals, int(n_closed.sum())
        ),
        tenure_log_odds=None if tenure_column is None else float(judged.fixed[tenure_column]),
        separates_reps=not judged.together.all(),
        together_ids=tuple(territory_ids.filter(pl.Series(judged.together))),
        confidence=confidence,
    )


def _codes(column: pl.Series) -> tuple[pl.Series, np.ndarray[Any, np.dtype[np.int64]]]:
    levels = column.unique().sort()
    return levels, levels.search_sorted(column).to_numpy().astype(np.int64)


def _covariates(
    deals: pl.DataFrame, n_closed: np.ndarray[Any, np.dtype[np.float64]]
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int | None]:
    """Return intercept, types and tenure, centred, and the column of the tenure; what doesn't vary is left out."""
    types = deals["type"].unique().sort().to_list()[1:]
    columns = [(deals["type"] == name).to_numpy().astype(np.float64) for name in types]
    tenure = deals["tenure"].to_numpy()
    tenure_column = None
    if np.ptp(tenure) > 0:
        tenure_column = len(columns) + 1
        columns.append(tenure)
    centred = [column - np.average(column, weights=n_closed) for column in columns]
    return np.column_stack([np.ones(deals.height), *centred]), tenure_column
