"""Every measure of every territory, before and after, with what the bands say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.measures import Measure, measures_of

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import Plan

MOST_TERRITORIES = 400


@dataclass(frozen=True)
class Cell:
    """One measure of one territory; status is empty where there is no band."""

    after: float | None
    before_text: str
    after_text: str
    status_before: str
    status_after: str
    limits: str

    @property
    def is_changed(self) -> bool:
        """Whether the plan changes the figure as it is written."""
        return self.before_text != self.after_text


@dataclass(frozen=True)
class TerritoryRow:
    """One territory and its measures, in the order of the table."""

    territory: TerritoryName
    cells: list[Cell | None]


@dataclass(frozen=True)
class TerritoryTable:
    """All territories by all measures."""

    measures: list[Measure]
    rows: list[TerritoryRow]
    n_territories: int


def territory_table(plan: Plan, names: TerritoryNames) -> TerritoryTable:
    """Lay out the table, in the order of the plan; a measure that is 0 throughout and has no band is left out."""
    says_something = (pl.col("before") != 0) | (pl.col("after") != 0) | pl.col("status_after").is_not_null()
    figures = plan.territories.filter(says_something.any().over("measure"))
    measure_names = figures["measure"].unique(maintain_order=True).to_list()
    measures = measures_of(measure_names)
    column = {name: place for place, name in enumerate(measure_names)}
    shown = list(plan.territory_ids[:MOST_TERRITORIES])
    rows: dict[str, list[Cell | None]] = {territory_id: [None] * len(measures) for territory_id in shown}
    for row in figures.filter(pl.col("territory_id").is_in(shown)).iter_rows(named=True):
        place = column[row["measure"]]
        rows[row["territory_id"]][place] = _cell(row, measures[place], plan.currency)
    return TerritoryTable(
        measures,
        [TerritoryRow(names[territory_id], cells) for territory_id, cells in rows.items()],
        len(plan.territory_ids),
    )


def _cell(row: dict[str, object], measure: Measure, currency: str) -> Cell:
    before, after, lower, upper = (_finite(row[name]) for name in ("before", "after", "lower", "upper"))
    limits = ""
    if lower is not None and upper is not None:
        limits = f"band {measure.write(lower, currency)} to {measure.write(upper, currency)}"
    elif upper is not None:
        limits = f"at most {measure.write(upper, currency)}"
    elif lower is not None:
        limits = f"at least {measure.write(lower, currency)}"
    return Cell(
        after=after,
        before_text=measure.write(before, currency),
        after_text=measure.write(after, currency),
        status_before=str(row["status_before"] or ""),
        status_after=str(row["status_after"] or ""),
        limits=limits,
    )


def _finite(value: object) -> float | None:
    number = None if value is None else float(str(value))
    return number if number is not None and math.isfinite(number) else None
