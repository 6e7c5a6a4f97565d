"""Lines of latitude and longitude at round degrees, for a sense of place without a base map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.adapters.report.projection import WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.adapters.report.projection import Projection

_GRID_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
_MOST_GRID_LINES = 8


@dataclass(frozen=True)
class GridLine:
    """A line of latitude or longitude."""

    at: float
    label: str


def meridians(projection: Projection) -> list[GridLine]:
    """Return the lines of longitude."""
    east = projection.west + (WIDTH - 2 * projection.left) / (projection.stretch * projection.scale)
    degrees = _round_degrees(projection.west, east)
    places = projection.x(degrees)
    return [GridLine(x, _say_degrees((d + 180.0) % 360.0 - 180.0, "E", "W")) for d, x in _pairs(degrees, places)]


def parallels(projection: Projection) -> list[GridLine]:
    """Return the lines of latitude."""
    south = projection.north - (projection.height - 2 * projection.top) / projection.scale
    degrees = _round_degrees(south, projection.north)
    return [GridLine(y, _say_degrees(d, "N", "S")) for d, y in _pairs(degrees, projection.y(degrees))]


def _round_degrees(low: float, high: float) -> NDArray[np.float64]:
    step = next((step for step in _GRID_STEPS if (high - low) / step <= _MOST_GRID_LINES), 45.0)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def _pairs(degrees: NDArray[np.float64], places: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(zip(degrees.tolist(), places.tolist(), strict=True))


def _say_degrees(degrees: float, positive: str, negative: str) -> str:
    side = positive if degrees > 0 else negative if degrees < 0 else ""
    return f"{abs(round(degrees, 1)):g}° {side}".rstrip()
