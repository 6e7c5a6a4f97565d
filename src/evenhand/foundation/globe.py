"""Distances on the globe, as the crow flies: for columns of tables and for arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius, IUGG."""


def haversine_km(latitude: pl.Expr, longitude: pl.Expr, to_latitude: pl.Expr, to_longitude: pl.Expr) -> pl.Expr:
    """Return the great-circle distance in km between two points given in degrees; null where one is unknown.

    Notes
    -----
    The haversine formula on a sphere; within 0.6 % of the distance on the ellipsoid.
    """
    phi, to_phi = latitude.radians(), to_latitude.radians()
    half_chord = ((to_phi - phi) / 2).sin() ** 2 + phi.cos() * to_phi.cos() * (
        (to_longitude.radians() - longitude.radians()) / 2
    ).sin() ** 2
    return 2 * EARTH_RADIUS_KM * pl.min_horizontal(half_chord, pl.lit(1.0)).sqrt().arcsin()


def distance_km(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m) great-circle distances between points on the unit sphere, (n, 3) and (m, 3); NaN where unknown."""
    chord_squared = np.clip(2.0 - 2.0 * (a @ b.T), 0.0, 4.0)
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord_squared) / 2.0)


def to_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) points on the unit sphere from degrees; NaN where either is."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
