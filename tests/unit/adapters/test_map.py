"""Maps: the plane, outlines of territories, colours, polygons and the bytes that the browser reads."""

import json
from pathlib import Path

import numpy as np
import pytest

from evenhand.adapters.map.colours import N_COLOURS, colour_territories
from evenhand.adapters.map.outlines import draw_outlines
from evenhand.adapters.map.pack import pack_columns
from evenhand.adapters.map.plane import fit_plane
from evenhand.adapters.map.polygon import find_inside, read_polygon
from evenhand.adapters.map.shapes import outline_points
from evenhand.foundation.errors import InputError
from evenhand.foundation.globe import EARTH_RADIUS_KM

US = (np.array([25.0, 49.0, 40.0]), np.array([-124.0, -67.0, -96.0]))
WORLD = (np.array([-35.0, 60.0, 35.0]), np.array([-120.0, 25.0, 140.0]))


def area(ring):
    x, y = ring[:, 0], ring[:, 1]
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2


def test_the_plane_keeps_areas():
    # A degree by a degree is a strip of the sphere: R² Δλ (sin φ2 − sin φ1), wherever it lies.
    plane = fit_plane(*US)
    for south, west in ((26.0, -81.0), (37.0, -96.0), (47.0, -123.0)):
        latitude = np.concatenate([np.full(50, south), np.linspace(south, south + 1, 50), np.full(50, south + 1.0)])
        longitude = np.concatenate(
            [np.linspace(west, west + 1, 50), np.full(50, west + 1.0), np.linspace(west + 1, west, 50)]
        )
        true = EARTH_RADIUS_KM**2 * np.radians(1) * (np.sin(np.radians(south + 1)) - np.sin(np.radians(south)))
        assert area(np.stack(plane.place(latitude, longitude), axis=1)) == pytest.approx(true, rel=1e-3)


def test_north_is_up_on_every_plane():
    for latitude, longitude in (US, (-US[0], US[1]), WORLD, (np.array([-5.0, 5.0]), np.array([100.0, 120.0]))):
        plane = fit_plane(latitude, longitude)
        middle = float(longitude.mean())
        x, y = plane.place(np.array([latitude.min(), latitude.max()]), np.array([middle, middle]))
        assert y[1] > y[0]
        x, _ = plane.place(np.full(2, latitude.mean()), np.array([middle - 1, middle + 1]))
        assert x[1] > x[0]


def test_a_book_across_the_date_line_stays_together():
    plane = fit_plane(np.array([-36.0, -40.0]), np.array([174.0, -176.0]))
    x, _ = plane.place(np.array([-36.0, -36.0]), np.array([179.0, -179.0]))
    assert 0 < x[1] - x[0] < 250


def test_one_place_alone_has_a_plane_too():
    plane = fit_plane(np.array([52.0]), np.array([13.0]))
    x, y = plane.place(np.array([52.0]), np.array([13.0]))
    assert np.allclose([x[0], y[0]], 0.0, atol=1e-3)


def test_the_outline_of_a_square_is_its_border_and_leaves_strays_out():
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 10, 21), np.linspace(0, 10, 21)))
    (ring,) = outline_points(np.append(x, 500.0), np.append(y, 500.0))
    assert area(ring) == pytest.approx(100.0)
    assert ring.max() == 10.0


def test_empty_land_between_two_towns_is_no_territory():
    steps = np.linspace(0, 2 * np.pi, 40)
    towns = [
        np.stack([at + np.cos(steps) * size, np.sin(steps) * size], axis=1) for at in (0.0, 9.0) for size in (1.0, 2.0)
    ]
    corridor = np.stack([np.full(5, 60.0), np.linspace(-1, 1, 5)], axis=1)
    points = np.concatenate([*towns, corridor])
    rings = outline_points(*points.T)
    assert sum(area(ring) for ring in rings) < 2 * np.pi * 4 + 9 * 4
    assert max(ring[:, 0].max() for ring in rings) < 20


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 2)), np.zeros((5, 2)), np.array([[0, 0], [1, 1]]), np.array([[0, 0], [1, 1], [2, 2], [3, 3]])],
)
def test_too_few_points_or_a_line_have_no_outline(points):
    assert outline_points(points[:, 0].astype(float), points[:, 1].astype(float)) == []


def test_near_territories_differ_in_colour():
    side = 12
    centres = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    colours = colour_territories(centres).reshape(side, side)
    assert set(colours.ravel().tolist()) <= set(range(N_COLOURS))
    assert (colours[:, 1:] != colours[:, :-1]).all()
    assert (colours[1:] != colours[:-1]).all()
    few = colour_territories(np.array([[0.0, 0.0], [np.nan, np.nan], [1.0, 1.0]]))
    assert few[0] != few[2]


def test_points_in_a_polygon_agree_with_a_slow_count():
    corners = read_polygon("0 0 10 0 10 10 5 2 0 10")
    points = np.random.default_rng(0).uniform(-1, 11, (500, 2))

    def slow(px, py):
        odd = False
        for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if (ay > py) != (by > py) and px < ax + (bx - ax) * (py - ay) / (by - ay):
                odd = not odd
        return odd

    assert find_inside(corners, *points.T).tolist() == [slow(*point) for point in points]
    assert not find_inside(corners, np.array([np.nan]), np.array([np.nan])).any()


@pytest.mark.parametrize("text", ["", "1 2 3 4", "1 2 3 4 5", "a b c d e f", "1 2 inf 4 5 6"])
def test_what_is_no_polygon_is_refused(text):
    with pytest.raises(InputError):
        read_polygon(text)


def test_columns_come_back_as_they_were():
    columns = {
        "x": np.array([1.5, -2.0], np.float32),
        "row": np.array([7, 9, 11], np.uint32),
        "g": np.array([1], np.uint8),
    }
    raw = pack_columns({"name": "Zürich"}, columns)
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + length])
    assert head["name"] == "Zürich"
    for item in head["columns"]:
        at = 4 + length + item["offset"]
        assert at % 8 == 0
        dtype = columns[item["name"]].dtype
        assert np.frombuffer(raw, dtype, item["length"], at).tolist() == columns[item["name"]].tolist()


def test_outlines_are_those_around_the_places(tmp_path: Path):
    def square(name, west, south):
        west, south = west * 1000, south * 1000
        ring = [west, south, west + 9000, south, west + 9000, south + 9000, west, south + 9000, west, south]
        return {"name": name, "ring": ring}

    kept = {
        "countries": [square("Here", -100, 35), square("United States of America", -110, 30), square("Far", 100, -40)],
        "states": [square("A state", -105, 38)],
    }
    path = tmp_path / "outlines.json"
    path.write_text(json.dumps(kept), encoding="utf-8")
    plane = fit_plane(*US)
    assert len(draw_outlines(path, plane, *US)) == 2
    assert draw_outlines(tmp_path / "none.json", plane, *US) == []
