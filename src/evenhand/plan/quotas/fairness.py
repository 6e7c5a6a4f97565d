"""Whether the new quotas can be met as well as the old ones: expected attainment of every seat, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from evenhand.diagnose.shape.inequality import gini, variation
from evenhand.plan.quotas.expected import HISTORY, expect_attainment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.quotas.bridge import QuotaBridge
    from evenhand.plan.quotas.expected import Expectation
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

    Floats = NDArray[np.float64]


FAIRNESS_SCHEMA: dict[str, Any] = {
    "territory_id": pl.String,
    "expected_before_cents": pl.Int64,
    "attainment_before": pl.Float64,
    "attainment_before_low": pl.Float64,
    "attainment_before_high": pl.Float64,
    "expected_after_cents": pl.Int64,
    "attainment_after": pl.Float64,
    "attainment_after_low": pl.Float64,
    "attainment_after_high": pl.Float64,
    "ramp_loss_cents": pl.Int64,
    "credibility": pl.Float64,
}


@dataclass(frozen=True)
class Spread:
    """How far apart seats are in expected attainment.

    Attributes
    ----------
    variation
        Standard deviation ÷ mean.
    gini
        Gini's coefficient.
    in_range_share
        Share of the seats inside ``ranges.attainment``; None where the policy has no fixed range.
    """

    n_seats: int
    mean: float
    smallest: float
    largest: float
    variation: float
    gini: float
    in_range_share: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(self).items()}


@dataclass(frozen=True, eq=False)
class Fairness:
    """Expected attainment before and after.

    Attributes
    ----------
    seats
        territory_id, expected_before_cents, attainment_before, attainment_before_low, attainment_before_high, and the
        same after, ramp_loss_cents (taken off what is expected after), credibility. Null where there is no quota; the
        limits are null where there is no history to take them from.
    before, after
        Spread over the seats that have a quota before, and after; None where none has.
    basis
        "history" or "potential", see `expect_attainment`.
    method
        How it was worked out and what it leaves out, in sentences.
    confidence_share
        Of the intervals.
    """

    seats: pl.DataFrame
    before: Spread | None
    after: Spread | None
    basis: str
    method: str
    confidence_share: float

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain values for JSON."""
        return {
            "basis": self.basis,
            "confidence_share": self.confidence_share,
            "method": self.method,
            "before": self.before and self.before.as_dict(),
            "after": self.after and self.after.as_dict(),
        }


def predict_attainment(
    book: Book,
    statement: Statement,
    assigned: NDArray[np.intp],
    policy: Policy,
    bridge: QuotaBridge,
    ramp_loss_cents: NDArray[np.int64],
) -> Fairness:
    """Predict every seat's attainment under the old quotas and accounts, and under the new ones.

    Parameters
    ----------
    ramp_loss_cents
        (T,) what each seat is expected to lose in the period while accounts are new to it.

    Notes
    -----
    An account is expected to sell its part of its present seat's quota × that seat's expected attainment
    (`expect_attainment`), wherever it is; a seat, the sum over its accounts, less the ramp loss. The variance of a
    seat's attainment is Σ over the seats its accounts come from of (their part ÷ quota)² × how unsure that seat's
    expectation is, + the noise of a period; the interval is ± the normal quantile, not below 0.

    References
    ----------
    Policy entries ``ramp.confidence_share`` and ``ranges.attainment``.
    """
    first, n = bridge.first, len(statement.setting.ids)
    expected = expect_attainment(book, statement, first.opening, policy)
    elapsed = (first.opening - first.remaining).astype(np.float64)
    before = expected.ratio * first.opening
    by_source = np.zeros(n)
    np.add.at(by_source, assigned, first.parts * expected.ratio[statement.present])
    after = np.maximum(elapsed * expected.ratio + by_source - ramp_loss_cents, 0.0)

    z = float(ndtri((1 + policy.ramp.confidence_share) / 2))
    before_sd = _deviation(expected, first.opening, expected.unsure * first.opening.astype(np.float64) ** 2)
    mixed = _mix(statement.present, assigned, first.parts, elapsed, expected.unsure)
    after_sd = _deviation(expected, first.new, mixed)
    seats = statement.setting.is_seat | (first.opening != 0)
    columns: dict[str, Any] = {"territory_id": np.array(statement.setting.ids, dtype=object)[seats]}
    for name, amount, quota, deviation in (
        ("before", before, first.opening, before_sd),
        ("after", after, first.new, after_sd),
    ):
        attainment = np.divide(amount, quota, out=np.full(n, np.nan), where=quota > 0)
        columns[f"expected_{name}_cents"] = np.rint(amount).astype(np.int64)[seats]
        columns[f"attainment_{name}"] = attainment[seats]
        columns[f"attainment_{name}_low"] = np.maximum(attainment - z * deviation, 0.0)[seats]
        columns[f"attainment_{name}_high"] = (attainment + z * deviation)[seats]
    columns["ramp_loss_cents"] = ramp_loss_cents[seats]
    columns["credibility"] = expected.credibility[seats]
    frame = pl.DataFrame(columns, schema=FAIRNESS_SCHEMA).with_columns(pl.col(pl.Float64).fill_nan(None).round(6))
    return Fairness(
        seats=frame,
        before=_spread(frame["attainment_before"], policy),
        after=_spread(frame["attainment_after"], policy),
        basis=expected.basis,
        method=_say_method(expected, policy),
        confidence_share=policy.ramp.confidence_share,
    )


def _deviation(expected: Expectation, quota: NDArray[np.int64], unsure: Floats) -> Floats:
    """(T,) standard deviation of attainment: of the estimate (in cents² before division by quota²) and of a period."""
    if expected.basis != HISTORY:
        return np.full(len(quota), np.nan)
    amount = quota.astype(np.float64)
    variance = np.divide(unsure, amount**2, out=np.full(len(quota), np.nan), where=amount > 0)
    variance += np.divide(expected.noise, amount, out=np.full(len(quota), np.nan), where=amount > 0)
    deviation: Floats = np.sqrt(variance)
    return deviation


def _mix(
    present: NDArray[np.intp],
    assigned: NDArray[np.intp],
    parts: NDArray[np.int64],
    elapsed: Floats,
    unsure: Floats,
) -> Floats:
    """(T,) cents²: how unsure the sum of what each seat then holds is; parts from one seat err together."""
    n = len(unsure)
    own = np.arange(n)
    key = np.concatenate([assigned, own]) * n + np.concatenate([present, own])
    pair, at = np.unique(key, return_inverse=True)
    held = np.bincount(at, weights=np.concatenate([parts.astype(np.float64), elapsed]))
    target, source = pair // n, pair % n
    mixed: Floats = np.bincount(target, weights=held**2 * unsure[source], minlength=n).astype(np.float64)
    return mixed


def _spread(attainment: pl.Series, policy: Policy) -> Spread | None:
    values = attainment.drop_nulls().to_numpy()
    if not len(values):
        return None
    limits = policy.ranges.attainment
    in_range = None
    if limits.tolerance is None:
        low = limits.low if limits.low is not None else -np.inf
        high = limits.high if limits.high is not None else np.inf
        in_range = float(np.mean((values >= low) & (values <= high)))
    return Spread(
        n_seats=len(values),
        mean=float(values.mean()),
        smallest=float(values.min()),
        largest=float(values.max()),
        variation=variation(values),
        gini=gini(values),
        in_range_share=in_range,
    )


def _say_method(expected: Expectation, policy: Policy) -> str:
    if expected.basis != HISTORY:
        return (
            "The book has too few closed periods with attained amounts, so every unit of potential is taken to sell "
            "the same, and all seats together to meet all quotas. That says how quotas compare with potential, not "
            "what a rep will sell; there is no interval."
        )
    return (
        f"From {expected.n_observed:,} closed periods: each seat's attained ÷ quota, drawn towards "
        "that of all seats as far as its history is chance (Bühlmann–Straub). An account is expected to sell what it "
        "sold in the seat it comes from, less what is lost while it is new to its seat. "
        f"{policy.ramp.confidence_share:.0%} intervals ".replace("%", " %")
        + "hold one coming period's swing too. Left out: that a rep relieved of too many accounts works the others "
        "better, and that a rep with more than the hours allow works them worse."
    )
