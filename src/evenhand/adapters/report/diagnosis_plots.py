"""Plots of the diagnosis with two axes: distributions, Lorenz curves, calibration. Positions are in per cent."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks, round_step
from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.wording import say_count, say_list, say_range, say_share, say_value, say_variation

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryNames
    from evenhand.diagnose import Diagnosis
    from evenhand.diagnose.propensity import Propensity
    from evenhand.diagnose.shape import Shape

_MOST_TICKS, _MOST_STEPS = 6, 4
_MOST_BINS = 24
_MOST_NAMED = 6
_TOP_ROOM = 1.12
_MOST_CURVE_POINTS = 200


@dataclass(frozen=True)
class Bar:
    """One bin of a distribution: seats inside their range from base to middle, those outside from there to top."""

    left: float
    width: float
    base: float
    middle: float
    top: float
    n: int
    bin_text: str
    which: str
    about: str


@dataclass(frozen=True)
class Dot:
    """A point with an interval up and down."""

    x: float
    y: float
    low: float
    high: float
    about: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Plot:
    """A drawing with both axes.

    Attributes
    ----------
    name
        Unique on the page.
    title, summary
        What assistive technology says: what it is, and what it shows.
    curve, diagonal
        Paths in a field of 100 by 100; empty for none.
    band
        Left and width of the target range; None where there is none.
    lines
        Upright lines with a label each: where humps are.
    """

    name: str
    title: str
    summary: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    x_title: str
    y_title: str
    bars: list[Bar] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    curve: str = ""
    diagonal: str = ""
    band: tuple[float, float] | None = None
    band_text: str = ""
    lines: list[Tick] = field(default_factory=list)


@dataclass(frozen=True)
class ShapeView:
    """The shape of one measure: its distribution, its Lorenz curve and what they say."""

    title: str
    layer: str
    sentence: str
    verdict: str
    distribution: Plot
    lorenz: Plot


def shape_views(diagnosis: Diagnosis, names: TerritoryNames) -> list[ShapeView]:
    """Lay out the distribution and the Lorenz curve of each measure whose shape is described."""
    return [_shape_view(n, shape, diagnosis, names) for n, shape in enumerate(diagnosis.shapes)]


def calibration_plot(propensity: Propensity) -> Plot | None:
    """Lay out what was foretold against what was found; None where nothing was tested."""
    rows = propensity.calibration
    if not rows.height:
        return None
    top = max(float(rows["high"].max()), float(rows["foretold"].max())) * 1.02  # type: ignore[arg-type] # not empty
    scale = StripScale(0.0, min(max(top, 0.01), 1.0))
    ticks = lay_ticks(scale, round_step(scale.high, _MOST_TICKS), say_share)
    dots = [
        Dot(
            x=scale.at(row["foretold"]),
            y=_up(scale, row["found"]),
            low=_up(scale, row["low"]),
            high=_up(scale, row["high"]),
            about=f"Foretold {_percent(row['foretold'])}, found {_percent(row['found'])} "
            f"({row['n_won']:,} of {row['n']:,} accounts)",
            cells=(
                _percent(row["foretold"]),
                _percent(row["found"]),
                f"{_percent(row['low'])} to {_percent(row['high'])}",
                f"{row['n']:,}",
            ),
        )
        for row in rows.iter_rows(named=True)
    ]
    return Plot(
        name="calibration",
        title="What was foretold against what was found",
        summary="Each point is a tenth of the accounts tested, with the interval of the share that won a deal. On the "
        "dashed line foretold and found are the same.",
        x_ticks=ticks,
        y_ticks=[_turned(tick) for tick in ticks],
        x_title="probability foretold",
        y_title="share that won a deal",
        dots=dots,
        diagonal=f"M{scale.at(0)} {_up(scale, 0)}L{scale.at(scale.high)} {_up(scale, scale.high)}",
    )


def _shape_view(n: int, shape: Shape, diagnosis: Diagnosis, names: TerritoryNames) -> ShapeView:
    measure = MEASURES[shape.measure]
    title = measure.title[:1].upper() + measure.title[1:]
    if shape.has_two_humps is None:
        verdict = f"Too few seats ({len(shape.values)}) to tell one hump from two."
    elif shape.has_two_humps:
        verdict = "Two humps: the seats are two groups, not one with luck."
    else:
        verdict = "No sign of two humps."
    if shape.dip is not None and shape.chance is not None:
        chance = "less than 1 %" if shape.chance < 0.01 else say_share(shape.chance)
        verdict += f" Dip {shape.dip:.3f}; a single hump has one as large {chance} of the time."
    return ShapeView(
        title,
        shape.layer,
        f"{shape.sentence.removesuffix('.')}; {say_variation(shape.variation)}.",
        verdict,
        _distribution(n, shape, title, verdict, diagnosis, names),
        _lorenz(n, shape, title),
    )


def _distribution(n: int, shape: Shape, title: str, verdict: str, diagnosis: Diagnosis, names: TerritoryNames) -> Plot:
    unit, currency = str(MEASURES[shape.measure].unit), diagnosis.currency

    def say(value: float) -> str:
        return say_value(value, unit, currency)

    values = np.array([value for _, value in shape.values])
    low, high = _range_of_full_seat(shape, diagnosis)
    step = _bin_width(values)
    first = math.floor(float(values.min()) / step + 1e-9)
    n_bins = max(math.floor(float(values.max()) / step + 1e-9) - first + 1, 1)
    edges = [(first + k) * step for k in range(n_bins + 1)]
    at = np.clip(np.floor(values / step + 1e-9).astype(int) - first, 0, n_bins - 1)
    counts = np.bincount(at, minlength=n_bins)
    ends = [end for end in (low, high) if end is not None]
    x = StripScale(min(edges[0], *ends) if ends else edges[0], max(edges[-1], *ends) if ends else edges[-1])
    y = StripScale(0.0, float(counts.max()) * _TOP_ROOM)
    outside = _seats_outside(shape, diagnosis)
    is_outside = np.array([territory_id in outside for territory_id, _ in shape.values])
    bars = []
    for k in np.flatnonzero(counts):
        held = [names[shape.values[i][0]].text for i in np.flatnonzero(at == k)]
        named = [*held[:_MOST_NAMED], *([f"{len(held) - _MOST_NAMED} more"] if len(held) > _MOST_NAMED else [])]
        bin_text = f"{say(edges[k])} to {say(edges[k + 1])}"
        n_out = int(is_outside[at == k].sum())
        bars.append(
            Bar(
                left=x.at(edges[k]),
                width=round(x.at(edges[k + 1]) - x.at(edges[k]), 2),
                base=_up(y, 0.0),
                middle=_up(y, float(counts[k] - n_out)),
                top=_up(y, float(counts[k])),
                n=int(counts[k]),
                bin_text=bin_text,
                which=say_list(named),
                about=f"{bin_text}: {say_count(int(counts[k]), 'seat')}, {n_out} outside the range: {say_list(named)}",
            )
        )
    band = None
    if ends:
        left = 0.0 if low is None else x.at(low)
        band = (left, round((100.0 if high is None else x.at(high)) - left, 2))
    y_step = max(1.0, round_step(y.high, _MOST_STEPS))
    return Plot(
        name=f"distribution-{n}",
        title=f"{title}: how many seats have how much",
        summary=f"{verdict} {say_list([bar.about for bar in bars])}.",
        x_ticks=lay_ticks(x, round_step(x.high - x.low, _MOST_TICKS), say),
        y_ticks=[_turned(tick) for tick in lay_ticks(y, y_step, lambda count: f"{count:,.0f}")],
        x_title=measure_axis(shape),
        y_title="seats",
        bars=bars,
        band=band,
        band_text=f"target range {say_range(low, high, unit, currency)}" if ends else "",
        lines=[Tick(x.at(hump), say(hump), False, False) for hump in shape.humps or ()],
    )


def measure_axis(shape: Shape) -> str:
    """Say what the axis of amounts counts."""
    measure = MEASURES[shape.measure]
    return measure.title if measure.is_ratio else f"{measure.title} of a full seat"


def _seats_outside(shape: Shape, diagnosis: Diagnosis) -> set[str]:
    rows = diagnosis.territories.filter(
        (diagnosis.territories["measure"] == shape.measure)
        & (diagnosis.territories["layer"] == shape.layer)
        & diagnosis.territories["status"].is_in(["under", "over"])
    )
    return set(rows["territory_id"])


def _range_of_full_seat(shape: Shape, diagnosis: Diagnosis) -> tuple[float | None, float | None]:
    """Return the range that most seats have, per unit of capacity."""
    rows = diagnosis.territories.filter(
        (diagnosis.territories["measure"] == shape.measure)
        & diagnosis.territories["is_seat"]
        & (diagnosis.territories["layer"] == shape.layer)
    )
    size = 1.0 if MEASURES[shape.measure].is_ratio else rows["capacity_share"]
    found: list[float | None] = []
    for bound in ("low", "high"):
        ends = (rows[bound] / size).drop_nulls()
        ends = ends.filter(ends.is_finite())
        found.append(float(ends.median()) if ends.len() else None)  # type: ignore[arg-type] # not empty
    return found[0], found[1]


def _bin_width(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return a round width by Freedman and Diaconis' rule, so that no more than a couple of dozen bins come of it."""
    spread = float(np.ptp(values)) or abs(float(values[0])) * 0.1 or 1.0
    quartiles = np.quantile(values, [0.25, 0.75])
    wanted = 2 * float(quartiles[1] - quartiles[0]) / len(values) ** (1 / 3)
    n_bins = min(max(math.ceil(spread / wanted) if wanted > 0 else 1, 12), _MOST_BINS)
    return round_step(spread, n_bins)


def _lorenz(n: int, shape: Shape, title: str) -> Plot:
    values = np.sort(np.array([max(value, 0.0) for _, value in shape.values]))
    total = float(values.sum()) or 1.0
    share_of_seats = np.concatenate([[0.0], np.arange(1, len(values) + 1) / len(values)])
    share_held = np.concatenate([[0.0], np.cumsum(values) / total])
    keep = np.unique(np.linspace(0, len(values), min(len(values) + 1, _MOST_CURVE_POINTS)).astype(int))
    scale = StripScale(0.0, 1.0)
    points = [(scale.at(float(share_of_seats[i])), _up(scale, float(share_held[i]))) for i in keep]
    ticks = lay_ticks(scale, 0.25, say_share)
    half = float(np.interp(0.5, share_of_seats, share_held))
    return Plot(
        name=f"lorenz-{n}",
        title=f"{title}: Lorenz curve",
        summary=f"The smaller half of the seats holds {say_share(half)}. On the dashed line all would hold the same; "
        f"Gini {shape.gini:.2f}.",
        x_ticks=ticks,
        y_ticks=[_turned(tick) for tick in ticks],
        x_title="share of the seats, smallest first",
        y_title="share of the whole",
        curve="M" + "L".join(f"{x} {y}" for x, y in points),
        diagonal=f"M{scale.at(0)} {_up(scale, 0)}L{scale.at(1)} {_up(scale, 1)}",
    )


def _up(scale: StripScale, figure: float) -> float:
    """Return the place of a figure from the top: large ones are up."""
    return round(100 - scale.at(figure), 2)


def _turned(tick: Tick) -> Tick:
    return Tick(round(100 - tick.at, 2), tick.label, tick.is_zero, tick.is_minor)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
