"""Win rates of territories as they would be with reps of equal tenure and the same kinds of deals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import chdtrc, expit, ndtri

from evenhand.diagnose.seats import place_accounts
from evenhand.diagnose.win_rates.crossed_logit import Counts, fit_crossed_logit
from evenhand.diagnose.windows import months_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose.win_rates.crossed_logit import CrossedLogit
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
        Probability of differences between territories like these where there are none.
    n_closed
        Deals that it rests on.
    """

    high_id: str
    low_id: str
    points: float
    low: float
    high: float
    chance: float
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
    """

    missing: str | None
    territories: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMA))
    divergence: Divergence | None = None
    tenure_log_odds: float | None = None
    separates_reps: bool = False
    confidence: float = 0.95

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "missing": self.missing,
            "confidence": self.confidence,
            "tenure_log_odds": self.tenure_log_odds,
            "separates_reps": self.separates_reps,
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
    ``verdict.deals_at_least`` deals are left out. Whether territories differ at all is judged by the likelihood with
    and without their effects (twice its logarithm, half a χ² with one degree of freedom, since a variance can't be
    below 0).

    References
    ----------
    S. G. Self, K.-Y. Liang: Asymptotic properties of maximum likelihood estimators and likelihood ratio tests under
    nonstandard conditions. JASA 82 (1987) 605–610. Policy entries ``verdict.trailing_months``,
    ``verdict.deals_at_least``, ``triggers.false_alarm_share``.
    """
    missing = _find_missing(book)
    if missing:
        return WinRates(missing)
    deals = _list_deals(book, policy)
    if deals["territory_id"].n_unique() < 2:
        least = policy.verdict.deals_at_least
        return WinRates(f"fewer than two territories have {least} closed deals by reps whose first day is known")
    return _fit(deals, confidence=1 - policy.triggers.false_alarm_share)


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


def _fit(deals: pl.DataFrame, confidence: float) -> WinRates:
    territory_ids, territory = _codes(deals["territory_id"])
    _, rep = _codes(deals["rep_id"])
    n_closed = deals["n_closed"].to_numpy().astype(np.float64)
    covariates, tenure_column = _covariates(deals, n_closed)
    counts = Counts(deals["n_won"].to_numpy().astype(np.float64), n_closed, covariates, territory, rep)
    shared = can_separate(counts)
    model = fit_crossed_logit(counts, second_varies=shared)
    rates, errors = _rates(model)
    z = float(ndtri((1 + confidence) / 2))
    centre = model.fixed[0] + model.first
    by_territory = deals.group_by("territory_id").agg(pl.col("n_closed", "n_won").sum()).sort("territory_id")
    territories = pl.DataFrame(
        {
            "territory_id": territory_ids,
            "n_closed": by_territory["n_closed"],
            "raw": by_territory["n_won"] / by_territory["n_closed"],
            "adjusted": rates,
            "low": expit(centre - z * errors),
            "high": expit(centre + z * errors),
        },
        schema=SCHEMA,
    )
    return WinRates(
        missing=None,
        territories=territories,
        divergence=_diverge(model, territory_ids.to_list(), rates, z, int(n_closed.sum())),
        tenure_log_odds=None if tenure_column is None else float(model.fixed[tenure_column]),
        separates_reps=shared,
        confidence=confidence,
    )


def can_separate(counts: Counts) -> bool:
    """Say whether any rep won or lost in two territories, or any territory had two reps."""
    n_pairs = len(np.unique(np.stack([counts.first, counts.second]), axis=1).T)
    return n_pairs > min(len(np.unique(counts.first)), len(np.unique(counts.second)))


def judge_counts(counts: Counts, confidence: float) -> Divergence:
    """Say how far the adjusted rates of counted deals diverge; territories are named by their codes."""
    model = fit_crossed_logit(counts, second_varies=can_separate(counts))
    rates, _ = _rates(model)
    names = [str(code) for code in range(len(model.first))]
    return _diverge(model, names, rates, float(ndtri((1 + confidence) / 2)), int(counts.trials.sum()))


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


def _rates(
    model: CrossedLogit,
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the adjusted rates and the standard errors of their log-odds."""
    n_fixed = len(model.fixed)
    firsts = np.arange(n_fixed, n_fixed + len(model.first))
    variance = model.covariance[0, 0] + 2 * model.covariance[0, firsts] + model.covariance[firsts, firsts]
    return expit(model.fixed[0] + model.first), np.sqrt(variance)


def _diverge(
    model: CrossedLogit,
    territory_ids: Sequence[str],
    rates: np.ndarray[Any, np.dtype[np.float64]],
    z: float,
    n_closed: int,
) -> Divergence:
    n_fixed = len(model.fixed)
    top, bottom = int(np.argmax(rates)), int(np.argmin(rates))
    slopes = np.zeros(len(model.covariance))
    slopes[0] = rates[top] * (1 - rates[top]) - rates[bottom] * (1 - rates[bottom])
    slopes[n_fixed + top] = rates[top] * (1 - rates[top])
    slopes[n_fixed + bottom] -= rates[bottom] * (1 - rates[bottom])
    reach = z * float(np.sqrt(slopes @ model.covariance @ slopes))
    points = float(rates[top] - rates[bottom])
    ratio = max(2 * (model.log_marginal - model.log_marginal_without_first), 0.0)
    return Divergence(
        high_id=territory_ids[top],
        low_id=territory_ids[bottom],
        points=points,
        low=points - reach,
        high=points + reach,
        chance=float(0.5 * chdtrc(1, ratio)) if ratio > 0 else 1.0,
        n_closed=n_closed,
    )
