"""A logistic model with two crossed random effects, by Laplace's approximation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_array, hstack
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Codes = NDArray[np.int64]

NONE = -5.0
"""Log standard deviation that counts as no effect."""

SEARCH = (NONE, 1.5)
DENSE = 0.05
"""A table with a larger share of entries is multiplied as a dense one."""

STEPS = 25
CLOSE = 1e-7


@dataclass(frozen=True)
class Counts:
    """Trials by group: rows that share covariates and both levels.

    Attributes
    ----------
    wins, trials
        (g,).
    fixed
        (g, p) covariates, an intercept first.
    first, second
        (g,) codes from 0, without gaps.
    """

    wins: Vector
    trials: Vector
    fixed: NDArray[np.float64]
    first: Codes
    second: Codes


@dataclass(frozen=True)
class CrossedLogit:
    """What the model found, in log-odds.

    Attributes
    ----------
    fixed
        (p,).
    first
        (n_first,) effects.
    covariance
        (p + n_first, p + n_first) of fixed and first effects; the second ones' uncertainty is in it.
    size_first, size_second
        Standard deviations of the effects.
    log_marginal, log_marginal_without_first
        Log-likelihood with the effects integrated out, and the same without first effects.
    """

    fixed: Vector
    first: Vector
    covariance: NDArray[np.float64]
    size_first: float
    size_second: float
    log_marginal: float
    log_marginal_without_first: float


@dataclass(frozen=True)
class _Mode:
    log_marginal: float
    kept: Vector
    factor: NDArray[np.float64]


class _Likelihood:
    """The likelihood at given sizes of the effects; each call starts from where the last one ended."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.n_fixed = counts.fixed.shape[1]
        self.n_first, self.n_second = int(counts.first.max()) + 1, int(counts.second.max()) + 1
        self.kept = hstack([csr_array(counts.fixed), _members(counts.first, self.n_first)], format="csr")
        self.members = _members(counts.second, self.n_second)
        self.start = (np.zeros(self.n_fixed + self.n_first), np.zeros(self.n_second))

    def find_mode(self, log_first: float, log_second: float) -> _Mode:
        """Find the most likely effects by Newton's method, and the marginal likelihood around them."""
        ridge = np.concatenate([np.full(self.n_fixed, 1e-8), np.full(self.n_first, np.exp(-2 * log_first))])
        ridge_second = np.exp(-2 * log_second)
        kept, second = self.start
        value = self._penalised(kept, second, ridge, ridge_second)
        for _ in range(STEPS):
            step_kept, step_second, _, _ = self._step(kept, second, ridge, ridge_second)
            scale, better = 1.0, -np.inf
            while scale > 1e-4:
                better = self._penalised(kept + scale * step_kept, second + scale * step_second, ridge, ridge_second)
                if better >= value:
                    break
                scale /= 2
            if better < value:
                break
            kept, second = kept + scale * step_kept, second + scale * step_second
            gain, value = better - value, better
            if gain < CLOSE * (1 + abs(value)):
                break
        self.start = (kept, second)
        _, _, factor, precision = self._step(kept, second, ridge, ridge_second)
        log_det = 2 * np.log(np.diag(factor)).sum() + np.log(precision).sum()
        sizes = self.n_first * log_first + self.n_second * log_second
        return _Mode(float(value - sizes - 0.5 * log_det), kept, factor)

    def _penalised(self, kept: Vector, second: Vector, ridge: Vector, ridge_second: float) -> float:
        log_odds = self.kept @ kept + self.members @ second
        likelihood = self.counts.wins @ log_odds - self.counts.trials @ np.logaddexp(0, log_odds)
        return float(likelihood - 0.5 * ridge @ kept**2 - 0.5 * ridge_second * second @ second)

    def _step(
        self, kept: Vector, second: Vector, ridge: Vector, ridge_second: float
    ) -> tuple[Vector, Vector, NDArray[np.float64], Vector]:
        """Return Newton's step, with the second effects eliminated, and the factor of what is left."""
        chance = expit(self.kept @ kept + self.members @ second)
        weight = self.counts.trials * chance * (1 - chance)
        residual = self.counts.wins - self.counts.trials * chance
        weighted = self.kept.multiply(weight[:, None]).tocsr()
        precision = self.members.T @ weight + ridge_second
        link = (weighted.T @ self.members).tocsr()
        scaled = link * (1 / precision)
        reduced = (self.kept.T @ weighted).toarray() + np.diag(ridge) - _outer(scaled, link)
        factor = scipy.linalg.cholesky(reduced, lower=True)
        slope = self.kept.T @ residual - ridge * kept
        slope_second = self.members.T @ residual - ridge_second * second
        step = scipy.linalg.cho_solve((factor, True), slope - scaled @ slope_second)
        return step, (slope_second - link.T @ step) / precision, factor, precision


def fit_crossed_logit(counts: Counts, *, second_varies: bool = True) -> CrossedLogit:
    """Fit log-odds = fixed · coefficients + first effect + second effect.

    Parameters
    ----------
    second_varies
        False leaves the second effects out.

    References
    ----------
    N. E. Breslow, D. G. Clayton: Approximate inference in generalized linear mixed models. JASA 88 (1993) 9–25.
    """
    likelihood = _Likelihood(counts)

    def negative(sizes: NDArray[np.float64]) -> float:
        return -likelihood.find_mode(float(sizes[0]), float(sizes[1])).log_marginal

    if second_varies:
        found = minimize(
            negative,
            x0=[-1.5, -1.5],
            method="Nelder-Mead",
            bounds=[SEARCH, SEARCH],
            options={"xatol": 0.05, "fatol": 0.01, "maxfev": 60},
        )
        log_first, log_second = float(found.x[0]), float(found.x[1])
        without = -_least(lambda size: -likelihood.find_mode(NONE, size).log_marginal)[1]
    else:
        log_first, log_second = _least(lambda size: -likelihood.find_mode(size, NONE).log_marginal)[0], NONE
        without = likelihood.find_mode(NONE, NONE).log_marginal
    best = likelihood.find_mode(log_first, log_second)
    p = likelihood.n_fixed
    return CrossedLogit(
        fixed=best.kept[:p],
        first=best.kept[p:],
        covariance=scipy.linalg.cho_solve((best.factor, True), np.eye(len(best.factor))),
        size_first=float(np.exp(log_first)),
        size_second=float(np.exp(log_second)),
        log_marginal=max(best.log_marginal, without),
        log_marginal_without_first=without,
    )


def _outer(left: csr_array, right: csr_array) -> NDArray[np.float64]:
    """Return left · rightᵀ, by whichever method is faster for how full they are."""
    if right.nnz > DENSE * right.shape[0] * right.shape[1]:
        return np.asarray(left.toarray() @ right.toarray().T)
    return np.asarray((left @ right.T).toarray())


def _least(function: Callable[[float], float]) -> tuple[float, float]:
    found = minimize_scalar(function, bounds=SEARCH, method="bounded", options={"xatol": 0.05})
    return float(found.x), float(found.fun)


def _members(codes: Codes, n_levels: int) -> csr_array:
    n_rows = len(codes)
    return csr_array((np.ones(n_rows), (np.arange(n_rows), codes)), shape=(n_rows, n_levels))
