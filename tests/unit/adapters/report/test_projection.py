"""Places come out on the drawing where they are in the world."""

import numpy as np
import pytest

from evenhand.adapters.report.projection import WIDTH, fit_projection


def place(latitude, longitude):
    latitude, longitude = np.array(latitude, dtype=float), np.array(longitude, dtype=float)
    projection = fit_projection(latitude, longitude)
    return projection, projection.x(longitude), projection.y(latitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ([47.6, 25.8], [-122.3, -80.2]),
        ([51.5, -33.9, 40.7], [0.0, 151.2, -74.0]),
        ([10.0], [20.0]),
        ([60.0, 60.0, 60.0], [179.5, -179.5, 178.0]),
        ([90.0, 89.0], [0.0, 120.0]),
    ],
)
def test_everything_is_inside_the_drawing(latitude, longitude):
    projection, x, y = place(latitude, longitude)
    assert np.all((x >= 0) & (x <= WIDTH))
    assert np.all((y >= 0) & (y <= projection.height))


def test_north_is_up_and_east_is_right():
    _, x, y = place([50.0, 30.0], [-100.0, -80.0])
    assert x[0] < x[1]
    assert y[0] < y[1]


def test_neighbours_across_the_date_line_stay_neighbours():
    _, x, _ = place([0.0, 0.0, 0.0], [179.0, -179.0, 170.0])
    assert x[2] < x[0] < x[1]


def test_a_degree_is_true_to_scale_at_the_middle_latitude():
    projection, x, y = place([59.0, 61.0, 60.0, 60.0], [10.0, 10.0, 9.0, 11.0])
    assert (x[3] - x[2]) / (y[0] - y[1]) == pytest.approx(np.cos(np.radians(60.0)), rel=0.01)
    assert projection.height > 0
