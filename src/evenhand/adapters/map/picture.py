"""A map of a book or of a plan, as far as somebody sees it, in the bytes that the browser draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.adapters.map.colours import colour_territories
from evenhand.adapters.map.outlines import draw_outlines
from evenhand.adapters.map.pack import pack_columns
from evenhand.adapters.map.plane import fit_plane
from evenhand.adapters.map.shapes import outline_points
from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from evenhand.adapters.map.plane import Plane

_TENTHS = 10.0
_MARGIN_SHARE = 0.04
_LEAST_MARGIN_KM = 5.0


@dataclass(frozen=True, eq=False)
class Ground:
    """The accounts of a book on their plane.

    Attributes
    ----------
    sheet
        As `evenhand.app.account_sheet.list_accounts` gives it; rows are numbered in its order, from 0.
    plane
        None where no account has a place.
    x, y
        (n,) kilometres; NaN where an account has no place.
    outlines
        Rings of the countries and states around, (k, 2) kilometres.
    """

    sheet: pl.DataFrame
    plane: Plane | None
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    outlines: Sequence[NDArray[np.float64]] = ()

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """(n,) whether each account has a place."""
        return np.isfinite(self.x)


@dataclass(frozen=True, eq=False)
class Layer:
    """Which territory each account is in, and the outlines of territories that follow.

    Attributes
    ----------
    territory_ids
        (n,) of each row of the sheet.
    shapes
        Rings of each territory, (k, 2) kilometres.
    centres
        Middle of each territory's accounts, kilometres.
    """

    territory_ids: pl.Series
    shapes: Mapping[str, Sequence[NDArray[np.float64]]]
    centres: Mapping[str, tuple[float, float]]


def lay_ground(sheet: pl.DataFrame, outlines: Path) -> Ground:
    """Put a sheet of accounts on a plane.

    Parameters
    ----------
    outlines
        The file that the build makes; without it the map has no borders.
    """
    x, y = np.full(sheet.height, np.nan), np.full(sheet.height, np.nan)
    rows = np.flatnonzero(sheet["latitude"].is_not_null().to_numpy())
    if not len(rows):
        return Ground(sheet, None, x, y)
    latitude, longitude = (sheet[name].gather(rows).to_numpy() for name in ("latitude", "longitude"))
    plane = fit_plane(latitude, longitude)
    x[rows], y[rows] = plane.place(latitude, longitude)
    return Ground(sheet, plane, x, y, draw_outlines(outlines, plane, latitude, longitude))


def shape_territories(ground: Ground, territory_ids: pl.Series) -> Layer:
    """Draw the outlines of the territories that accounts are in."""
    placed = pl.DataFrame({"territory_id": territory_ids, "x": ground.x, "y": ground.y}).filter(
        pl.col("x").is_not_nan()
    )
    shapes: dict[str, Sequence[NDArray[np.float64]]] = {}
    centres: dict[str, tuple[float, float]] = {}
    for (name,), part in placed.partition_by("territory_id", as_dict=True).items():
        x, y = part["x"].to_numpy(), part["y"].to_numpy()
        shapes[str(name)] = outline_points(x, y)
        centres[str(name)] = (float(np.median(x)), float(np.median(y)))
    return Layer(territory_ids, shapes, centres)


def draw_map(
    ground: Ground,
    before: Layer,
    after: Layer | None,
    *,
    seen: frozenset[str] | None,
    names: Mapping[str, str | None],
    currency: str,
) -> bytes:
    """Pack what somebody sees of a map.

    Parameters
    ----------
    after
        Where the accounts are by a plan; None for the map of a book.
    seen
        The territories that somebody sees; None for all. Of a plan, accounts that leave or enter them are there too.
    names
        Of the territories.
    """
    shown = see_rows(before.territory_ids, after.territory_ids if after else None, seen)
    rows = np.flatnonzero(ground.is_placed & shown)
    ids = sorted({*before.territory_ids.gather(rows).to_list(), *(after.territory_ids.gather(rows) if after else ())})
    if seen is None:
        ids = sorted({*ids, *names})
    sheet = ground.sheet[rows]
    segments = sorted(sheet["segment"].drop_nulls().unique().to_list())
    columns: dict[str, NDArray[Any]] = {
        "x": ground.x[rows].astype(np.float32),
        "y": ground.y[rows].astype(np.float32),
        "potential": sheet["potential"].cast(pl.Float32).fill_null(float("nan")).to_numpy(),
        "row": rows.astype(np.uint32),
        "before": _number(before.territory_ids.gather(rows), ids),
        "segment": _number(sheet["segment"].fill_null(""), ["", *segments]),
        "grade": sheet["grade"].cast(pl.UInt8).to_numpy(),
    }
    if after is not None:
        columns["after"] = _number(after.territory_ids.gather(rows), ids)
    head = {
        "territories": _describe_territories(ids, before, after, names),
        "segments": ["", *segments],
        "grades": GRADES,
        "currency": currency,
        "n_unplaced": int((~ground.is_placed & shown).sum()),
        "extent": _extent(columns["x"], columns["y"]),
        "outlines": [_plain(ring) for ring in ground.outlines],
        "shapes": {"before": _shapes(before, ids, seen), "after": _shapes(after, ids, seen) if after else None},
    }
    return pack_columns(head, columns)


def see_rows(before: pl.Series, after: pl.Series | None, seen: frozenset[str] | None) -> NDArray[np.bool_]:
    """(n,) whether somebody sees each row of the sheet: of a plan, what leaves or enters their territories too.

    Parameters
    ----------
    before, after
        (n,) the territory of each row.
    """
    if seen is None:
        return np.ones(len(before), np.bool_)
    names = pl.Series(sorted(seen), dtype=pl.String).implode()
    shown = before.is_in(names)
    if after is not None:
        shown = shown | after.is_in(names)
    return shown.fill_null(value=False).to_numpy()


def _describe_territories(
    ids: Sequence[str], before: Layer, after: Layer | None, names: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    missing = (float("nan"), float("nan"))
    centres = np.array(
        [before.centres.get(name) or (after.centres.get(name) if after else None) or missing for name in ids]
    ).reshape(-1, 2)
    colours = colour_territories(centres)
    return [
        {
            "id": name,
            "name": names.get(name) or "",
            "colour": int(colour),
            "x": None if np.isnan(x) else round(float(x), 1),
            "y": None if np.isnan(y) else round(float(y), 1),
        }
        for name, colour, (x, y) in zip(ids, colours, centres, strict=True)
    ]


def _shapes(layer: Layer, ids: Sequence[str], seen: frozenset[str] | None) -> list[list[Any]]:
    return [
        [number, [_plain(ring) for ring in layer.shapes[name]]]
        for number, name in enumerate(ids)
        if layer.shapes.get(name) and (seen is None or name in seen)
    ]


def _number(names: pl.Series, ids: Sequence[str]) -> NDArray[Any]:
    index = pl.DataFrame({"name": ids, "number": range(len(ids))}, schema={"name": pl.String, "number": pl.UInt16})
    plain = names.cast(pl.String).rename("name").to_frame()
    return plain.join(index, on="name", how="left", maintain_order="left")["number"].to_numpy()


def _plain(ring: NDArray[np.float64]) -> list[int]:
    """Write a ring as whole tenths of a kilometre: x, y, x, y …"""
    plain: list[int] = np.round(ring * _TENTHS).astype(np.int64).ravel().tolist()
    return plain


def _extent(x: NDArray[np.float32], y: NDArray[np.float32]) -> list[float]:
    """West, south, east and north of the points, with a margin, in kilometres."""
    if not len(x):
        return [0.0, 0.0, 1.0, 1.0]
    west, south, east, north = float(x.min()), float(y.min()), float(x.max()), float(y.max())
    margin = max(_MARGIN_SHARE * max(east - west, north - south), _LEAST_MARGIN_KM)
    return [round(west - margin, 1), round(south - margin, 1), round(east + margin, 1), round(north + margin, 1)]
