"""Whether the model knows more than the base rate, and whether its probabilities come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri, xlog1py, xlogy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

N_BINS = 10

CALIBRATION_SCHEMA = {
    "foretold": pl.Float64,
    "found": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "n_won": pl.Int64,
}


@dataclass(frozen=True)
class Skill:
    """How much of a loss of the base rate the model takes away: 1 − loss of the model ÷ loss of the base rate.

    Attributes
    ----------
    share, low, high
        The skill and its interval; 0 knows no more than the base rate, 1 everything.
    model, base
        Mean losses.
    """

    share: float
    low: float
    high: float
    model: float
    base: float


def brier_losses(share: Floats, won: Flags) -> Floats:
    """(n,) squared distance of what was foretold from what happened.

    References
    ----------
    G. W. Brier: Verification of forecasts expressed in terms of probability. Monthly Weather Review 78 (1950) 1–3.
    """
    return np.asarray((share - won) ** 2)


def log_losses(share: Floats, won: Flags) -> Floats:
    """(n,) minus the logarithm of the probability given to what happened.

    References
    ----------
    I. J. Good: Rational decisions. Journal of the Royal Statistical Society B 14 (1952) 107–114.
    """
    hit = won.astype(np.float64)
    return np.asarray(-xlogy(hit, share) - xlog1py(1 - hit, -share))


def measure_skill(model: Floats, base: Floats, family: NDArray[np.int64], confidence: float) -> Skill:
    """Compare two losses of the same accounts and periods.

    Parameters
    ----------
    model, base
        (n,) losses.
    family
        (n,) codes: an account is tested in several periods and families buy together, so their losses are not
        independent and count as one.

    Notes
    -----
    With d the difference of the losses summed over each of the F families, the standard error of the mean difference
    is √F × standard deviation of d ÷ n. The loss of the base rate that it is divided by is taken as known.
    """
    n = len(model)
    differences = np.bincount(family, base - model)
    n_families = len(differences)
    gain = float((base - model).mean())
    error = float(np.sqrt(n_families) * differences.std(ddof=1) / n) if n_families > 1 else float("inf")
    reach = float(ndtri((1 + confidence) / 2)) * error
    size = float(base.mean())
    if size <= 0:
        return Skill(0.0, 0.0, 0.0, float(model.mean()), size)
    return Skill(gain / size, (gain - reach) / size, (gain + reach) / size, float(model.mean()), size)


def tabulate(share: Floats, won: Flags, confidence: float) -> pl.DataFrame:
    """Return what was foretold and what happened by tenths of the accounts, least likely first.

    Returns
    -------
    pl.DataFrame
        `CALIBRATION_SCHEMA`: mean probability foretold, share that won, its interval (Wilson), accounts, winners.

    References
    ----------
    E. B. Wilson: Probable inference, the law of succession, and statistical inference. JASA 22 (1927) 209–212.
    """
    n = len(share)
    # Equal forecasts stay together, or the order of the rows would decide between bins.
    rank = np.searchsorted(np.sort(share), share, side="left")
    z = float(ndtri((1 + confidence) / 2))
    found = pl.col("n_won") / pl.col("n")
    middle = (found + z**2 / (2 * pl.col("n"))) / (1 + z**2 / pl.col("n"))
    reach = z * (found * (1 - found) / pl.col("n") + z**2 / (4 * pl.col("n") ** 2)).sqrt() / (1 + z**2 / pl.col("n"))
    return (
        pl.DataFrame({"bin": rank * N_BINS // max(n, 1), "share": share, "won": won})
        .group_by("bin")
        .agg(foretold=pl.col("share").mean(), n=pl.len().cast(pl.Int64), n_won=pl.col("won").sum().cast(pl.Int64))
        .sort("bin")
        .with_columns(found=found, low=(middle - reach).clip(0, 1), high=(middle + reach).clip(0, 1))
        .select(*CALIBRATION_SCHEMA)
    )


def mean_miss(calibration: pl.DataFrame) -> float:
    """Return the mean distance of what was foretold from what was found, over the accounts of a `tabulate`."""
    foretold, found, n = (calibration[name].to_numpy() for name in ("foretold", "found", "n"))
    return float(np.average(np.abs(foretold - found), weights=n))
