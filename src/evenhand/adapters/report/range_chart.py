"""Every seat on one measure against its target range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks, round_step
from evenhand.diagnose import MEASURES
from evenhand.diagnose.wording import say_range, say_value

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.diagnose import Diagnosis

MOST_ROWS = 60
_MOST_TICKS = 7
_ROOM_SHARE = 0.02


@dataclass(frozen=True)
class RangeRow:
    """One seat: where its figure and its range are, in per cent of the width."""

    territory: TerritoryName
    value: float
    at: float
    range_left: float
    range_width: float
    value_text: str
    range_text: str
    status: str


@dataclass(frozen=True)
class RangeChart:
    """The chart of one measure; largest figure first.

    Attributes
    ----------
    n_seats, n_known
        All seats, and those whose figure is known; more than `rows` where the chart shows only the furthest.
    """

    name: str
    title: str
    rows: list[RangeRow]
    ticks: list[Tick]
    n_seats: int
    n_known: int
    n_under: int
    n_over: int


def range_charts(diagnosis: Diagnosis, names: TerritoryNames) -> list[RangeChart]:
    """Lay out a chart for each measure that is known for some seat and has a range there."""
    seats = diagnosis.territories.filter("is_seat")
    charts = [_chart(seats.filter(pl.col("measure") == name), name, diagnosis.currency, names) for name in MEASURES]
    return [chart for chart in charts if chart is not None]


def _chart(rows: pl.DataFrame, name: str, currency: str, names: TerritoryNames) -> RangeChart | None:
    has_range = pl.col("low").is_not_null() | pl.col("high").is_not_null()
    known = rows.filter(pl.col("value").is_finite() & has_range)
    if known.height == 0:
        return None
    middle = pl.mean_horizontal("low", "high")
    shown = (
        known.sort((pl.col("value") / middle - 1).abs().fill_nan(0), "territory_id", descending=[True, False])
        .head(MOST_ROWS)
        .sort("value", "territory_id", descending=[True, False])
    )
    ends = shown.select("value", "low", "high").unpivot(value_name="end")["end"].drop_nulls()
    low, high = min(float(ends.min()), 0.0), float(ends.max())  # type: ignore[arg-type] # not empty
    room = _ROOM_SHARE * (high - low) or 1.0
    scale = StripScale(low, high + room)
    unit = str(shown["unit"][0])
    step = round_step(scale.high - scale.low, _MOST_TICKS)
    return RangeChart(
        name=name,
        title=_sentence_case(MEASURES[name].title),
        rows=[_row(row, scale, currency, names) for row in shown.iter_rows(named=True)],
        ticks=lay_ticks(scale, step, lambda figure: say_value(figure, unit, currency)),
        n_seats=rows.height,
        n_known=known.height,
        n_under=int((known["status"] == "under").sum()),
        n_over=int((known["status"] == "over").sum()),
    )


def _row(row: dict[str, Any], scale: StripScale, currency: str, names: TerritoryNames) -> RangeRow:
    left = 0.0 if row["low"] is None else scale.at(row["low"])
    right = 100.0 if row["high"] is None else scale.at(row["high"])
    return RangeRow(
        territory=names[row["territory_id"]],
        value=row["value"],
        at=scale.at(row["value"]),
        range_left=left,
        range_width=round(right - left, 2),
        value_text=say_value(row["value"], row["unit"], currency),
        range_text=say_range(row["low"], row["high"], row["unit"], currency),
        status=row["status"],
    )


def _sentence_case(title: str) -> str:
    return title[:1].upper() + title[1:]
