"""A linear model with two crossed random effects, with what isn't known about their sizes taken into account."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from scipy.optimize import minimize
from scipy.sparse import csr_array, hstack
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evenhand.diagnose.effects.sizes import surround

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Codes = NDArray[np.int64]

DROP = 6.0
"""The sizes of the effects are looked at as far as their log-density is this much below its peak."""

LARGE = 400
"""With more levels than this the sizes are well known, and fewer of them are enough."""

N_NODES, N_NODES_LARGE = 9, 5
SMALL = 200_000
"""A table with fewer entries, zeros included, is multiplied as a dense one: setting up a sparse one takes longer."""

MANY = 2000.0
"""Degrees of freedom from which Student's distribution is taken for the normal one."""

HALVINGS = 40

RATE = 0.5
"""Of the prior density λ · exp(−RATE · λ) of an effect's size relative to the error."""

SEARCH = (-6.0, 4.0)
"""Range of log(effect ÷ error) that is searched."""


@dataclass(frozen=True)
class Posterior:
    """Some quantities, each a mixture of Student distributions over the sizes the effects may have.

    Attributes
    ----------
    weights
        (K,) of the sizes looked at; they add up to 1.
    centres, scales
        (K, m).
    degrees
        Of freedom.
    """

    weights: Vector
    centres: NDArray[np.float64]
    scales: NDArray[np.float64]
    degrees: float

    @cached_property
    def mean(self) -> Vector:
        """(m,)."""
        return np.asarray(self.weights @ self.centres)

    def interval(self, confidence: float) -> tuple[Vector, Vector]:
        """Return the equal-tailed interval, (m,) low and high."""
        tail = (1 - confidence) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    def quantile(self, share: float) -> Vector:
        """Return where so much of the mixture lies below, (m,), by bisection."""
        # The normal distribution is worked out much faster, and with so many degrees it is the same.
        is_normal = self.degrees > MANY
        reach = abs(float(ndtri(share) if is_normal else stdtrit(self.degrees, share))) + 1.0
        low = (self.centres - reach * self.scales).min(axis=0)
        high = (self.centres + reach * self.scales).max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            away = (middle - self.centres) / self.scales
            below = np.asarray(self.weights @ (ndtr(away) if is_normal else stdtr(self.degrees, away))) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


@dataclass(frozen=True)
class Crossed:
    """What the model found.

    Attributes
    ----------
    first, second
        The effects of the two groupings.
    contrasts
        The weighted sums of second effects asked for.
    size_first, size_second, size_error
        Standard deviations, averaged over what they may be.
    """

    first: Posterior
    second: Posterior
    contrasts: Posterior
    size_first: float
    size_second: float
    size_error: float


@dataclass(frozen=True)
class _Fit:
    """The model at one pair of sizes relative to the error."""

    log_density: float
    kept: Vector
    second: Vector
    error_variance: float
    factor: NDArray[np.float64]
    second_precision: Vector


class _Equations:
    """Henderson's mixed model equations with the second grouping eliminated, since its block is diagonal."""

    def __init__(self, values: Vector, fixed: NDArray[np.float64], first: Codes, second: Codes) -> None:
        self.n_first, self.n_second = int(first.max()) + 1, int(second.max()) + 1
        self.n_values, self.n_fixed = fixed.shape
        kept = hstack([csr_array(fixed), _members(first, self.n_first)], format="csr")
        members = _members(second, self.n_second)
        self.squares = (kept.T @ kept).toarray()
        self.link = (kept.T @ members).tocsr()
        is_small = self.link.shape[0] * self.link.shape[1] < SMALL
        self.quick_link: Any = self.link.toarray() if is_small else self.link
        self.counts = np.bincount(second, minlength=self.n_second).astype(np.float64)
        self.kept_side, self.second_side = kept.T @ values, members.T @ values
        self.total = float(values @ values)
        firsts = np.arange(self.n_fixed, self.n_fixed + self.n_first)
        self.first_diagonal = (firsts, firsts)

    def fit(self, log_sizes: Vector) -> _Fit:
        """Solve them for given log(effect ÷ error) of the first and second grouping."""
        size_first, size_second = np.exp(log_sizes)
        precision = self.counts + size_second**-2
        weighted = self.quick_link * (1 / precision)
        across: Any = weighted @ self.quick_link.T
        reduced = self.squares - (across if isinstance(across, np.ndarray) else across.toarray())
        reduced[self.first_diagonal] += size_first**-2
        factor = scipy.linalg.cholesky(reduced, lower=True, overwrite_a=True, check_finite=False)
        kept = scipy.linalg.cho_solve((factor, True), self.kept_side - weighted @ self.second_side, check_finite=False)
        second = (self.second_side - self.quick_link.T @ kept) / precision
        degrees = self.n_values - self.n_fixed
        squares = max(self.total - self.kept_side @ kept - self.second_side @ second, 1e-300)
        log_det = 2 * np.log(np.diag(factor)).sum() + np.log(precision).sum()
        log_likelihood = -0.5 * log_det - self.n_first * log_sizes[0] - self.n_second * log_sizes[1]
        log_likelihood -= 0.5 * degrees * np.log(squares)
        # Gamma(2, RATE) on each size, on the scale of logarithms.
        log_prior = float(2 * log_sizes.sum() - RATE * np.exp(log_sizes).sum())
        return _Fit(float(log_likelihood) + log_prior, kept, second, squares / degrees, factor, precision)

    def spread(self, fit: _Fit, contrasts: csr_array) -> tuple[Vector, Vector, Vector]:
        """Return the standard errors of the first effects, of the second, and of the contrasts of second effects."""
        inverse = _invert(fit.factor)
        weighted = (self.link * (1 / fit.second_precision)).T.tocsr()
        first = np.diag(inverse)[self.n_fixed :]
        second = 1 / fit.second_precision + weighted.multiply(weighted @ inverse).sum(axis=1)
        through = (contrasts @ weighted).tocsr()
        own = contrasts.multiply(contrasts) @ (1 / fit.second_precision)
        contrast = own + through.multiply(through @ inverse).sum(axis=1)
        first_error, second_error, contrast_error = (
            np.sqrt(fit.error_variance * part) for part in (first, second, contrast)
        )
        return first_error, second_error, contrast_error


def fit_crossed(
    values: Vector,
    fixed: NDArray[np.float64],
    first: Codes,
    second: Codes,
    contrasts: csr_array | None = None,
) -> Crossed:
    """Fit value = fixed · mean + first effect + second effect + error.

    Parameters
    ----------
    values
        (n,).
    fixed
        (n, p) of full column rank, n > p.
    first, second
        (n,) codes from 0, without gaps, of the two groupings.
    contrasts
        (c, number of second levels) weighted sums of second effects to judge.

    Notes
    -----
    With λ = standard deviation of an effect ÷ that of the error: given both λ, Henderson's mixed model equations give
    the effects and their covariance, and what is left after the fixed effects gives the density of the λ (restricted
    likelihood times λ · exp(−λ ÷ 2), which rules out that an effect has no size at all and hardly anything else).
    Effects are averaged over a grid of λ around the peak. A single best pair of λ, as usual packages use it, makes
    intervals far too short where few reps change territory: with 40 territories and 8 quarters it may put one of the λ
    at 0.

    References
    ----------
    C. R. Henderson: Best linear unbiased estimation and prediction under a selection model. Biometrics 31 (1975)
    423–447. Y. Chung, S. Rabe-Hesketh, V. Dorie, A. Gelman, J. Liu: A nondegenerate penalized likelihood estimator for
    variance parameters in multilevel models. Psychometrika 78 (2013) 685–709.
    """
    equations = _Equations(values, fixed, first, second)
    if contrasts is None:
        contrasts = csr_array((0, equations.n_second))
    fits, log_sizes = _look_around(equations)
    weights = np.exp([fit.log_density - max(other.log_density for other in fits) for fit in fits])
    weights /= weights.sum()
    errors = [equations.spread(fit, contrasts) for fit in fits]
    degrees = float(equations.n_values - equations.n_fixed)

    def mix(centres: list[Any], part: int) -> Posterior:
        return Posterior(weights, np.stack(centres), np.stack([error[part] for error in errors]), degrees)

    error_sizes = np.sqrt([fit.error_variance for fit in fits])
    return Crossed(
        first=mix([fit.kept[equations.n_fixed :] for fit in fits], 0),
        second=mix([fit.second for fit in fits], 1),
        contrasts=mix([contrasts @ fit.second for fit in fits], 2),
        size_first=float(weights @ (error_sizes * np.exp(log_sizes[:, 0]))),
        size_second=float(weights @ (error_sizes * np.exp(log_sizes[:, 1]))),
        size_error=float(weights @ error_sizes),
    )


def _invert(factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of what was factored."""
    lower, _ = scipy.linalg.lapack.dpotri(factor, lower=1)
    return np.asarray(np.tril(lower) + np.tril(lower, -1).T)


def _members(codes: Codes, n_levels: int) -> csr_array:
    """Return the (n, levels) table that is 1 where a value belongs to a level."""
    n_values = len(codes)
    return csr_array((np.ones(n_values), (np.arange(n_values), codes)), shape=(n_values, n_levels))


def _look_around(equations: _Equations) -> tuple[list[_Fit], NDArray[np.float64]]:
    """Fit at a grid of sizes that holds nearly all of their density."""

    def negative(log_sizes: NDArray[np.float64]) -> float:
        return -equations.fit(log_sizes).log_density

    found = minimize(
        negative,
        x0=[-0.5, -0.5],
        method="Nelder-Mead",
        bounds=[SEARCH, SEARCH],
        options={"xatol": 0.02, "fatol": 0.01, "maxfev": 80},
    )
    n_nodes = N_NODES_LARGE if equations.n_first + equations.n_second > LARGE else N_NODES
    grid = surround(
        lambda log_sizes: equations.fit(log_sizes).log_density,
        np.asarray(found.x, dtype=np.float64),
        -float(found.fun),
        SEARCH,
        drop=DROP,
        n_nodes=n_nodes,
    )
    return [equations.fit(log_sizes) for log_sizes in grid], grid
