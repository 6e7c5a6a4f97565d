"""Cutting the accounts of a territory into compact cells of given sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ENOUGH_PLACES = 0.5


def cut_into_cells(
    points: NDArray[np.float64], rank: NDArray[np.float64], weight: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Cut units into cells whose weights are in proportion to the shares.

    Parameters
    ----------
    points
        (n, 2) latitude and longitude in degrees; NaN where unknown.
    rank
        (n,) order by likeness, for where places are unknown; all different, so that the result is the same every time.
    weight
        (n,) ≥ 0, not all 0.
    shares
        (c,) > 0.

    Returns
    -------
    NDArray[np.intp]
        (n,) number of the cell.

    Notes
    -----
    Recursive bisection: the cells are divided into two halves, the units are sorted along the axis on which they
    extend most (the first principal axis, longitude shortened by the cosine of the latitude), and cut where the weight
    is in the proportion of the halves. Where less than half of the units have a place, they are sorted by rank.
    """
    known = ~np.isnan(points).any(axis=1)
    flat = np.zeros_like(points)
    if len(points) and known.mean() >= _ENOUGH_PLACES:
        flat[known] = points[known]
        flat[:, 1] *= np.cos(np.radians(flat[known, 0].mean()))
        flat[~known] = flat[known].mean(axis=0)
    cell = np.zeros(len(weight), dtype=np.intp)
    _cut(np.arange(len(weight)), np.arange(len(shares)), flat, rank, weight, shares, cell)
    return cell


def _cut(
    units: NDArray[np.intp],
    cells: NDArray[np.intp],
    flat: NDArray[np.float64],
    rank: NDArray[np.float64],
    weight: NDArray[np.float64],
    shares: NDArray[np.float64],
    cell: NDArray[np.intp],
) -> None:
    if len(cells) == 1:
        cell[units] = cells[0]
        return
    first, second = np.array_split(cells, 2)
    order = units[np.lexsort((rank[units], np.round(_project(flat[units]), 9)))]
    part = shares[first].sum() / shares[cells].sum()
    middle = np.cumsum(weight[order]) - weight[order] / 2
    at = int(np.searchsorted(middle, part * weight[order].sum()))
    _cut(order[:at], first, flat, rank, weight, shares, cell)
    _cut(order[at:], second, flat, rank, weight, shares, cell)


def _project(flat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) place along the axis of the largest extent; its direction is the same every time."""
    centred = flat - flat.mean(axis=0) if len(flat) else flat
    if len(flat) < 2 or not np.abs(centred).max() > 0:
        return np.zeros(len(flat))
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    axis = axis * (1.0 if axis[np.argmax(np.abs(axis))] > 0 else -1.0)
    along: NDArray[np.float64] = centred @ axis
    return along
