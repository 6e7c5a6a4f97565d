"""How often differences between territories like these come by chance, whoever happened to cover what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array, hstack
from scipy.special import chdtrc, expit, ndtr

from evenhand.diagnose.effects.sizes import surround
from evenhand.diagnose.win_rates.crossed_logit import SMALL, members, multiply_across

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.diagnose.win_rates.crossed_logit import Counts

    Vector = NDArray[np.float64]

NONE = -6.0
SEARCH = (-4.0, 1.5)
"""Range of the log standard deviation of reps, in log-odds."""

UNTOLD, UNTOLD_ALONE = 1e-9, 1e-6
"""Share of the information on a territory below which the covariates (or its reps) leave nothing of it."""

DROP = 6.0
N_NODES, N_NODES_LARGE, LARGE = 11, 5, 400


class _Scores:
    """How far each territory's wins are from those expected, given how much reps differ.

    The deals are looked at as log-odds with a known error (the working response at the fitted win rates), so that all
    the rest is linear: log-odds = fixed · coefficients + territory + rep + error.
    """

    def __init__(self, counts: Counts, log_odds: Vector) -> None:
        chance = expit(log_odds)
        weight = np.maximum(counts.trials * chance * (1 - chance), 1e-9)
        response = log_odds + (counts.wins - counts.trials * chance) / weight
        self.n_fixed = counts.fixed.shape[1]
        self.n_first = int(counts.first.max()) + 1
        rep = members(counts.second, int(counts.second.max()) + 1)
        sides = hstack(
            [csr_array(counts.fixed), csr_array(response[:, None]), members(counts.first, self.n_first)], format="csr"
        )
        weighted = sides.multiply(weight[:, None]).tocsr()
        self.squares = (sides.T @ weighted).toarray()
        link = (weighted.T @ rep).tocsr()
        self.link = link.toarray() if link.shape[0] * link.shape[1] < SMALL else link
        self.by_rep = rep.T @ weight

    def judge(self, log_size: float) -> tuple[float, float, float]:
        """Return the log-density of the data and two chances: of all the differences, and of the largest.

        The density is that of what differs within territories, whatever the territories' own effects.
        """
        total, scores, spread, size, log_det = self._score(log_size)
        # The scores add up to 0, so that the mean of all is added to make their spread invertible.
        filled = spread + size / self.n_first
        filled[np.diag_indices_from(filled)] += UNTOLD * size
        factor = scipy.linalg.cholesky(filled, lower=True, check_finite=False)
        squared = float((scipy.linalg.solve_triangular(factor, scores, lower=True, check_finite=False) ** 2).sum())
        log_det += 2 * np.log(np.diag(factor)).sum()
        together = float(chdtrc(self.n_first - 1, squared))
        return (
            -0.5 * (log_det + total - squared),
            together,
            self._judge_largest(scores, np.diag(spread), size, together),
        )

    def is_told(self) -> bool:
        """Say whether anything is left to tell territories apart by once the covariates are taken out."""
        _, _, spread, size, _ = self._score(NONE)
        return bool((np.diag(spread) > UNTOLD_ALONE * size).any())

    def _score(self, log_size: float) -> tuple[float, Vector, NDArray[np.float64], float, float]:
        """Return what is left of the sum of squares, the scores, their spread, its usual size and a log determinant."""
        rep_precision = self.by_rep + np.exp(-2 * log_size)
        squares = self.squares - multiply_across(self.link * (1 / rep_precision), self.link)
        p = self.n_fixed
        explained = scipy.linalg.cho_factor(squares[:p, :p], lower=True)
        rest = squares[p:, p:] - squares[p:, :p] @ scipy.linalg.cho_solve(explained, squares[:p, p:])
        size = float(np.trace(squares[p + 1 :, p + 1 :])) / self.n_first
        log_det = 2 * np.log(np.diag(explained[0])).sum() + np.log1p(self.by_rep * np.exp(2 * log_size)).sum()
        return float(rest[0, 0]), rest[1:, 0], rest[1:, 1:], size, float(log_det)

    def _judge_largest(self, scores: Vector, variances: Vector, size: float, together: float) -> float:
        known = variances > UNTOLD_ALONE * size
        if self.n_first == 2 or not known.any():
            return together
        largest = float(np.max(np.abs(scores[known]) / np.sqrt(variances[known])))
        # Šidák's bound: at least as large in one of so many.
        return float(-np.expm1(known.sum() * np.log1p(-2 * ndtr(-largest))))


@dataclass(frozen=True)
class Chance:
    """How often differences like these come about where there are none.

    Attributes
    ----------
    of_reps
        By the luck of the deals and of who happened to cover what.
    of_deals
        By the luck of the deals alone: what reps bring is then the territory's.
    is_told
        False where territories differ just as covariates do, so that nothing of a difference can be said to be theirs.
    """

    of_reps: float
    of_deals: float
    is_told: bool


def find_chance(counts: Counts, log_odds: Vector, *, usual_size: float, second_varies: bool) -> Chance:
    """Return how often differences between the first groups as large as these come about where there are none.

    Parameters
    ----------
    log_odds
        (g,) as fitted with both effects.
    usual_size
        Of the second effects in log-odds, before the deals are looked at: the scale of a half-normal distribution.
    second_varies
        False takes the second effects for 0.

    Notes
    -----
    Two tests: all the differences together (χ² of the scores), which finds many differences, and the largest alone
    (against as many as there are), which finds one or two. Each is averaged over how much reps may differ, as told by
    the deals of different reps in the same territory, which makes of them what Student made of the normal
    distribution. They are combined by Cauchy's distribution, which holds whatever their correlation.

    References
    ----------
    Z. Šidák: Rectangular confidence regions for the means of multivariate normal distributions. JASA 62 (1967)
    626–633. Y. Liu, J. Xie: Cauchy combination test. JASA 115 (2020) 393–402. X.-L. Meng: Posterior predictive
    p-values. Annals of Statistics 22 (1994) 1142–1160.
    """
    scores = _Scores(counts, log_odds)
    of_deals = _combine(np.array(scores.judge(NONE)[1:]))
    is_told = scores.is_told()
    if not second_varies:
        return Chance(of_deals, of_deals, is_told)

    def density(log_size: Vector) -> float:
        size = float(log_size[0])
        return scores.judge(size)[0] + size - 0.5 * float(np.exp(2 * size)) / usual_size**2

    found = minimize_scalar(
        lambda size: -density(np.array([size])), bounds=SEARCH, method="bounded", options={"xatol": 0.05}
    )
    n_nodes = N_NODES_LARGE if scores.n_first > LARGE else N_NODES
    grid = surround(density, np.array([found.x]), -float(found.fun), SEARCH, drop=DROP, n_nodes=n_nodes)[:, 0]
    judged = np.array([scores.judge(float(size)) for size in grid])
    densities = judged[:, 0] + grid - 0.5 * np.exp(2 * grid) / usual_size**2
    weights = np.exp(densities - densities.max())
    return Chance(_combine(weights @ judged[:, 1:] / weights.sum()), of_deals, is_told)


def find_chance_knowing(counts: Counts, log_odds: Vector, size: float) -> float:
    """Return the chance that someone would find who knew how much reps differ: the least that can be hoped for."""
    return _combine(np.array(_Scores(counts, log_odds).judge(float(np.log(max(size, np.exp(NONE)))))[1:]))


def _combine(chances: Vector) -> float:
    # A chance of 1 would outweigh any small one.
    bounded = np.clip(chances, 1e-15, 0.99)
    return float(0.5 - np.arctan(np.tan((0.5 - bounded) * np.pi).mean()) / np.pi)
