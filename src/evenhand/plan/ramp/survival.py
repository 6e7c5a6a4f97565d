"""How long something takes where it hasn't happened to everybody yet: Kaplan–Meier with its interval."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

LOOK_AT_DAYS = 90


@dataclass(frozen=True)
class Survival:
    """How long it takes until something happens.

    Attributes
    ----------
    n, n_happened
        Accounts followed, and those to which it happened.
    median_days, median_low, median_high
        Days by which it has happened to half of them; None where that wasn't reached.
    share, share_low, share_high
        To how many of them it has happened by day `LOOK_AT_DAYS`.
    """

    n: int
    n_happened: int
    median_days: float | None
    median_low: float | None
    median_high: float | None
    share: float
    share_low: float
    share_high: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in vars(self).items()}


def estimate_survival(days: Floats, happened: Flags, confidence_share: float) -> Survival | None:
    """Estimate how long it takes from how long each was followed and whether it happened.

    Parameters
    ----------
    days
        (n,) > 0: until it happened, or as long as the account could be followed.
    happened
        (n,) False: not yet, and it isn't known when.

    Returns
    -------
    Survival | None
        None where there is nothing to estimate from: fewer than two accounts, or it never happened.

    Notes
    -----
    Kaplan–Meier, with Greenwood's variance on the log(−log) scale for the interval; the interval of the median is
    where the limits of the curve cross one half (Brookmeyer and Crowley).

    References
    ----------
    E. L. Kaplan, P. Meier: Nonparametric estimation from incomplete observations. JASA 53 (1958) 457–481.
    R. Brookmeyer, J. Crowley: A confidence interval for the median survival time. Biometrics 38 (1982) 29–41.
    """
    if len(days) < 2 or not happened.any():
        return None
    from scipy.stats import CensoredData, ecdf  # noqa: PLC0415 - takes as long to import as the rest of scipy

    curve = ecdf(CensoredData(uncensored=days[happened], right=days[~happened])).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        # SciPy warns where the limits are undefined, which is dealt with below.
        warnings.simplefilter("ignore", RuntimeWarning)
        limits = curve.confidence_interval(confidence_share, method="log-log")
    lower: Any = limits.low
    upper: Any = limits.high
    at, left = curve.quantiles, curve.probabilities
    # The limits are undefined where nobody or everybody is left: there the curve itself stands for them.
    low, high = (np.where(np.isnan(line), left, line) for line in (lower.probabilities, upper.probabilities))
    place = int(np.searchsorted(at, LOOK_AT_DAYS, side="right")) - 1
    share, share_low, share_high = ((1 - float(line[place]) if place >= 0 else 0.0) for line in (left, high, low))
    return Survival(
        n=len(days),
        n_happened=int(happened.sum()),
        median_days=_crossing(at, left),
        median_low=_crossing(at, low),
        median_high=_crossing(at, high),
        share=share,
        share_low=share_low,
        share_high=share_high,
    )


def _crossing(at: Floats, left: Floats) -> float | None:
    below = np.flatnonzero(left <= 0.5)
    return float(at[below[0]]) if len(below) else None
