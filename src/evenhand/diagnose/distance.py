"""Distances on the globe, as the crow flies."""

from __future__ import annotations

import polars as pl

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


def find_centres(points: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return the centre of each group of points, right across the date line too.

    Parameters
    ----------
    points
        Columns `by`, latitude, longitude (degrees); rows with a null are left out.
    by
        The column that groups them.

    Returns
    -------
    pl.DataFrame
        Columns `by`, centre_latitude, centre_longitude: the direction of the mean of the points as unit vectors.
    """
    phi, lam = pl.col("latitude").radians(), pl.col("longitude").radians()
    return (
        points.drop_nulls([by, "latitude", "longitude"])
        .group_by(by)
        .agg(
            x=(phi.cos() * lam.cos()).mean(),
            y=(phi.cos() * lam.sin()).mean(),
            z=phi.sin().mean(),
        )
        .select(
            by,
            centre_latitude=pl.arctan2("z", (pl.col("x") ** 2 + pl.col("y") ** 2).sqrt()).degrees(),
            centre_longitude=pl.arctan2("y", "x").degrees(),
        )
        .sort(by)
    )
