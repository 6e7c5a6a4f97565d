"""Graduation: accounts that have outgrown their segment, or shrunk below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.account_rows import account_ids
from evenhand.app.sample.columns import pick
from evenhand.app.sample.customers import ENTERPRISE, SEGMENT_EMPLOYEES, SEGMENTS
from evenhand.app.sample.stories.part import Story

if TYPE_CHECKING:
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames
    from evenhand.app.sample.stories.part import Tables

GREW_SHARE, SHRANK_SHARE, NEARLY_SHARE = 0.025, 0.008, 0.012
"""Shares of accounts clearly past the next segment's threshold, clearly below their own, and past it by under 8 %."""


def _graduated(made: Made, _: SeatNames, tables: Tables) -> tuple[Tables, dict[str, Any]]:
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
    return {**tables, "accounts": accounts_table}, {"story": "graduation", "accounts": list_of, "event": "graduation"}


GRADUATION = Story(_graduated)
