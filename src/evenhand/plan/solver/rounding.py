"""Inequalities that follow from others by rounding: what makes bounds of whole units nearly tight.

Add up some rows "Σ g·x ≥ limit" with any multipliers; measure every unit's choices from one of them, its **base**
(each unit takes exactly one choice, so that changes nothing); what is left on the right-hand side has a fraction that
whole choices can't make use of. With α the sum's coefficients, β its limit, f the fraction of β, and s the room left in
rows with a negative multiplier λ,

    Σ (⌊α⌋ + min(1, (α − ⌊α⌋)/f))·x + Σ |λ|/f·s ≥ ⌈β⌉

holds for every plan that keeps the rows. Nothing has to be solved to see it, and every rounding here goes outward:
coefficients up, limits down.

References
----------
.. [1] G. L. Nemhauser, L. A. Wolsey (1990), A recursive procedure to generate all cuts for 0–1 mixed integer programs,
   Mathematical Programming 46, doi:10.1007/BF01585752.
.. [2] W. Cook, S. Dash, R. Fukasawa, M. Goycoolea (2009), Numerically safe Gomory mixed-integer cuts, INFORMS Journal
   on Computing 21, doi:10.1287/ijoc.1090.0324.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_EPS = float(np.finfo(np.float64).eps)
_LEAST_FRACTION, _LARGEST = 0.005, 1e9


class Row(NamedTuple):
    """Σ coefficients·x + Σ violation·v ≥ limit, for every plan whose excess over the bands is v."""

    coefficients: NDArray[np.float64]
    """(n, k)"""
    limit: float
    violation: NDArray[np.float64]
    """(2, T, M) ≥ 0, of what is missing to the lower bounds and of what is beyond the upper ones."""


class Bands(NamedTuple):
    """The rows of the bands: load ≥ lower and load ≤ upper."""

    place: NDArray[np.integer]
    """(n, k) the territory of each choice; anything where there is none."""
    amounts: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    scale: NDArray[np.float64]

    def spread(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, k) Σ over measures of table[t, m]·amount."""
        values = np.zeros(self.place.shape)
        for m in np.flatnonzero(table.any(axis=0)):
            values += table[self.place, m] * self.amounts[:, m : m + 1]
        return values


def pick_bases(is_open: NDArray[np.bool_], wanted: NDArray[np.integer]) -> NDArray[np.intp]:
    """(n,) the base of each unit: the one wanted where it is open, else the first that is."""
    rows = np.arange(len(is_open))
    return np.where(is_open[rows, wanted], wanted, is_open.argmax(axis=1))


def round_rows(
    bands: Bands,
    at_least: NDArray[np.float64],
    at_most: NDArray[np.float64],
    others: Sequence[tuple[float, Row]],
    bases: NDArray[np.integer],
    is_open: NDArray[np.bool_],
) -> Row | None:
    """Add up rows and round.

    Parameters
    ----------
    bands
        The rows of the bands.
    at_least, at_most
        (T, M) multipliers of load ≥ lower and of load ≤ upper.
    others
        Multipliers of further rows.
    bases
        (n,) the choice from which a unit's others are measured.
    is_open
        (n, k) the choices that can be made at all.

    Returns
    -------
    Row
        None where the multipliers give no such row.
    """
    if not len(is_open) or not is_open.any(axis=1).all():
        return None
    used = (at_least != 0, at_most != 0)
    limits = (bands.lower, -bands.upper)
    factors = [np.concatenate([table[on] for table, on in zip((at_least, at_most), used, strict=True)])]
    values = [np.concatenate([limit[on] for limit, on in zip(limits, used, strict=True)])]
    factors.append(np.array([factor for factor, _ in others]))
    values.append(np.array([row.limit for _, row in others]))
    factor, value = np.concatenate(factors), np.concatenate(values)
    if not len(factor) or not (np.isfinite(factor).all() and np.isfinite(value).all()):
        return None
    n_terms = len(factor) + 8
    alpha = bands.spread(at_least - at_most)
    size = bands.spread(np.abs(at_least) + np.abs(at_most))
    for weight, row in others:
        alpha += weight * row.coefficients
        size += np.abs(weight * row.coefficients)
    rows = np.arange(len(is_open))
    shift = alpha[rows, bases]
    alpha -= shift[:, None]
    alpha += n_terms * _EPS * (size + size[rows, bases][:, None] + np.abs(shift)[:, None])
    beta = math.fsum(factor * value) - math.fsum(shift)
    beta -= n_terms * _EPS * (math.fsum(np.abs(factor * value)) + math.fsum(np.abs(shift)) + abs(beta) + 1.0)
    whole = math.floor(beta)
    fraction = beta - whole
    if not _LEAST_FRACTION <= fraction <= 1 - _LEAST_FRACTION or np.abs(alpha[is_open]).max() > _LARGEST:
        return None
    fraction -= 4 * _EPS
    floor = np.floor(alpha)
    coefficients = floor + np.minimum((alpha - floor) / fraction, 1.0)
    room_least, room_most = (np.maximum(-table, 0.0) / fraction * (1 + 4 * _EPS) for table in (at_least, at_most))
    kept = [(-weight / fraction * (1 + 4 * _EPS), row) for weight, row in others if weight < 0]
    size = np.abs(coefficients) + bands.spread(room_least + room_most)
    coefficients += bands.spread(room_least - room_most)
    terms = [float(whole + 1), *(room_least * np.where(used[0], bands.lower, 0.0)).ravel()]
    terms += (-room_most * np.where(used[1], bands.upper, 0.0)).ravel().tolist()
    for weight, row in kept:
        coefficients += weight * row.coefficients
        size += np.abs(weight * row.coefficients)
        terms.append(weight * row.limit)
    coefficients += n_terms * _EPS * (size + 4 / fraction)
    limit = math.fsum(terms) - n_terms * _EPS * math.fsum(abs(term) for term in terms)
    # What is missing or beyond is in the rows too: where it counts for the sum, and where the room left has it.
    of_bands = np.stack([np.abs(at_least), np.abs(at_most)]) / fraction * (1 + 8 * _EPS) * bands.scale
    for weight, row in others:
        of_bands += abs(weight) / fraction * (1 + 8 * _EPS) * row.violation
    return Row(np.where(is_open, coefficients, 0.0), limit, of_bands * (1 + n_terms * _EPS))
