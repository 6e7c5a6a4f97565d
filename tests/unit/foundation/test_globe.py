"""Both ways of measuring a distance agree, and know where a quarter of the globe ends."""

import numpy as np
import polars as pl
import pytest

from evenhand.foundation.globe import EARTH_RADIUS_KM, distance_km, haversine_km, to_sphere


def test_columns_and_arrays_agree_and_a_quarter_is_a_quarter():
    rng = np.random.default_rng(0)
    here, there = ((np.degrees(np.arcsin(rng.uniform(-1, 1, 200))), rng.uniform(-180, 180, 200)) for _ in range(2))
    frame = pl.DataFrame({"a": here[0], "b": here[1], "c": there[0], "d": there[1]})
    columns = frame.select(km=haversine_km(*map(pl.col, "abcd")))["km"].to_numpy()
    arrays = np.diagonal(distance_km(to_sphere(*here), to_sphere(*there)))
    assert columns == pytest.approx(arrays, abs=1e-3)
    quarter = distance_km(to_sphere(np.array([0.0]), np.array([0.0])), to_sphere(np.array([90.0]), np.array([33.0])))
    assert quarter.item() == pytest.approx(EARTH_RADIUS_KM * np.pi / 2)
