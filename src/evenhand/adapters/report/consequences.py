"""What a plan says of quotas, ramp and expected attainment, whether it was just made or read back from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.plan.plan import Plan


@dataclass(frozen=True)
class ConsequenceView:
    """The totals as in plan.json, and the tables as in the files of a plan folder; empty where a plan has none."""

    quotas: Mapping[str, Any]
    fairness: Mapping[str, Any]
    ramp: Mapping[str, Any]
    quota_periods: pl.DataFrame
    seats: pl.DataFrame
    territories: pl.DataFrame


def view_consequences(plan: Plan) -> ConsequenceView:
    """Take them from the plan.

    A plan read back for the workspace has them in its summary and tables; one that was cut down to what somebody may
    see has none.
    """
    made = getattr(plan, "consequences", None)
    if made is not None:
        totals: Mapping[str, Any] = made.as_dict()
        tables: Mapping[str, pl.DataFrame] = made.tables
    else:
        totals = getattr(plan, "summary", {})
        names = ("quota_periods", "fairness", "ramp")
        tables = {name: table for name in names if (table := getattr(plan, name, None)) is not None}
    empty = pl.DataFrame()
    return ConsequenceView(
        quotas=totals.get("quotas", {}),
        fairness=totals.get("fairness", {}) if "fairness" in tables else {},
        ramp=totals.get("ramp", {}) if "ramp" in tables else {},
        quota_periods=tables.get("quota_periods", empty),
        seats=tables.get("fairness", empty),
        territories=tables.get("ramp", empty),
    )
