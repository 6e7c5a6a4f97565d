"""The model: a logistic regression whose log-odds add up from the facts, and its calibration."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

PENALTY_INVERSE = 1.0
"""Of the ridge on standardised facts; with hundreds of wins it shrinks next to nothing, with dozens it holds back."""

DIGITS = 9
"""Coefficients are rounded to so many decimals: sums over threads differ in the last bits from machine to machine."""

LEAST_SHARE = 1e-6
"""Probabilities stay so far from 0 and 1, so that one surprise doesn't cost an infinite loss."""


@dataclass(frozen=True)
class Logistic:
    """A fitted model: log-odds = base + (facts − means) @ slopes.

    Attributes
    ----------
    means
        (n_facts,) of the accounts it was learned from; a fact not on record counts as its mean.
    slopes
        (n_facts,) log-odds for one more of a fact; 0 for a fact that never varied.
    spreads
        (n_facts,) standard deviations of the facts.
    """

    base: float
    means: Floats
    slopes: Floats
    spreads: Floats

    def parts(self, facts: Floats) -> Floats:
        """(n, n_facts) what each fact adds to the log-odds, against an account with the mean of everything."""
        return np.where(np.isnan(facts), 0.0, facts - self.means) * self.slopes

    def log_odds(self, facts: Floats) -> Floats:
        """(n,) of winning."""
        return np.asarray(self.base + self.parts(facts).sum(axis=1))

    def recalibrated(self, scale: Scale) -> Logistic:
        """Return the model with the scale worked into it, so that its parts still add up."""
        return Logistic(scale.intercept + scale.slope * self.base, self.means, scale.slope * self.slopes, self.spreads)


@dataclass(frozen=True)
class Scale:
    """Calibration: log-odds as found = intercept + slope × log-odds as foretold."""

    intercept: float = 0.0
    slope: float = 1.0

    def __call__(self, log_odds: Floats) -> Floats:
        """(n,) probabilities."""
        return np.clip(expit(self.intercept + self.slope * log_odds), LEAST_SHARE, 1 - LEAST_SHARE)


def fit_logistic(facts: Floats, won: Flags) -> Logistic:
    """Fit the model.

    Parameters
    ----------
    facts
        (n, n_facts); NaN where not on record.
    won
        (n,) at least one of each kind.

    Raises
    ------
    InputError
        Where scikit-learn isn't installed.
    """
    means = _means(facts)
    centred = np.where(np.isnan(facts), 0.0, facts - means)
    spreads = centred.std(axis=0)
    varies = spreads > 0
    slopes = np.zeros(facts.shape[1])
    if not varies.any():
        return Logistic(float(logit(won.mean())), means, slopes, spreads)
    model = _fit(centred[:, varies] / spreads[varies], won, PENALTY_INVERSE)
    slopes[varies] = np.round(model.coef_[0], DIGITS) / spreads[varies]
    return Logistic(float(np.round(model.intercept_[0], DIGITS)), means, slopes, spreads)


def fit_scale(log_odds: Floats, won: Flags) -> Scale:
    """Fit the calibration on accounts that the model didn't learn from.

    References
    ----------
    J. Platt: Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers (1999) 61–74.
    D. R. Cox: Two further applications of a model for binary regression. Biometrika 45 (1958) 562–565.
    """
    if np.ptp(log_odds) == 0 or won.all() or not won.any():
        return Scale()
    model = _fit(log_odds[:, None], won, np.inf)
    return Scale(float(np.round(model.intercept_[0], DIGITS)), float(np.round(model.coef_[0, 0], DIGITS)))


def slope_error(log_odds: Floats, scale: Scale) -> float:
    """Return the standard error of the slope of a calibration."""
    share = scale(log_odds)
    weight = share * (1 - share)
    centred = log_odds - np.average(log_odds, weights=weight)
    information = float(weight @ centred**2)
    return float(information**-0.5) if information > 0 else float("inf")


def _means(facts: Floats) -> Floats:
    known = ~np.isnan(facts)
    sums = np.where(known, facts, 0.0).sum(axis=0)
    means: Floats = np.divide(sums, known.sum(axis=0), out=np.zeros(facts.shape[1]), where=known.any(axis=0))
    return means


def _fit(facts: Floats, won: Flags, penalty_inverse: float) -> Any:
    try:
        linear_model = importlib.import_module("sklearn.linear_model")
    except ImportError as missing:
        message = (
            "learning the propensity to buy needs scikit-learn: pip install 'evenhand[stats]', "
            'or set potential.propensity to "facts"'
        )
        raise InputError({"potential.propensity": message}) from missing
    # Newton's method is exact to the last digits in a few steps and draws nothing by chance.
    return linear_model.LogisticRegression(C=penalty_inverse, solver="newton-cholesky", tol=1e-9, max_iter=200).fit(
        facts, won
    )
