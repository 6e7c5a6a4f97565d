"""A logistic model with two crossed random effects, averaged over what is not known about their sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from scipy.optimize import minimize
from scipy.sparse import csr_array, hstack
from scipy.special import expit

from evenhand.diagnose.effects.sizes import surround

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Codes = NDArray[np.int64]
    Table = NDArray[np.float64] | csr_array

NONE = -5.0
"""Log standard deviation that counts as no effect."""

SEARCH = (NONE, 1.5)
DENSE = 0.05
"""A table with a larger share of entries is multiplied as a dense one."""

SMALL = 200_000
"""A table with fewer entries, zeros included, is kept as a dense one: sparse ones take their time to be set up."""

STEPS = 25
CLOSE = 1e-7

DROP = 5.0
"""The sizes are looked at as far as their log-density is this much below its peak."""

LARGE = 300
"""With more levels than this the sizes are well known, and fewer of them are enough."""

N_NODES, N_NODES_LARGE = 7, 3


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
        (g,) codes from 0, without gaps; −1 for a row without a second effect.
    """

    wins: Vector
    trials: Vector
    fixed: NDArray[np.float64]
    first: Codes
    second: Codes


@dataclass(frozen=True)
class Mode:
    """The most likely effects at one pair of sizes, in log-odds.

    Attributes
    ----------
    log_marginal
        Log-likelihood of the sizes, the effects integrated out.
    kept
        (p + n_first,) coefficients and first effects.
    log_odds
        (g,).
    factor
        Cholesky factor of the precision of `kept`, the second effects' uncertainty taken into account.
    """

    log_marginal: float
    kept: Vector
    log_odds: Vector
    factor: NDArray[np.float64]

    def spread(self, columns: NDArray[np.float64]) -> Vector:
        """Return the standard errors of weighted sums of `kept`; columns (p + n_first, m)."""
        half = scipy.linalg.solve_triangular(self.factor, columns, lower=True, check_finite=False)
        return np.asarray(np.sqrt((half**2).sum(axis=0)))


@dataclass(frozen=True)
class CrossedLogit:
    """What the model found: a mixture over the sizes that the effects may have.

    Attributes
    ----------
    modes, weights
        One for each pair of sizes looked at; the weights add up to 1.
    sizes
        (modes, 2) standard deviations of the first and second effects, in log-odds.
    n_fixed
        Number of coefficients at the start of each mode's `kept`.
    """

    modes: tuple[Mode, ...]
    weights: Vector
    sizes: NDArray[np.float64]
    n_fixed: int

    @property
    def fixed(self) -> Vector:
        """(p,) coefficients."""
        return self._mean[: self.n_fixed]

    @property
    def first(self) -> Vector:
        """(n_first,) effects."""
        return self._mean[self.n_fixed :]

    @property
    def size_first(self) -> float:
        """Standard deviation of the first effects."""
        return float(self.weights @ self.sizes[:, 0])

    @property
    def size_second(self) -> float:
        """Standard deviation of the second effects."""
        return float(self.weights @ self.sizes[:, 1])

    @property
    def best(self) -> Mode:
        """The mode at the likeliest sizes."""
        return self.modes[int(np.argmax(self.weights))]

    @property
    def _mean(self) -> Vector:
        return np.asarray(self.weights @ np.stack([mode.kept for mode in self.modes]))


class Likelihood:
    """The likelihood at given sizes of the effects; each call starts from where the last one ended."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.n_fixed = counts.fixed.shape[1]
        self.n_first, self.n_second = int(counts.first.max()) + 1, int(counts.second.max()) + 1
        kept = hstack([csr_array(counts.fixed), members(counts.first, self.n_first)], format="csr")
        second = members(counts.second, self.n_second)
        is_small = len(counts.wins) * (kept.shape[1] + self.n_second) < SMALL
        self.kept: Table = kept.toarray() if is_small else kept
        self.members: Table = second.toarray() if is_small else second
        self.start = (np.zeros(self.n_fixed + self.n_first), np.zeros(self.n_second))

    def find_mode(self, log_first: float, log_second: float) -> Mode:
        """Find the most likely effects by Newton's method, and the marginal likelihood around them."""
        ridge = np.concatenate([np.full(self.n_fixed, 1e-8), np.full(self.n_first, np.exp(-2 * log_first))])
        ridge_second = np.exp(-2 * log_second)
        kept, second = self.start
        value = self._penalised(kept, second, ridge, ridge_second)
        for _ in range(STEPS):
            step_kept, step_second, factor, precision = self._step(kept, second, ridge, ridge_second)
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
                # So near that the factor of the last step is that of the mode.
                break
        self.start = (kept, second)
        log_det = 2 * np.log(np.diag(factor)).sum() + np.log(precision).sum()
        sizes = self.n_first * log_first + self.n_second * log_second
        log_odds = self.kept @ kept + self.members @ second
        return Mode(float(value - sizes - 0.5 * log_det), kept, log_odds, factor)

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
        weighted = scale_rows(self.kept, weight)
        precision = self.members.T @ weight + ridge_second
        link: Any = weighted.T @ self.members
        scaled = link * (1 / precision)
        squares: Any = self.kept.T @ weighted
        reduced = (squares if isinstance(squares, np.ndarray) else squares.toarray()) - multiply_across(scaled, link)
        reduced[np.diag_indices_from(reduced)] += ridge
        factor = scipy.linalg.cholesky(reduced, lower=True, overwrite_a=True, check_finite=False)
        slope = self.kept.T @ residual - ridge * kept
        slope_second = self.members.T @ residual - ridge_second * second
        step = scipy.linalg.cho_solve((factor, True), slope - scaled @ slope_second, check_finite=False)
        return step, (slope_second - link.T @ step) / precision, factor, precision


def fit_crossed_logit(counts: Counts, *, usual_size: float, second_varies: bool = True) -> CrossedLogit:
    """Fit log-odds = fixed · coefficients + first effect + second effect.

    Parameters
    ----------
    usual_size
        Of the effects in log-odds, before the deals are looked at: the scale of a half-normal distribution.
    second_varies
        False leaves the second effects out.

    Notes
    -----
    For given sizes the effects are integrated out by Laplace's approximation; what is found is averaged over a grid of
    sizes around the peak of their density.

    References
    ----------
    N. E. Breslow, D. G. Clayton: Approximate inference in generalized linear mixed models. JASA 88 (1993) 9–25.
    H. Rue, S. Martino, N. Chopin: Approximate Bayesian inference for latent Gaussian models by using integrated nested
    Laplace approximations. Journal of the Royal Statistical Society B 71 (2009) 319–392.
    """
    likelihood = Likelihood(counts)

    def at(sizes: Vector) -> tuple[float, Mode]:
        first, second = float(sizes[0]), float(sizes[1]) if second_varies else NONE
        mode = likelihood.find_mode(first, second)
        # Half-normal on each size that varies, on the scale of logarithms.
        varying = np.array([first, second] if second_varies else [first])
        return mode.log_marginal + float((varying - 0.5 * np.exp(2 * varying) / usual_size**2).sum()), mode

    dimensions = 2 if second_varies else 1

    def density(sizes: Vector) -> float:
        return at(sizes)[0]

    def negative(sizes: NDArray[np.float64]) -> float:
        return -density(sizes)

    found = minimize(
        negative,
        x0=[-1.5] * dimensions,
        method="Nelder-Mead",
        bounds=[SEARCH] * dimensions,
        options={"xatol": 0.05, "fatol": 0.02, "maxfev": 60},
    )
    n_levels = likelihood.n_first + likelihood.n_second
    n_nodes = N_NODES_LARGE if n_levels > LARGE else N_NODES
    grid = surround(density, np.asarray(found.x), -float(found.fun), SEARCH, drop=DROP, n_nodes=n_nodes)
    looked_at = [at(sizes) for sizes in grid]
    densities = np.array([height for height, _ in looked_at])
    weights = np.exp(densities - densities.max())
    sizes = np.exp(grid) if second_varies else np.column_stack([np.exp(grid), np.zeros(len(grid))])
    return CrossedLogit(tuple(mode for _, mode in looked_at), weights / weights.sum(), sizes, likelihood.n_fixed)


def scale_rows(table: Table, weight: Vector) -> Table:
    """Multiply each row by its weight."""
    return table * weight[:, None] if isinstance(table, np.ndarray) else table.multiply(weight[:, None]).tocsr()


def multiply_across(left: Table, right: Table) -> NDArray[np.float64]:
    """Return left · rightᵀ, by whichever method is faster for how full they are."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return np.asarray(left @ right.T)
    if right.nnz > DENSE * right.shape[0] * right.shape[1]:
        return np.asarray(left.toarray() @ right.toarray().T)
    return np.asarray((left @ right.T).toarray())


def members(codes: Codes, n_levels: int) -> csr_array:
    """Return the (n, levels) table that is 1 where a row belongs to a level."""
    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(codes), n_levels))
