"""Seats that nobody covers any more: a rep left, or several were laid off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.calendar import NEVER
from evenhand.app.sample.stories.part import Story

if TYPE_CHECKING:
    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.seats import Layout
    from evenhand.app.sample.staffing import Staffing
    from evenhand.app.sample.stories.part import Tables

DAYS_VACANT = 21
SEAT_LEFT = 6
"""T07: the seat whose rep left, where there are enough."""
SEATS_LAID_OFF = (2, 10, 18)
"""T03, T11 and T19: the seats to be given up, where there are enough."""


def _leave(staffing: Staffing, seats: list[int], last_day: int) -> None:
    spells = np.flatnonzero(np.isin(staffing.seat, seats) & (staffing.ends == NEVER))
    # Who came after that day would leave before the first one.
    staffing.ends[spells] = np.maximum(staffing.starts[spells], last_day)
    staffing.left[staffing.rep[spells]] = staffing.ends[spells]


def _seat_left(layout: Layout) -> list[int]:
    return [SEAT_LEFT if layout.n_seats > SEAT_LEFT + 2 else layout.n_seats // 2]


def _seats_laid_off(layout: Layout) -> list[int]:
    if layout.n_seats > SEATS_LAID_OFF[-1] + 2:
        return list(SEATS_LAID_OFF)
    n = min(len(SEATS_LAID_OFF), layout.n_seats // 3)
    return [round((number + 0.5) * layout.n_seats / n) for number in range(n)] if n > 1 else [layout.n_seats // 2]


def _one_leaves(staffing: Staffing, layout: Layout, history: History) -> None:
    _leave(staffing, _seat_left(layout), history.as_of - DAYS_VACANT)


def _some_are_laid_off(staffing: Staffing, layout: Layout, history: History) -> None:
    _leave(staffing, _seats_laid_off(layout), history.as_of)


def _vacated(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    rep_left = made.request.story == "rep-left"
    seats = _seat_left(made.layout) if rep_left else _seats_laid_off(made.layout)
    subjects = [names.seats[seat] for seat in seats]
    event = f"rep-left:territory={subjects[0]}" if rep_left else f"layoff:territories={';'.join(subjects)}"
    left = tables["coverage"].filter(pl.col("territory_id").is_in(subjects)).group_by("territory_id").agg(
        pl.col("ends_on").max()
    )  # fmt: skip
    last = {name: str(day) for name, day in sorted(left.iter_rows())}
    return tables, {"story": made.request.story, "territories": subjects, "last_day": last, "event": event}


REP_LEFT = Story(_vacated, _one_leaves)
LAYOFF = Story(_vacated, _some_are_laid_off)
