"""What has happened to the firm: a story changes the staffing before anything is sold, or the tables afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.account_rows import account_ids
from evenhand.app.sample.calendar import NEVER, History, as_dates
from evenhand.app.sample.columns import ids, pick, width_for
from evenhand.app.sample.customers import ENTERPRISE, SEGMENT_EMPLOYEES, SEGMENTS
from evenhand.app.sample.seats import Layout
from evenhand.app.sample.staffing import Staffing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames

    Ints = NDArray[np.int64]

Tables = dict[str, pl.DataFrame]

DAYS_VACANT = 21
SEAT_LEFT = 6
SEATS_LAID_OFF = (2, 10, 18)
NEW_HIRE_CAPACITY = 0.5
PRODUCT_LAYER = "analytics add-on"
PRODUCT_SEATS_SHARE, PRODUCT_STARTED_SHARE = 0.15, 0.08
GREW_SHARE, SHRANK_SHARE, NEARLY_SHARE = 0.025, 0.008, 0.012


@dataclass(frozen=True)
class StoryPart:
    """What a story does.

    Attributes
    ----------
    empty_seats
        Changes the staffing in place.
    tell
        Takes the clean tables and returns them changed, with what is true of the story.
    """

    empty_seats: Callable[[Staffing, Layout, History], None]
    tell: Callable[[Made, SeatNames, Tables], tuple[Tables, dict[str, Any]]]


def _nobody(staffing: Staffing, layout: Layout, history: History) -> None:
    """Leave the staffing as it is."""


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


def _drifted(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    return tables, {"story": made.request.story}


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


def _hired(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    """Add an empty territory with a rep, next to the fullest book."""
    n = made.layout.n_seats
    worth = np.bincount(made.handovers.now, made.customers.potential * made.customers.is_active, n)
    worth = np.where(made.layout.pool == 0, worth / made.capacity_share, 0)
    fullest = int(worth.argmax())
    territory = ids("T", 1, width_for(n + 1), first=n + 1)[0]
    reps = tables["reps"]
    rep = ids("R", 1, width_for(made.staffing.n_reps, 3), first=made.staffing.n_reps + 1)[0]
    start = as_dates(np.array([made.history.as_of - 7]))
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
            "manager_id": [names_of_manager(made, reps, fullest)],
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


def names_of_manager(made: Made, reps: pl.DataFrame, seat: int) -> str:
    """Return the id of the manager of the seat's area."""
    managers = reps.filter(pl.col("rep_id").str.starts_with("M"))["rep_id"]
    return str(managers[int(made.layout.area[seat])])


def _launched(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    """Start a second layer for a new product: its own seats, some accounts already theirs."""
    layout, customers, history = made.layout, made.customers, made.history
    n = max(2, round(PRODUCT_SEATS_SHARE * layout.n_seats))
    seat_of = np.arange(layout.n_seats) * n // layout.n_seats
    products = ids("P", n, width_for(n))
    z = made.streams.normal("product potential", customers.n)
    fits = np.array([0.6, 1.0, 1.8, 0.8, 1.0, 1.6, 0.4, 1.2, 0.9, 0.5])[customers.vertical]
    worth = np.rint(0.2 * customers.potential * fits * np.exp(0.5 * z) / 100) * 100
    bought = customers.customer_since != NEVER
    u = made.streams.uniform("product started", customers.n)
    started = np.flatnonzero((u < PRODUCT_STARTED_SHARE * (1 + 2 * bought)) & customers.is_active)
    accounts = account_ids(customers.n)
    start = history.as_of - 75
    middle = np.array([int(np.median(np.flatnonzero(seat_of == number))) for number in range(n)])
    model = tables["territories"].filter(pl.col("territory_id").is_in(names.seats.implode()))[middle.tolist()]
    rows = model.with_columns(
        products.alias("territory_id"),
        ("Add-on " + pl.col("name")).alias("name"),
        pl.lit(None, dtype=pl.String).alias("parent_territory_id"),
        pl.lit(PRODUCT_LAYER).alias("layer"),
        pl.lit(None, dtype=pl.String).alias("segment"),
        pl.lit(1.0).alias("capacity_share"),
    )
    reps = tables["reps"]
    people = ids("S", n, width_for(n))
    specialists = pl.DataFrame(
        {
            "rep_id": people,
            "name": "Specialist " + products,
            "email": products.str.to_lowercase() + "@example.com",
            "manager_id": pl.Series(["C1"]).new_from_index(0, n),
            "hired_on": as_dates(np.full(n, start - 30)),
            "left_on": pl.Series([None] * n, dtype=pl.Date),
        }
    )
    covers = pl.DataFrame(
        {
            "rep_id": people,
            "territory_id": products,
            "starts_on": as_dates(np.full(n, start)),
            "ends_on": pl.Series([None] * n, dtype=pl.Date),
        }
    )
    owns = pl.DataFrame(
        {
            "account_id": pick(accounts, started),
            "territory_id": pick(products, seat_of[made.handovers.now[started]]),
            "starts_on": as_dates(np.maximum(start, customers.created_on[started])),
            "ends_on": pl.Series([None], dtype=pl.Date).new_from_index(0, len(started)),
        }
    )
    changed = {
        **tables,
        "territories": pl.concat([tables["territories"], rows]),
        "reps": pl.concat([reps, specialists]),
        "coverage": pl.concat([tables["coverage"], covers]),
        "ownership": pl.concat([tables["ownership"], owns]),
    }
    potential = pl.DataFrame({"account_id": accounts, "product_potential": worth.astype(np.int64)})
    return changed, {
        "story": "new-product",
        "layer": PRODUCT_LAYER,
        "territories": products.to_list(),
        "n_accounts_started": len(started),
        "product_potential": potential,
    }


def _graduated(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    """Let accounts outgrow their segment, or shrink below it, clearly or by so little that they should stay."""
    customers = made.customers
    alone = (customers.head == np.arange(customers.n)) & ~np.isin(
        np.arange(customers.n), customers.head[customers.head != np.arange(customers.n)]
    )
    able = alone & customers.is_active
    u = made.streams.uniform("graduates", customers.n)
    factor = made.streams.uniform("outgrown by", customers.n)
    segment = customers.segment
    floor = np.array([*SEGMENT_EMPLOYEES, 10**9])
    grew = able & (segment < ENTERPRISE) & (u < GREW_SHARE)
    nearly = able & (segment < ENTERPRISE) & (u >= GREW_SHARE) & (u < GREW_SHARE + NEARLY_SHARE)
    shrank = able & (segment > 0) & (u >= 1 - SHRANK_SHARE)
    employees = customers.employees.copy()
    employees[grew] = (floor[segment + 1] * (1.3 + factor))[grew].astype(np.int64)
    employees[nearly] = (floor[segment + 1] * (1 + 0.08 * factor))[nearly].astype(np.int64)
    employees[shrank] = (floor[segment] * (0.3 + 0.4 * factor))[shrank].astype(np.int64)
    ratio = employees / customers.employees
    accounts = account_ids(customers.n)
    changed = np.flatnonzero(grew | nearly | shrank)
    new_segment = np.where(grew | nearly, segment + 1, np.where(shrank, segment - 1, segment))
    kind = np.where(grew, 0, np.where(shrank, 1, 2))
    list_of = pl.DataFrame(
        {
            "account_id": pick(accounts, changed),
            "segment": pick(SEGMENTS, segment[changed]),
            "segment_by_employees": pick(SEGMENTS, new_segment[changed]),
            "kind": pick(("graduates", "relegated", "within the margin"), kind[changed]),
        }
    )
    revenue = np.rint(customers.annual_revenue * ratio / 10_000).astype(np.int64) * 10_000
    accounts_table = tables["accounts"].with_columns(
        pl.Series(employees).alias("employees"), pl.Series(revenue).alias("annual_revenue")
    )
    return {**tables, "accounts": accounts_table}, {"story": "graduation", "accounts": list_of}


STORY_PARTS: dict[str, StoryPart] = {
    "drift": StoryPart(_nobody, _drifted),
    "rep-left": StoryPart(_one_leaves, _vacated),
    "new-hire": StoryPart(_nobody, _hired),
    "layoff": StoryPart(_some_are_laid_off, _vacated),
    "new-product": StoryPart(_nobody, _launched),
    "graduation": StoryPart(_nobody, _graduated),
}
