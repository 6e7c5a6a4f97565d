"""Territory or rep: what attainment owes to the territory and what to who covers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from scipy.special import ndtri

from evenhand.diagnose.effects.crossed import fit_crossed
from evenhand.diagnose.effects.mobility import connect
from evenhand.diagnose.effects.stints import list_stints
from evenhand.diagnose.effects.words import State, read_territory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.book import Book
    from evenhand.diagnose.effects.crossed import Crossed
    from evenhand.diagnose.effects.mobility import Mobility
    from evenhand.policy import Policy

TERRITORY_SCHEMA = {
    "territory_id": pl.String,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "attainment": pl.Float64,
    "n_periods": pl.Int64,
    "n_reps": pl.Int64,
    "component": pl.Int64,
    "reading": pl.String,
    "sentence": pl.String,
}
REP_SCHEMA = {
    "rep_id": pl.String,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_periods": pl.Int64,
    "n_territories": pl.Int64,
}


@dataclass(frozen=True)
class Effects:
    """What attainment owes to territories and to reps.

    Attributes
    ----------
    missing
        Why it can't be told at all; None where it can.
    territories
        One row per territory with `TERRITORY_SCHEMA`: its effect on attainment (share of quota; 0.1 is ten points above
        the team), the interval, mean attainment, periods and reps it rests on, its connected component of territories
        and reps, the reading (see `Reading`) and the sentence.
    reps
        One row per rep with `REP_SCHEMA`.
    shares
        Of the variance of attainment: territory, rep and rest; they add up to 1.
    stints
        What it was worked out from, see `list_stints`.
    confidence
        Of the intervals.
    """

    missing: str | None
    territories: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TERRITORY_SCHEMA))
    reps: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REP_SCHEMA))
    shares: Mapping[str, float] = field(default_factory=dict)
    stints: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    confidence: float = 0.95

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "missing": self.missing,
            "confidence": self.confidence,
            "shares": dict(self.shares),
            "territories": self.territories.to_dicts(),
            "reps": self.reps.to_dicts(),
        }


def separate_effects(book: Book, policy: Policy) -> Effects:
    """Split the attainment of the last closed periods into a territory, a rep and a period effect.

    Notes
    -----
    attainment = period + territory + rep + error, with the territories and reps as crossed random effects
    (`fit_crossed`). The last ``cadence.attainment_quarters`` periods count; at least ``verdict.effect_periods`` are
    needed, and a territory's reps are held against the team from ``verdict.strong_reps`` on. The confidence of the
    intervals is 1 − ``triggers.false_alarm_share``.
    """
    missing = _find_missing(book)
    if missing:
        return Effects(missing)
    stints = list_stints(book, policy)
    n_periods = stints["period_start"].n_unique()
    if n_periods < policy.verdict.effect_periods:
        reason = (
            f"{n_periods} closed periods with attainment and cover; "
            f"territory and rep are told apart from {policy.verdict.effect_periods} on"
        )
        return Effects(reason, stints=stints)
    if stints["territory_id"].n_unique() < 2:
        return Effects("there is only one territory with attainment and cover", stints=stints)
    return _split(stints, book, policy)


def _find_missing(book: Book) -> str | None:
    if not book.has("quotas", "attained_cents"):
        return "no attainment in the book (quotas with attained)"
    return None if book.has("coverage") else "no coverage in the book, so nobody knows who attained what"


def _split(stints: pl.DataFrame, book: Book, policy: Policy) -> Effects:
    confidence = 1 - policy.triggers.false_alarm_share
    territory_ids, territory = _codes(stints["territory_id"])
    rep_ids, rep = _codes(stints["rep_id"])
    _, period = _codes(stints["period_start"])
    attainment = stints["attainment"].to_numpy()
    fixed = np.eye(int(period.max()) + 1)[period]
    contrasted, contrasts = _contrast_best(stints, rep_ids)
    # Around the mean, so that rounding doesn't eat what is left after the fixed effects.
    model = fit_crossed(attainment - attainment.mean(), fixed, territory, rep, contrasts)
    mobility = connect(stints, dict(book.territories.select("territory_id", "parent_territory_id").iter_rows()))
    variances = np.array([model.size_first, model.size_second, model.size_error]) ** 2
    shares = dict(zip(("territory", "rep", "rest"), (variances / variances.sum()).tolist(), strict=True))
    return Effects(
        missing=None,
        territories=_describe_territories(
            stints, territory_ids, contrasted, model, mobility, confidence, policy.verdict.strong_reps
        ),
        reps=_describe_reps(stints, rep_ids, model, confidence),
        shares=shares,
        stints=stints,
        confidence=confidence,
    )


def _codes(column: pl.Series) -> tuple[pl.Series, np.ndarray[Any, np.dtype[np.int64]]]:
    levels = column.unique().sort()
    return levels, levels.search_sorted(column).to_numpy().astype(np.int64)


def _contrast_best(stints: pl.DataFrame, rep_ids: pl.Series) -> tuple[dict[str, tuple[int, str]], csr_array]:
    """Set the best rep of each territory that had several against its others, by their periods there.

    Returns
    -------
    tuple
        For each such territory the row of the contrast and the best rep; and the contrasts of rep effects.
    """
    by_rep = (
        stints.group_by("territory_id", "rep_id")
        .agg(n=pl.len().cast(pl.Int64), mean=pl.col("attainment").mean())
        .filter(pl.len().over("territory_id") > 1)
        .sort("territory_id", "mean", "rep_id", descending=[False, True, False])
        .with_columns(is_best=pl.int_range(pl.len()).over("territory_id") == 0)
        .with_columns(
            weight=pl.when("is_best")
            .then(1.0)
            .otherwise(-pl.col("n") / pl.col("n").filter(~pl.col("is_best")).sum().over("territory_id"))
        )
    )
    seats = by_rep["territory_id"].unique().sort()
    rows = seats.search_sorted(by_rep["territory_id"]).to_numpy()
    columns = rep_ids.search_sorted(by_rep["rep_id"]).to_numpy()
    contrasts = csr_array((by_rep["weight"].to_numpy(), (rows, columns)), shape=(seats.len(), rep_ids.len()))
    best = by_rep.filter("is_best")
    return {
        seat: (row, rep) for row, (seat, rep) in enumerate(best.select("territory_id", "rep_id").iter_rows())
    }, contrasts


def _describe_territories(
    stints: pl.DataFrame,
    territory_ids: pl.Series,
    contrasted: Mapping[str, tuple[int, str]],
    model: Crossed,
    mobility: Mobility,
    confidence: float,
    strong_reps: int,
) -> pl.DataFrame:
    low, high = model.first.interval(confidence)
    contrast_low, contrast_high = model.contrasts.interval(confidence)
    by_rep = dict(
        stints.group_by("territory_id", "rep_id", maintain_order=True)
        .agg(mean=pl.col("attainment").mean(), n=pl.len().cast(pl.Int64))
        .group_by("territory_id", maintain_order=True)
        .agg(pl.struct("rep_id", "mean", "n"))
        .iter_rows()
    )
    apart = _set_apart(stints, model, confidence, strong_reps)
    rows = []
    for i, seat in enumerate(territory_ids):
        row, best = contrasted.get(seat, (None, None))
        state = State(
            territory_id=seat,
            by_rep={entry["rep_id"]: (entry["mean"], entry["n"]) for entry in by_rep[seat]},
            effect=(float(model.first.mean[i]), float(low[i]), float(high[i])),
            best_rep=best,
            contrast=None
            if row is None
            else (float(model.contrasts.mean[row]), float(contrast_low[row]), float(contrast_high[row])),
            is_separable=seat not in mobility.inseparable,
            apart=apart.get(seat),
            swap=mobility.separating.get(seat),
        )
        reading, sentence = read_territory(state)
        rows.append(
            {
                "territory_id": seat,
                "effect": state.effect[0],
                "low": state.effect[1],
                "high": state.effect[2],
                "attainment": state.mean,
                "n_periods": state.n_periods,
                "n_reps": mobility.n_reps[seat],
                "component": mobility.component[seat],
                "reading": str(reading),
                "sentence": sentence,
            }
        )
    return pl.DataFrame(rows, schema=TERRITORY_SCHEMA)


def _set_apart(
    stints: pl.DataFrame, model: Crossed, confidence: float, strong_reps: int
) -> dict[str, tuple[float, float, float]]:
    """Set the reps of each territory that had enough of them against the team: mean, low, high.

    The mean of J reps' means against the team's in the same periods has the variance
    (rep variance + error variance × mean of 1 ÷ periods) ÷ J.
    """
    z = float(ndtri((1 + confidence) / 2))
    by_seat = (
        stints.with_columns(above=pl.col("attainment") - pl.col("attainment").mean().over("period_start"))
        .group_by("territory_id", "rep_id")
        .agg(above=pl.col("above").mean(), inverse_n=1 / pl.len())
        .group_by("territory_id")
        .agg(above=pl.col("above").mean(), inverse_n=pl.col("inverse_n").mean(), n_reps=pl.len())
        .filter(pl.col("n_reps") >= strong_reps)
        .with_columns(
            reach=z * ((model.size_second**2 + model.size_error**2 * pl.col("inverse_n")) / pl.col("n_reps")).sqrt()
        )
        .sort("territory_id")
    )
    return {
        seat: (above, above - reach, above + reach)
        for seat, above, reach in by_seat.select("territory_id", "above", "reach").iter_rows()
    }


def _describe_reps(stints: pl.DataFrame, rep_ids: pl.Series, model: Crossed, confidence: float) -> pl.DataFrame:
    counts = (
        stints.group_by("rep_id")
        .agg(n_periods=pl.len().cast(pl.Int64), n_territories=pl.col("territory_id").n_unique().cast(pl.Int64))
        .sort("rep_id")
    )
    low, high = model.second.interval(confidence)
    return (
        pl.DataFrame({"rep_id": rep_ids, "effect": model.second.mean, "low": low, "high": high})
        .join(counts, on="rep_id", how="left", maintain_order="left")
        .select(*REP_SCHEMA)
    )
