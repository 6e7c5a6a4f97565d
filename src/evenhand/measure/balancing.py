"""Weights that make unmoved accounts look like the moved ones on everything known before the move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_RIDGE = 1e-3
"""Keeps weights finite where no weights balance exactly; in units of standard deviations squared."""

_MOST_STEPS = 60


def balance_weights(controls: Floats, target: Floats, start: Floats | None = None) -> tuple[Floats, Floats]:
    """Weight controls so that their means are those wanted, with weights as even as possible.

    Parameters
    ----------
    controls
        (n, p) what is known of each, scaled to standard deviations near 1.
    target
        (p,) means wanted.
    start
        (p,) multipliers to start from, of a similar problem.

    Returns
    -------
    weights
        (n,) positive, which add up to 1.
    multipliers
        (p,) of the solution.

    Notes
    -----
    Entropy balancing: the weights of least relative entropy to equal ones that meet the means are
    wᵢ ∝ exp(λ·xᵢ), where λ minimises log Σ exp(λ·(xᵢ − target)) + ridge·|λ|²/2; that is convex and smooth, and Newton
    with a line search takes a few steps.

    References
    ----------
    Hainmueller (2012), Entropy Balancing for Causal Effects, Political Analysis 20, doi:10.1093/pan/mpr025.
    """
    centred = controls - target
    multipliers = np.zeros(controls.shape[1]) if start is None else start.copy()

    def value(at: Floats) -> tuple[float, Floats]:
        scores = centred @ at
        top = float(scores.max())
        weights = np.exp(scores - top)
        total = float(weights.sum())
        return top + np.log(total) + 0.5 * _RIDGE * float(at @ at), weights / total

    best, weights = value(multipliers)
    for _ in range(_MOST_STEPS):
        mean = weights @ centred
        gradient = mean + _RIDGE * multipliers
        if np.abs(gradient).max() < 1e-9:
            break
        spread = (centred * weights[:, None]).T @ centred - np.outer(mean, mean)
        step = np.linalg.solve(spread + _RIDGE * np.eye(len(mean)), gradient)
        length = 1.0
        while length > 1e-8:
            candidate = multipliers - length * step
            reached, there = value(candidate)
            if reached <= best - 1e-4 * length * float(gradient @ step):
                break
            length /= 2
        else:
            break
        multipliers, best, weights = candidate, reached, there
    return weights, multipliers


def effective_number(weights: Floats) -> float:
    """Return how many evenly weighted controls say as much as these (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
