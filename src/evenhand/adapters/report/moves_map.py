"""The map of the moves: who moves from where to which territory's centre, over all accounts as faint dots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.adapters.report.flow_arrows import FlowArrow, flow_arrows
from evenhand.adapters.report.map_grid import GridLine, meridians, parallels
from evenhand.adapters.report.moves_table import sort_moves
from evenhand.adapters.report.projection import WIDTH, Projection, fit_projection
from evenhand.diagnose.distance import find_centres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.book.book import Book
    from evenhand.plan.plan import Plan

MOST_POINTS = 400
"""With more moves than this single lines are a thicket; the map shows the flows between territories instead."""

MOST_FLOWS = 60
"""Flows that are drawn, the largest first."""

_PLACE = ("latitude", "longitude")
_CELL = 4.0
_DOT_SIZES = ((1, 2.0), (3, 3.0), (10, 4.5))
"""From so many accounts in a cell, a dot of this width."""

_LABEL_HEIGHT, _LETTER_WIDTH = 13.0, 7.4
_MOST_LABELS = 60


@dataclass(frozen=True)
class MovedPoint:
    """An account that moves, and the line to its new territory's centre."""

    x: float
    y: float
    to_x: float
    to_y: float
    grade: str
    title: str
    from_id: str
    to_id: str


@dataclass(frozen=True)
class Centre:
    """A territory's centre; `label` is empty where it would cover another."""

    x: float
    y: float
    territory: TerritoryName
    label: str
    label_y: float


@dataclass(frozen=True)
class MovesMap:
    """Everything the drawing needs, in its own units.

    Attributes
    ----------
    dots
        Width of the dots and their path, by how many accounts they stand for.
    points
        Moved accounts, each with its line; empty where there are more than `MOST_POINTS`.
    moved_dots, flows
        In their place: moved accounts as dots, and arrows between centres; `n_flows` is how many there are in all.
    drawn
        Territories that a line begins or ends at.
    n_moves, n_without_place
        Accounts that move, and how many of them have no coordinates.
    """

    width: float
    height: float
    dots: list[tuple[float, str]]
    meridians: list[GridLine]
    parallels: list[GridLine]
    points: list[MovedPoint]
    moved_dots: list[tuple[float, str]]
    flows: list[FlowArrow]
    n_flows: int
    centres: list[Centre]
    drawn: list[TerritoryName]
    n_moves: int
    n_without_place: int
    n_accounts: int


def moves_map(plan: Plan, book: Book, names: TerritoryNames) -> MovesMap | None:
    """Lay out the map; None where nothing that moves has coordinates."""
    placed = book.active_accounts.select("account_id", "territory_id", "latitude", "longitude").drop_nulls(
        ["latitude", "longitude"]
    )
    centres = _centres(plan, book, placed)
    touched = pl.concat([plan.moves["from_territory_id"], plan.moves["to_territory_id"]]).unique().implode()
    # Fitted to what moves: a few customers overseas must not shrink the country where the moves are.
    moved = placed.filter(pl.col("account_id").is_in(plan.moves["account_id"].implode()))
    if moved.height == 0:
        return None
    seen = pl.concat([moved.select(_PLACE), centres.filter(pl.col("territory_id").is_in(touched)).select(_PLACE)])
    projection = fit_projection(seen["latitude"].to_numpy(), seen["longitude"].to_numpy())
    spots = centres.with_columns(
        x=pl.Series(projection.x(centres["longitude"].to_numpy())),
        y=pl.Series(projection.y(centres["latitude"].to_numpy())),
    )
    drawable = _drawable(plan, placed, spots)
    is_crowded = drawable.height > MOST_POINTS
    flows = flow_arrows(plan, spots, names) if is_crowded else []
    points = [] if is_crowded else _points(drawable, projection, names)
    shown = spots.filter(pl.col("territory_id").is_in(touched)).sort("territory_id")
    return MovesMap(
        width=WIDTH,
        height=projection.height,
        dots=_dots(projection, placed),
        meridians=meridians(projection),
        parallels=parallels(projection),
        points=points,
        moved_dots=_dots(projection, drawable) if is_crowded else [],
        flows=flows[:MOST_FLOWS][::-1],  # the largest last, so that they are drawn on top
        n_flows=len(flows),
        centres=_place_labels(shown, names),
        drawn=[names[territory_id] for territory_id in sorted(_ends(points) | _ends(flows[:MOST_FLOWS]))],
        n_moves=plan.n_moves,
        n_without_place=plan.n_moves - drawable.height,
        n_accounts=placed.height,
    )


def _centres(plan: Plan, book: Book, placed: pl.DataFrame) -> pl.DataFrame:
    """Return each territory's base, else the centre of its accounts before, else of those after."""
    bases = book.territories.select("territory_id", "latitude", "longitude").drop_nulls(["latitude", "longitude"])
    after = placed.drop("territory_id").join(plan.assignment, on="account_id", how="inner")
    found = [bases]
    for accounts in (placed, after.sort("account_id")):
        centres = find_centres(accounts, "territory_id").rename(
            {"centre_latitude": "latitude", "centre_longitude": "longitude"}
        )
        found.append(centres)
    wanted = pl.concat(found).unique("territory_id", keep="first", maintain_order=True)
    return wanted.filter(pl.col("territory_id").is_in(plan.territory_ids)).sort("territory_id")


def _ends(lines: Sequence[MovedPoint] | Sequence[FlowArrow]) -> set[str]:
    return {territory_id for line in lines for territory_id in (line.from_id, line.to_id)}


def _drawable(plan: Plan, placed: pl.DataFrame, spots: pl.DataFrame) -> pl.DataFrame:
    """Return the moves with coordinates, the gravest first, with the centre each goes to."""
    target = spots.select(to_territory_id="territory_id", to_x="x", to_y="y")
    return (
        sort_moves(plan.moves)
        .join(placed.select("account_id", *_PLACE), on="account_id", maintain_order="left")
        .join(target, on="to_territory_id", maintain_order="left")
    )


def _points(moved: pl.DataFrame, projection: Projection, names: TerritoryNames) -> list[MovedPoint]:
    xs, ys = projection.x(moved["longitude"].to_numpy()), projection.y(moved["latitude"].to_numpy())
    points = [
        MovedPoint(
            x=x,
            y=y,
            to_x=row["to_x"],
            to_y=row["to_y"],
            grade=row["grade"],
            title=f"{row['name'] or row['account_id']}: {names[row['from_territory_id']].text} → "
            f"{names[row['to_territory_id']].text}, {row['grade']}",
            from_id=row["from_territory_id"],
            to_id=row["to_territory_id"],
        )
        for row, x, y in zip(moved.iter_rows(named=True), xs.tolist(), ys.tolist(), strict=True)
    ]
    return points[::-1]  # the gravest last, so that they are drawn on top


def _dots(projection: Projection, placed: pl.DataFrame) -> list[tuple[float, str]]:
    """Draw all accounts as dots, one for each small cell, so that the page stays light however many there are."""
    x, y = projection.x(placed["longitude"].to_numpy()), projection.y(placed["latitude"].to_numpy())
    is_inside = (x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= projection.height)
    columns, rows = (np.floor(place[is_inside] / _CELL).astype(np.int64) for place in (x, y))
    cells, counts = np.unique(rows * 10_000 + columns, return_counts=True)
    sizes = np.searchsorted([least for least, _ in _DOT_SIZES], counts, side="right") - 1
    dots = []
    for place, (_, width) in enumerate(_DOT_SIZES):
        chosen = cells[sizes == place]
        x, y = (chosen % 10_000) * _CELL + _CELL / 2, chosen // 10_000 * _CELL + _CELL / 2
        path = "".join(f"M{x_:g} {y_:g}h0" for x_, y_ in zip(x.tolist(), y.tolist(), strict=True))
        if path:
            dots.append((width, path))
    return dots


def _place_labels(spots: pl.DataFrame, names: TerritoryNames) -> list[Centre]:
    """Write each centre's id above it, unless that would cover a label already written."""
    centres: list[Centre] = []
    taken: list[tuple[float, float, float]] = []
    for territory_id, x, y in spots.select("territory_id", "x", "y").iter_rows():
        half = len(territory_id) * _LETTER_WIDTH / 2
        free = [
            at
            for at in (y - 7.0, y + 15.0)
            if all(abs(at - o_y) >= _LABEL_HEIGHT or abs(x - o_x) >= half + o_half for o_x, o_y, o_half in taken)
        ]
        label = territory_id if free and len(taken) < _MOST_LABELS else ""
        if label:
            taken.append((x, free[0], half))
        centres.append(Centre(x, y, names[territory_id], label, round(free[0], 1) if free else y))
    return centres
