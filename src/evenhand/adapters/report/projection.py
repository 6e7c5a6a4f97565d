"""Puts degrees on a drawing: equirectangular, true to scale at the middle latitude, cut where no account lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 800.0
_MARGIN = 24.0
_LEAST_SPAN_DEGREES = 0.05
_ROUNDING = 1e-9
"""Degrees; the westernmost point must not fall off the left edge and come in again on the right."""
_HEIGHT_RANGE = (200.0, 620.0)


@dataclass(frozen=True)
class Projection:
    """From degrees to the units of a drawing `WIDTH` wide and `height` high.

    Attributes
    ----------
    west
        Longitude of the drawing's left edge of data; longitudes count eastwards from it, across the date line too.
    north
        Latitude of the upper edge of data.
    stretch
        Width of a degree of longitude against one of latitude.
    scale
        Units of the drawing a degree of latitude.
    """

    west: float
    north: float
    stretch: float
    scale: float
    left: float
    top: float
    height: float

    def x(self, longitude: NDArray[np.float64]) -> NDArray[np.float64]:
        """Horizontal place, in units of the drawing."""
        return np.round(self.left + np.mod(longitude - self.west + _ROUNDING, 360.0) * self.stretch * self.scale, 1)

    def y(self, latitude: NDArray[np.float64]) -> NDArray[np.float64]:
        """Vertical place, in units of the drawing, downwards."""
        return np.round(self.top + (self.north - latitude) * self.scale, 1)


def fit_projection(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Projection:
    """Fit a drawing around points, the widest empty stretch of longitudes left out."""
    west, width_degrees = _span(longitude)
    south, north = float(latitude.min()), float(latitude.max())
    height_degrees = max(north - south, _LEAST_SPAN_DEGREES)
    width_degrees = max(width_degrees, _LEAST_SPAN_DEGREES)
    stretch = max(math.cos(math.radians((south + north) / 2)), 0.1)
    scale = min((WIDTH - 2 * _MARGIN) / (width_degrees * stretch), (_HEIGHT_RANGE[1] - 2 * _MARGIN) / height_degrees)
    height = max(height_degrees * scale + 2 * _MARGIN, _HEIGHT_RANGE[0])
    left = (WIDTH - width_degrees * stretch * scale) / 2
    top = (height - height_degrees * scale) / 2
    return Projection(west, north, stretch, scale, left, top, round(height, 1))


def _span(longitude: NDArray[np.float64]) -> tuple[float, float]:
    around = np.unique(np.mod(longitude, 360.0))
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    west = float(around[(widest + 1) % len(around)])
    west = west - 360.0 if west > 180.0 else west
    return west, 360.0 - float(gaps[widest])
