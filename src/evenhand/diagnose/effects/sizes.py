"""Which sizes of effects are worth a look: a grid around the peak of their density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def surround(
    density: Callable[[Vector], float],
    peak: Vector,
    height: float,
    search: tuple[float, float],
    *,
    drop: float,
    n_nodes: int,
) -> NDArray[np.float64]:
    """Return a grid of log sizes that holds nearly all of their density.

    Parameters
    ----------
    density
        Log-density of log sizes (d,).
    peak, height
        Where it is highest, and how high.
    search
        Least and largest log size.
    drop
        How far below the peak still matters.
    n_nodes
        Along each of the d axes.

    Returns
    -------
    NDArray
        (n_nodes ** d, d).
    """
    axes = [np.linspace(*_reach(density, peak, height, axis, search, drop), n_nodes) for axis in range(len(peak))]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(peak))


def _reach(
    density: Callable[[Vector], float],
    peak: Vector,
    height: float,
    axis: int,
    search: tuple[float, float],
    drop: float,
) -> tuple[float, float]:
    """Return how far from the peak the density matters along one axis, by growing steps."""
    ends = []
    for direction, limit in zip((-1.0, 1.0), search, strict=True):
        step = 0.1
        while step < abs(limit - peak[axis]):
            point = peak.copy()
            point[axis] += direction * step
            if height - density(point) > drop:
                break
            step *= 1.5
        ends.append(float(np.clip(peak[axis] + direction * step, *search)))
    return ends[0], ends[1]
