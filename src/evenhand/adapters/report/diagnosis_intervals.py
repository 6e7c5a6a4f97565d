"""Estimates with their intervals, a row each: effects of territories and reps, and win rates at equal tenure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks, round_step
from evenhand.adapters.report.territory_names import TerritoryName
from evenhand.diagnose.wording import say_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from evenhand.adapters.report.territory_names import TerritoryNames
    from evenhand.diagnose import Diagnosis

MOST_ROWS = 60
_MOST_TICKS = 7
_ROOM_SHARE = 0.04


@dataclass(frozen=True)
class IntervalRow:
    """One estimate: positions in per cent of the width.

    Attributes
    ----------
    beside
        Where the figure as it stands is, without the model; None where there is none.
    is_clear
        True where the interval leaves out the line that it is compared with.
    """

    who: TerritoryName
    value: float
    at: float
    left: float
    right: float
    beside: float | None
    text: str
    interval_text: str
    note: str
    is_clear: bool


@dataclass(frozen=True)
class IntervalChart:
    """Estimates in order, largest first.

    Attributes
    ----------
    line
        Where the line is that estimates are compared with.
    n_all
        More than `rows` where only the furthest from the line are shown.
    """

    name: str
    title: str
    about: str
    heading: str
    rows: list[IntervalRow]
    ticks: list[Tick]
    line: float
    n_all: int
    n_clear: int


def effect_charts(diagnosis: Diagnosis, names: TerritoryNames) -> list[IntervalChart]:
    """Lay out what territories and reps are worth; empty where it can't be told."""
    effects = diagnosis.effects
    if effects.missing is not None:
        return []
    confidence = say_share(effects.confidence)
    territories = effects.territories.select("effect", "low", "high", id="territory_id", note=pl.col("reading"))
    reps = effects.reps.select(
        "effect",
        "low",
        "high",
        id="rep_id",
        note=pl.format("{} periods in {} territories", "n_periods", "n_territories"),
    )
    about = "Points of attainment above or below the team, {} alike, with the {} interval."
    return [
        _chart("territory-effects", "What the territory is worth", about.format("reps", confidence), "Territory",
               territories, lambda id_: names[id_]),
        _chart("rep-effects", "What the rep is worth", about.format("territories", confidence), "Rep",
               reps, lambda id_: TerritoryName(id_, id_)),
    ]  # fmt: skip


def win_rate_chart(diagnosis: Diagnosis, names: TerritoryNames) -> IntervalChart | None:
    """Lay out the win rates at equal tenure and mix of deals; None where they can't be told."""
    rates = diagnosis.win_rates
    if rates.missing is not None or not rates.territories.height:
        return None
    rows = rates.territories.select(
        "low", "high", "raw", effect="adjusted", id="territory_id", note=pl.format("{} deals", "n_closed")
    )
    mean = float(np.average(rows["effect"].to_numpy(), weights=rates.territories["n_closed"].to_numpy()))
    about = (
        "Share of closed deals won if all reps had the same tenure and all territories the same mix of deals, with "
        f"the {say_share(rates.confidence)} interval; the short upright stroke is the share as it stands."
    )
    return _chart(
        "win-rates", "Win rates at equal rep tenure", about, "Territory", rows, lambda id_: names[id_], line=mean,
        is_rate=True,
    )  # fmt: skip


def _chart(
    name: str,
    title: str,
    about: str,
    heading: str,
    rows: pl.DataFrame,
    who: Callable[[str], TerritoryName],
    *,
    line: float = 0.0,
    is_rate: bool = False,
) -> IntervalChart:
    shown = (
        rows.sort((pl.col("effect") - line).abs(), "id", descending=[True, False])
        .head(MOST_ROWS)
        .sort("effect", "id", descending=[True, False])
    )
    columns = [column for column in ("low", "high", "raw") if column in rows.columns]
    ends = shown.select(columns).unpivot(value_name="end")["end"].drop_nulls()
    low, high = min(float(ends.min()), line), max(float(ends.max()), line)  # type: ignore[arg-type] # not empty
    room = _ROOM_SHARE * (high - low) or 0.01
    scale = StripScale(low - room, high + room)
    say = say_share if is_rate else _points
    ticks = lay_ticks(scale, round_step(scale.high - scale.low, _MOST_TICKS), say)
    clear = (rows["low"] > line) | (rows["high"] < line)
    return IntervalChart(
        name, title, about, heading,
        [_row(row, scale, line, who, is_rate=is_rate) for row in shown.iter_rows(named=True)],
        ticks, scale.at(line), rows.height, int(clear.sum()),
    )  # fmt: skip


def _row(
    row: dict[str, Any], scale: StripScale, line: float, who: Callable[[str], TerritoryName], *, is_rate: bool
) -> IntervalRow:
    say = say_share if is_rate else _points
    raw = row.get("raw")
    return IntervalRow(
        who=who(row["id"]),
        value=row["effect"],
        at=scale.at(row["effect"]),
        left=scale.at(row["low"]),
        right=scale.at(row["high"]),
        beside=None if raw is None else scale.at(raw),
        text=say(row["effect"]),
        interval_text=f"{say(row['low'])} to {say(row['high'])}",
        note=row["note"] if raw is None else f"{say(raw)} of {row['note']}",
        is_clear=row["low"] > line or row["high"] < line,
    )


def _points(share: float) -> str:
    """Say points of attainment with their sign."""
    rounded = round(100 * share)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"
