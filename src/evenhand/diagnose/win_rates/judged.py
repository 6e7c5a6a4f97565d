"""What counted deals say: adjusted rates, the highest against the lowest, and whether it is chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from evenhand.diagnose.effects.crossed import Posterior
from evenhand.diagnose.win_rates.chance import find_chance
from evenhand.diagnose.win_rates.crossed_logit import fit_crossed_logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.diagnose.win_rates.chance import Chance
    from evenhand.diagnose.win_rates.crossed_logit import Counts, CrossedLogit

    Vector = NDArray[np.float64]

MANY = 1e9
"""Degrees of freedom: Student's distribution is then the normal one."""


@dataclass(frozen=True)
class Judged:
    """What the deals say of territories that are known by their codes.

    Attributes
    ----------
    rates, low, high
        (territories,) adjusted rates with their intervals.
    pair
        The territories with the highest and the lowest rate.
    points
        Their difference as a share, low and high.
    chance
        See `find_chance`.
    fixed
        (p,) coefficients.
    log_odds
        (g,) as fitted with both effects.
    together
        (territories,) True where a territory has one rep of its own: its rate is theirs together.
    """

    rates: Vector
    low: Vector
    high: Vector
    pair: tuple[int, int]
    points: tuple[float, float, float]
    chance: Chance
    fixed: Vector
    log_odds: Vector
    together: NDArray[np.bool_]


def judge_counts(counts: Counts, *, usual_size: float, confidence: float) -> Judged:
    """Work out adjusted rates of counted deals, and whether they differ more than by chance.

    Notes
    -----
    A rep who had deals in one territory only, in which nobody else had any, has no effect of their own: no deals could
    tell it from the territory's.
    """
    together = find_together(counts)
    separates = not together.all()
    if separates:
        counts = _leave_out(counts, together)
    model = fit_crossed_logit(counts, usual_size=usual_size, second_varies=separates)
    log_odds = _log_odds(model)
    rates = np.asarray(model.weights @ expit(log_odds.centres))
    low, high = log_odds.interval(confidence)
    top, bottom = int(np.argmax(rates)), int(np.argmin(rates))
    points = _difference(model, top, bottom)
    points_low, points_high = (float(end[0]) for end in points.interval(confidence))
    return Judged(
        rates=rates,
        low=expit(low),
        high=expit(high),
        pair=(top, bottom),
        points=(float(rates[top] - rates[bottom]), points_low, points_high),
        chance=find_chance(counts, model.best.log_odds, usual_size=usual_size, second_varies=separates),
        fixed=model.fixed,
        log_odds=model.best.log_odds,
        together=together,
    )


def find_together(counts: Counts) -> NDArray[np.bool_]:
    """Say which territories have a single rep who has no deals elsewhere."""
    first, second = np.unique(np.stack([counts.first, counts.second]), axis=1)
    alone = (np.bincount(first)[first] == 1) & (np.bincount(second)[second] == 1)
    together = np.zeros(int(first.max()) + 1, dtype=np.bool_)
    together[first[alone]] = True
    return together


def _leave_out(counts: Counts, together: NDArray[np.bool_]) -> Counts:
    """Take the second effects of these first groups away."""
    kept = ~together[counts.first]
    second = np.full(len(kept), -1, dtype=np.int64)
    second[kept] = np.unique(counts.second[kept], return_inverse=True)[1]
    return replace(counts, second=second)


def _log_odds(model: CrossedLogit) -> Posterior:
    """Return each territory's log-odds with average covariates and an average rep."""
    p, n_first = model.n_fixed, len(model.first)
    columns = np.zeros((p + n_first, n_first))
    columns[0] = 1
    columns[np.arange(p, p + n_first), np.arange(n_first)] = 1
    centres = np.stack([mode.kept[0] + mode.kept[p:] for mode in model.modes])
    return Posterior(model.weights, centres, np.stack([mode.spread(columns) for mode in model.modes]), MANY)


def _difference(model: CrossedLogit, top: int, bottom: int) -> Posterior:
    """Return the difference of two adjusted rates; its spread by the slopes of both."""
    p = model.n_fixed
    centres, scales = [], []
    for mode in model.modes:
        high, low = expit(mode.kept[0] + mode.kept[[p + top, p + bottom]])
        slopes = np.zeros((len(mode.kept), 1))
        slopes[0] = high * (1 - high) - low * (1 - low)
        slopes[p + top] = high * (1 - high)
        slopes[p + bottom] = -low * (1 - low)
        centres.append([high - low])
        scales.append(mode.spread(slopes))
    return Posterior(model.weights, np.array(centres), np.stack(scales), MANY)
