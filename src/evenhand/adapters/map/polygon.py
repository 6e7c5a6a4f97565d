"""Which points lie inside a polygon that somebody drew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CORNERS = 2000
_FEWEST_CORNERS = 3


def read_polygon(text: str) -> NDArray[np.float64]:
    """Read a polygon written ``x y x y …``, in kilometres on the map's plane.

    Returns
    -------
    (k, 2) array

    Raises
    ------
    InputError
        If it isn't one.
    """
    words = text.split()
    if len(words) % 2 or not 2 * _FEWEST_CORNERS <= len(words) <= 2 * MOST_CORNERS:
        raise InputError({"polygon": f"draw {_FEWEST_CORNERS} to {MOST_CORNERS} corners, written as x y x y …"})
    try:
        corners = np.array(words, np.float64).reshape(-1, 2)
    except ValueError:
        raise InputError({"polygon": "its corners are numbers, written as x y x y …"}) from None
    if not np.isfinite(corners).all():
        raise InputError({"polygon": "its corners are numbers, written as x y x y …"})
    return corners


def find_inside(corners: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say for each point whether it is inside a polygon, (k, 2), by counting the edges to its right (even and odd).

    A point on an edge may be on either side. Where the polygon crosses itself, what is enclosed twice is outside.
    """
    inside = np.zeros(len(x), np.bool_)
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    x, y = x[near], y[near]
    odd = np.zeros(len(near), np.bool_)
    for (from_x, from_y), (to_x, to_y) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if from_y == to_y:
            continue
        spans = (from_y > y) != (to_y > y)
        odd ^= spans & (x < from_x + (to_x - from_x) * (y - from_y) / (to_y - from_y))
    inside[near] = odd
    return inside
