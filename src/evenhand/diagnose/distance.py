"""The middle of points on the globe."""

from __future__ import annotations

import polars as pl


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
