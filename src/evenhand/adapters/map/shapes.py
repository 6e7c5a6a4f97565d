"""The outline of a territory: around its accounts, without the empty land between distant ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import Delaunay, QhullError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_POINTS = 600
_REACH = 1.0
"""Triangles whose circle is wider than this many times the territory's own width are empty land."""
_STRAY = 2.5
"""Accounts farther from the middle than this many times the median distance are strays, outside the outline."""
_FEWEST_POINTS = 3
_JOINED = 1e-9


def outline_points(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Draw the outline of points.

    Parameters
    ----------
    x, y
        (n,) kilometres.

    Returns
    -------
    list of (k, 2) arrays
        Closed rings without the first point repeated; a hole is a ring of its own. Empty for fewer than three points,
        or where they lie on a line. Strays, farther from the middle than `_STRAY` times the median distance, stay out.

    Notes
    -----
    An alpha shape: the triangles of Delaunay whose circumscribed circle is no wider than `_REACH` times twice the
    median distance of the points from their middle.

    References
    ----------
    H. Edelsbrunner, D. Kirkpatrick, R. Seidel, On the shape of a set of points in the plane, IEEE Transactions on
    Information Theory 29 (1983) 551–559.
    """
    distance = np.hypot(x - np.median(x), y - np.median(y)) if len(x) else x
    width = 2 * float(np.median(distance)) if len(x) else 0.0
    near = distance <= _STRAY * width / 2
    points = np.unique(x[near].round(2) + 1j * y[near].round(2)).view(np.float64).reshape(-1, 2)
    if len(points) > _MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, _MOST_POINTS).astype(np.intp)]
    if len(points) < _FEWEST_POINTS:
        return []
    try:
        triangles = Delaunay(points).simplices
    except QhullError:
        return []
    kept = triangles[_circle_radii(points[triangles]) <= _REACH * max(width, _JOINED)]
    return _chain(points, _border(points, kept))


def _circle_radii(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k,) radii of the circles through the corners, (k, 3, 2), of triangles; infinite where they are flat."""
    a, b, c = (np.hypot(*(corners[:, i] - corners[:, j]).T) for i, j in ((0, 1), (1, 2), (2, 0)))
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) / 2
    radii: NDArray[np.float64] = np.divide(a * b * c, 4 * area, out=np.full(len(a), np.inf), where=area > _JOINED)
    return radii


def _border(points: NDArray[np.float64], triangles: NDArray[np.int32]) -> NDArray[np.int64]:
    """(k, 2) edges that belong to one triangle alone, all with the shape on the same side."""
    corners = points[triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    is_clockwise = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
    turned = np.where(is_clockwise[:, None], triangles[:, ::-1], triangles).astype(np.int64)
    edges = np.concatenate([turned[:, [0, 1]], turned[:, [1, 2]], turned[:, [2, 0]]])
    n_points = len(points)
    there, back = edges[:, 0] * n_points + edges[:, 1], edges[:, 1] * n_points + edges[:, 0]
    return edges[~np.isin(there, back)]


def _chain(points: NDArray[np.float64], edges: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """Put edges end to end into rings; where rings touch in a point, they part there."""
    following: dict[int, list[int]] = {}
    for start, end in edges.tolist():
        following.setdefault(start, []).append(end)
    rings = []
    for first in sorted(following):
        while following[first]:
            ring, at = [first], following[first].pop()
            while at != first:
                ring.append(at)
                at = following[at].pop()
            if len(ring) >= _FEWEST_POINTS:
                rings.append(points[ring])
    return rings
