"""Outlines of countries and states around a book's accounts, for a sense of place.

They are from Natural Earth (countries) and the U.S. Census Bureau (states), both public domain, by the packages
world-atlas and us-atlas; the build puts them beside the workspace's scripts, nothing is fetched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from evenhand.adapters.map.plane import Plane

_THOUSANDTHS = 1000.0
_AROUND_SHARE = 0.6
_LEAST_AROUND_DEGREES = 3.0
_FINEST_SHARE = 1 / 1800
_WITH_STATES = "United States of America"
_HALF_TURN = 180.0


@dataclass(frozen=True)
class Outline:
    """A ring of a country's or a state's border, (k, 2) longitudes and latitudes."""

    name: str
    ring: NDArray[np.float64]
    is_state: bool


def draw_outlines(
    path: Path, plane: Plane, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Return the rings around some places, (k, 2) kilometres on the plane; none where the outlines aren't built."""
    if not path.is_file():
        return []
    turned = np.mod(longitude - plane.middle + _HALF_TURN, 2 * _HALF_TURN) - _HALF_TURN
    south, north, west, east = (float(edge) for edge in (latitude.min(), latitude.max(), turned.min(), turned.max()))
    around = max(_AROUND_SHARE * max(north - south, east - west), _LEAST_AROUND_DEGREES)
    finest = _FINEST_SHARE * float(np.ptp(np.stack(plane.place(latitude, longitude)), axis=1).max() + around)
    near = [
        outline
        for outline in _read(path)
        if _touches(outline.ring, plane.middle, (south - around, north + around, west - around, east + around))
    ]
    has_states = any(outline.is_state for outline in near)
    drawn = []
    for outline in near:
        if has_states and outline.name == _WITH_STATES:
            continue  # its states say the same, finer
        ring = np.stack(plane.place(outline.ring[:, 1], outline.ring[:, 0]), axis=1)
        thinned = _thin(ring, finest)
        if len(thinned) > 3:
            drawn.append(thinned)
    return drawn


def _touches(ring: NDArray[np.float64], middle: float, edges: tuple[float, float, float, float]) -> bool:
    turned = np.mod(ring[:, 0] - middle + _HALF_TURN, 2 * _HALF_TURN) - _HALF_TURN
    if np.ptp(turned) > _HALF_TURN:  # torn by the far side of the world
        return False
    south, north, west, east = edges
    return bool(
        ring[:, 1].max() >= south and ring[:, 1].min() <= north and turned.max() >= west and turned.min() <= east
    )


def _thin(ring: NDArray[np.float64], finest: float) -> NDArray[np.float64]:
    """Leave out corners that lie within the same small cell as the one before."""
    cells = np.floor(ring / max(finest, 0.05))
    thinned: NDArray[np.float64] = ring[np.append(True, (np.diff(cells, axis=0) != 0).any(axis=1))]
    return thinned


@lru_cache(maxsize=1)
def _read(path: Path) -> list[Outline]:
    kept = json.loads(path.read_text("utf-8"))
    return [
        Outline(item["name"], np.array(item["ring"], np.float64).reshape(-1, 2) / _THOUSANDTHS, kind == "states")
        for kind in ("countries", "states")
        for item in kept[kind]
    ]
