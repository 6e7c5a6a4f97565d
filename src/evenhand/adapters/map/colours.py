"""Which of a few distinguishable colours each territory gets, so that near ones differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_COLOURS = 8
"""As many as stay apart for people who don't tell red from green, on a light and a dark ground."""
_N_NEAR = 12


def colour_territories(centres: NDArray[np.float64]) -> NDArray[np.intp]:
    """Choose a colour for each territory.

    Parameters
    ----------
    centres
        (T, 2) kilometres; NaN where a territory has no place.

    Returns
    -------
    (T,) array
        Numbers of colours from 0: of the territories near each one, the nearest that have a colour take theirs away;
        of what is left, the one used least.
    """
    colours = np.arange(len(centres)) % N_COLOURS
    placed = np.flatnonzero(np.isfinite(centres).all(axis=1))
    if len(placed) <= N_COLOURS:
        colours[placed] = np.arange(len(placed))
        return colours
    tree = KDTree(centres[placed])
    _, near = tree.query(centres[placed], k=min(_N_NEAR + 1, len(placed)))
    chosen = np.full(len(placed), -1)
    used = np.zeros(N_COLOURS, np.intp)
    for place, neighbours in enumerate(np.asarray(near)[:, 1:].tolist()):
        taken: list[int] = []
        for other in neighbours:
            colour = int(chosen[other])
            if colour >= 0 and colour not in taken and len(taken) < N_COLOURS - 1:
                taken.append(colour)
        free = [colour for colour in range(N_COLOURS) if colour not in taken]
        chosen[place] = min(free, key=lambda colour: (used[colour], colour))
        used[chosen[place]] += 1
    colours[placed] = chosen
    return colours
