"""Whom what has to be spread is offered to, where not every account can be offered to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDS, _CLOSE = 60, 0.02
_LAST = 1e12
_SHARPNESS = 20.0
"""Usual misfit ÷ the difference in misfit that makes one territory e times as likely as another."""


class Discounts(NamedTuple):
    """What makes everybody be offered as much as they are to take."""

    amount: NDArray[np.float64]
    """(T,) off the misfit; -inf where nothing is to be taken."""
    temperature: float
    """The difference in misfit that makes one territory e times as likely as another."""


def discount_receivers(
    misfit: NDArray[np.float64], open_to: NDArray[np.bool_], wanted: NDArray[np.float64]
) -> Discounts:
    """Find what to take off each territory's misfit so that everybody is offered as much as they are to take.

    Parameters
    ----------
    misfit
        (n, T) of each unit that has to go with each territory.
    open_to
        (n, T) who may take which.
    wanted
        (T,) how much each is to take, in any measure; what isn't above 0 has a discount of -inf.

    Notes
    -----
    With d the discounts, a unit goes to territory t with probability ∝ exp((d_t − misfit) ÷ temperature). The d are
    those at which every territory is expected to take its share of the units, found by setting one after the other
    right until all are.

    References
    ----------
    .. [1] R. Sinkhorn, P. Knopp (1967), Concerning nonnegative matrices and doubly stochastic matrices, Pacific Journal
       of Mathematics 21, doi:10.2140/pjm.1967.21.343.
    """
    wanted = np.where(open_to.any(axis=0), np.maximum(wanted, 0.0), 0.0)
    open_to = open_to & (wanted > 0)
    rows = open_to.any(axis=1)
    amount = np.full(len(wanted), -np.inf)
    if not rows.any():
        return Discounts(amount, 0.0)
    misfit, open_to = misfit[rows], open_to[rows]
    temperature = max(float(misfit[open_to].mean()), 1e-6) / _SHARPNESS
    nearest = np.where(open_to, misfit, np.inf).min(axis=1, keepdims=True)
    weights = np.where(open_to, np.exp(np.maximum((nearest - misfit) / temperature, -600.0)), 0.0)
    share = wanted * len(weights) / wanted.sum()
    takes = wanted > 0
    scaling = np.where(takes, 1.0, 0.0)
    for _ in range(_ROUNDS):
        expected = (weights * (scaling / (weights @ scaling)[:, None])).sum(axis=0)
        if np.abs(expected[takes] - share[takes]).max() <= _CLOSE * share[takes].max():
            break
        scaling[takes] *= np.clip(share[takes] / np.maximum(expected[takes], 1e-300), 1e-6, 1e6)
        scaling /= scaling.max()
        scaling[takes] = np.maximum(scaling[takes], 1e-250)
    amount[takes] = temperature * np.log(scaling[takes])
    return Discounts(amount, temperature)


def rank_offers(
    misfit: NDArray[np.float64], open_to: NDArray[np.bool_], discounts: Discounts, *, n_best: int, draw: int
) -> NDArray[np.float64]:
    """(n, T) rank the n_best best aligned first, then those who are to take some, drawn by their discounted misfit.

    Units that are alike are so offered to different territories. The lower the rank, the sooner; inf where a unit
    can't go.

    Parameters
    ----------
    draw
        Which draw it is; the same one comes out the same.

    References
    ----------
    .. [1] W. Kool, H. van Hoof, M. Welling (2019), Stochastic beams and where to find them: the Gumbel-top-k trick,
       ICML 36, arXiv:1903.06059.
    """
    noise = discounts.temperature * np.random.default_rng(draw).gumbel(size=misfit.shape)
    takes = np.isfinite(discounts.amount)
    drawn = misfit - np.where(takes, discounts.amount, 0.0) - noise
    rank = np.where(open_to, np.where(takes, drawn, _LAST + misfit), np.inf)
    best = np.argsort(np.where(open_to, misfit, np.inf), axis=1, kind="stable")[:, :n_best]
    kept = np.where(np.isfinite(np.take_along_axis(rank, best, axis=1)), -_LAST, np.inf)
    np.put_along_axis(rank, best, kept, axis=1)
    return rank
