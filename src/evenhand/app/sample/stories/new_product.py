"""A new product: a second layer of territories, just started, and what each account could buy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.account_rows import account_ids
from evenhand.app.sample.calendar import NEVER, as_dates
from evenhand.app.sample.columns import ids, pick, width_for
from evenhand.app.sample.seat_rows import people_names
from evenhand.app.sample.stories.part import Story

if TYPE_CHECKING:
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.stories.part import Tables

PRODUCT_LAYER = "analytics add-on"
PRODUCT_SEATS_SHARE, PRODUCT_STARTED_SHARE = 0.15, 0.08
DAYS_ON_SALE = 75
VERTICAL_NEED = np.array([0.6, 1.0, 1.8, 0.8, 1.0, 1.6, 0.4, 1.2, 0.9, 0.5])
"""How much a customer of each vertical wants of it: not where the core product sells best."""


def _launched(made: Made, names: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
    """Start a second layer for a new product: its own seats, some accounts already theirs."""
    layout, customers, history = made.layout, made.customers, made.history
    n = max(2, round(PRODUCT_SEATS_SHARE * layout.n_seats))
    seat_of = np.arange(layout.n_seats) * n // layout.n_seats
    products = ids("P", n, width_for(n))
    z = made.streams.normal("product potential", customers.n)
    fits = VERTICAL_NEED[customers.vertical]
    worth = np.rint(0.2 * customers.potential * fits * np.exp(0.5 * z) / 100) * 100
    bought = customers.customer_since != NEVER
    u = made.streams.uniform("product started", customers.n)
    started = np.flatnonzero((u < PRODUCT_STARTED_SHARE * (1 + 2 * bought)) & customers.is_active)
    accounts = account_ids(customers.n)
    start = history.as_of - DAYS_ON_SALE
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
            "name": people_names("specialists", n, made.streams),
            "email": people.str.to_lowercase() + "@example.com",
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
    product_potential = worth.astype(np.int64)
    changed = {
        **tables,
        "accounts": tables["accounts"].with_columns(pl.Series("product_potential", product_potential)),
        "territories": pl.concat([tables["territories"], rows]),
        "reps": pl.concat([reps, specialists]),
        "coverage": pl.concat([tables["coverage"], covers]),
        "ownership": pl.concat([tables["ownership"], owns]),
    }
    potential = pl.DataFrame({"account_id": accounts, "product_potential": product_potential})
    return changed, {
        "story": "new-product",
        "layer": PRODUCT_LAYER,
        "territories": products.to_list(),
        "n_accounts_started": len(started),
        "product_potential": potential,
        "event": f"new-product:layer={PRODUCT_LAYER}",
    }


NEW_PRODUCT = Story(_launched)
