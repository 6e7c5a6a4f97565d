"""Puts degrees on a plane in kilometres, equal in area, so that a territory looks as large as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.foundation.globe import EARTH_RADIUS_KM

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDEST_CONE_DEGREES = 150.0
_FLATTEST_CONE = 0.12
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Plane:
    """From degrees to kilometres east and north of the middle of a book.

    Attributes
    ----------
    middle
        Longitude at x = 0.
    cone
        How much the meridians close up: Albers' n; 0 for a cylinder.
    offset
        Albers' C; unused on a cylinder.
    stretch
        Width of a degree of longitude against one of latitude on a cylinder.
    origin
        Distance from the cone's tip to y = 0, in radii of the earth; on a cylinder the latitude there, in radians.
    """

    middle: float
    cone: float
    offset: float
    stretch: float
    origin: float

    def place(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return kilometres east and north of the middle."""
        turn = np.radians(np.mod(longitude - self.middle + 180.0, 360.0) - 180.0)
        height = np.radians(latitude)
        if not self.cone:
            return EARTH_RADIUS_KM * turn * self.stretch, EARTH_RADIUS_KM * (height - self.origin)
        reach = np.sqrt(np.maximum(self.offset - 2 * self.cone * np.sin(height), 0.0)) / self.cone
        angle = self.cone * turn
        return EARTH_RADIUS_KM * reach * np.sin(angle), EARTH_RADIUS_KM * (self.origin - reach * np.cos(angle))


def fit_plane(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Plane:
    """Fit a plane to the places of a book.

    Notes
    -----
    Albers' equal-area cone with its parallels at a sixth and five sixths of the latitudes; a cylinder true at the
    middle latitude where the book goes around the world or lies along the equator.

    References
    ----------
    J. P. Snyder, Map Projections: A Working Manual, U.S. Geological Survey Professional Paper 1395 (1987), chapter 14.
    """
    west, width = _span(longitude)
    south, north = float(latitude.min()), float(latitude.max())
    low, high = (math.radians(south + (north - south) * share) for share in (1 / 6, 5 / 6))
    cone = (math.sin(low) + math.sin(high)) / 2
    between = (low + high) / 2
    if width > _WIDEST_CONE_DEGREES or abs(cone) < _FLATTEST_CONE:
        middle = 0.0 if width > _WIDEST_CONE_DEGREES else west + width / 2
        return Plane(middle, 0.0, 0.0, max(math.cos(between), 0.1), between)
    offset = math.cos(low) ** 2 + 2 * cone * math.sin(low)
    origin = math.sqrt(max(offset - 2 * cone * math.sin(between), 0.0)) / cone
    return Plane(west + width / 2, cone, offset, 1.0, origin)


def _span(longitude: NDArray[np.float64]) -> tuple[float, float]:
    """Return the westernmost longitude and the width, the widest empty stretch left out."""
    around = np.unique(np.mod(longitude, 360.0))
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    west = float(around[(widest + 1) % len(around)]) - _ROUNDING
    return west - 360.0 if west > 180.0 else west, 360.0 - float(gaps[widest])
