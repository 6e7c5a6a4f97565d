"""Before and after per territory against its band: positions in per cent of the width, so that the page can scale it.

Every row is one small drawing inside a table, and the figures stand beside it. So the chart reads well on a phone,
in print and to a screen reader, which reads the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.figures import format_change
from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks, round_step
from evenhand.adapters.report.territory_bands import WITHIN

if TYPE_CHECKING:
    from evenhand.adapters.report.measures import Measure
    from evenhand.adapters.report.territory_bands import BandView
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames

MOST_ROWS = 60
"""With more territories than this the chart shows those furthest from their targets."""

_FURTHEST_SHARE = 1.5
"""Territories further above their target than this are drawn at the edge."""

_LIMIT_ROOM_SHARE = 0.25
"""A limit further than this from every territory is left off the drawing; the rows are inside it by far."""

_LEAST_STEP = 0.01
_MOST_TICKS = 9


@dataclass(frozen=True)
class ChartRow:
    """One territory: where its markers and its band are, in per cent of the width."""

    territory: TerritoryName
    before: float
    after: float
    band_left: float
    band_width: float
    before_share: float
    after_share: float
    before_text: str
    after_text: str
    is_moved: bool
    is_within_after: bool
    status_before: str
    status_after: str


@dataclass(frozen=True)
class BeforeAfterChart:
    """The chart of one measure.

    Attributes
    ----------
    rows
        Furthest above the target before first.
    n_territories
        How many there are; more than `rows` where the chart shows only the furthest.
    """

    measure: Measure
    rows: list[ChartRow]
    ticks: list[Tick]
    n_territories: int
    n_outside_before: int
    n_outside_after: int
    tolerance_share: float | None


def before_after_chart(view: BandView, names: TerritoryNames) -> BeforeAfterChart | None:
    """Lay out the chart of one measure; None where no territory has a target."""
    shares = view.rows.filter(pl.col("target") > 0).with_columns(
        (pl.col(name) / pl.col("target") - 1).alias(f"{name}_share") for name in ("before", "after", "lower", "upper")
    )
    if shares.height == 0:
        return None
    furthest = pl.max_horizontal(pl.col("before_share").abs(), pl.col("after_share").abs())
    shown = (
        shares.sort(furthest, pl.col("territory_id"), descending=[True, False])
        .head(MOST_ROWS)
        .sort("before_share", "after_share", "territory_id", descending=[True, True, False])
    )
    scale = _fit_scale(shown)
    return BeforeAfterChart(
        measure=view.measure,
        rows=[_row(row, scale, names) for row in shown.iter_rows(named=True)],
        ticks=_ticks(scale),
        n_territories=shares.height,
        n_outside_before=view.n_outside_before,
        n_outside_after=view.n_outside_after,
        tolerance_share=view.tolerance_share,
    )


def _fit_scale(rows: pl.DataFrame) -> StripScale:
    data = rows.select("before_share", "after_share").unpivot(value_name="end")["end"]
    low, high = min(float(data.min()), 0.0), max(float(data.max()), 0.0)  # type: ignore[arg-type] # not empty
    limits = rows.select("lower_share", "upper_share").unpivot(value_name="end")["end"].drop_nulls()
    near = limits.filter((limits > low - _LIMIT_ROOM_SHARE) & (limits < high + _LIMIT_ROOM_SHARE)).to_list()
    low, high = min([low, *near]), max([high, *near])
    return StripScale(max(low, -1.0) - 0.01, min(high, _FURTHEST_SHARE) + 0.01)


def _ticks(scale: StripScale) -> list[Tick]:
    step = max(round_step(scale.high - scale.low, _MOST_TICKS), _LEAST_STEP)
    return lay_ticks(scale, step, lambda share: format_change(share, 0) if abs(share) > step / 2 else "target")


def _row(row: dict[str, object], scale: StripScale, names: TerritoryNames) -> ChartRow:
    before, after = float(row["before_share"]), float(row["after_share"])  # type: ignore[arg-type] # numbers
    lower, upper = row["lower_share"], row["upper_share"]
    status_before, status_after = str(row["status_before"] or WITHIN), str(row["status_after"] or WITHIN)
    band_left = 0.0 if lower is None else scale.at(float(lower))  # type: ignore[arg-type] # a number
    band_right = 100.0 if upper is None else scale.at(float(upper))  # type: ignore[arg-type] # a number
    return ChartRow(
        territory=names[str(row["territory_id"])],
        before=scale.at(before),
        after=scale.at(after),
        band_left=band_left,
        band_width=round(band_right - band_left, 2),
        before_share=round(before, 6),
        after_share=round(after, 6),
        before_text=format_change(before),
        after_text=format_change(after),
        is_moved=row["before"] != row["after"],
        is_within_after=status_after == WITHIN,
        status_before=status_before,
        status_after=status_after,
    )
