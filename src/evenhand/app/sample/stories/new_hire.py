"""A new hire: an empty territory with a rep who can take half a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.calendar import as_dates
from evenhand.app.sample.columns import ids, width_for
from evenhand.app.sample.stories.part import Story

if TYPE_CHECKING:
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.stories.part import Tables

NEW_HIRE_CAPACITY = 0.5
DAYS_HERE = 7


def _hired(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    """Add an empty territory with a rep, next to the fullest book."""
    n = made.layout.n_seats
    worth = np.bincount(made.handovers.now, made.customers.potential * made.customers.is_active, n)
    worth = np.where(made.layout.pool == 0, worth / made.capacity_share, 0)
    fullest = int(worth.argmax())
    territory = ids("T", 1, width_for(n + 1), first=n + 1)[0]
    reps = tables["reps"]
    rep = ids("R", 1, width_for(made.staffing.n_reps, 3), first=made.staffing.n_reps + 1)[0]
    start = as_dates(np.array([made.history.as_of - DAYS_HERE]))
    model = tables["territories"].filter(pl.col("territory_id") == names.seats[fullest])
    row = model.with_columns(
        pl.lit(territory).alias("territory_id"),
        (pl.col("name") + " (new)").alias("name"),
        pl.lit(NEW_HIRE_CAPACITY).alias("capacity_share"),
    )
    newcomer = pl.DataFrame(
        {
            "rep_id": [rep],
            "name": ["Robin Newman"],
            "email": ["robin.newman@example.com"],
            "manager_id": [_manager_of(made, reps, fullest)],
            "hired_on": start,
            "left_on": pl.Series([None], dtype=pl.Date),
        }
    )
    covers = pl.DataFrame(
        {
            "rep_id": [rep],
            "territory_id": [territory],
            "starts_on": start,
            "ends_on": pl.Series([None], dtype=pl.Date),
        }
    )
    changed = {
        **tables,
        "territories": pl.concat([tables["territories"], row]),
        "reps": pl.concat([reps, newcomer]),
        "coverage": pl.concat([tables["coverage"], covers]),
    }
    event = f"new-hire:territory={territory},capacity_share={NEW_HIRE_CAPACITY}"
    return changed, {
        "story": "new-hire",
        "territories": [territory],
        "rep_id": rep,
        "beside": names.seats[fullest],
        "event": event,
    }


def _manager_of(made: Made, reps: pl.DataFrame, seat: int) -> str:
    """Return the id of the manager of the seat's area."""
    managers = reps.filter(pl.col("rep_id").str.starts_with("M"))["rep_id"]
    return str(managers[int(made.layout.area[seat])])


NEW_HIRE = Story(_hired)
