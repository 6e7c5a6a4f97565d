"""Quotas as bridges: from the opening quota to the new one, line by line and to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.figures import format_share

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import Plan

MOST_SEATS = 400

_LINES = {
    "opening": "Opening quota",
    "accounts_leaving": "Accounts that leave",
    "accounts_arriving": "Accounts that arrive",
    "pipeline_kept": "Pipeline kept through close",
    "ramp_relief": "Ramp relief on inherited accounts",
    "relief_carried": "Share of the relief of others",
    "rounding": "Rounding",
}
_NOTICED_SHARE = 0.0005


@dataclass(frozen=True)
class BridgeLine:
    """One line of a bridge."""

    label: str
    amount_cents: int
    is_opening: bool


@dataclass(frozen=True)
class Bridge:
    """One seat's way from the opening quota to the new one.

    Attributes
    ----------
    new_cents
        The sum of the lines.
    unchanged
        What leaving the quota as it was would have meant, in a sentence; empty where nothing moves.
    """

    territory: TerritoryName
    opening_cents: int
    new_cents: int
    change_share: float | None
    unchanged_raise_share: float | None
    lines: list[BridgeLine]
    unchanged: str


def quota_bridges(plan: Plan, names: TerritoryNames) -> list[Bridge]:
    """Return the bridges of the first `MOST_SEATS` seats, the largest change first."""
    if plan.quota_summary["opening_cents"].sum() == 0:
        return []
    summary = plan.quota_summary.sort(
        pl.col("change_share").abs(), pl.col("territory_id"), descending=[True, False], nulls_last=True
    ).head(MOST_SEATS)
    lines: dict[str, list[BridgeLine]] = {}
    for territory_id, line, amount in plan.quotas.select("territory_id", "line", "amount_cents").iter_rows():
        lines.setdefault(territory_id, []).append(
            BridgeLine(_LINES.get(line, line.replace("_", " ").capitalize()), amount, line == "opening")
        )
    return [_bridge(row, lines.get(row["territory_id"], []), names) for row in summary.iter_rows(named=True)]


def _bridge(row: dict[str, object], lines: list[BridgeLine], names: TerritoryNames) -> Bridge:
    unchanged_raise = _number(row["unchanged_raise_share"])
    return Bridge(
        territory=names[str(row["territory_id"])],
        opening_cents=int(str(row["opening_cents"])),
        new_cents=sum(line.amount_cents for line in lines),
        change_share=_number(row["change_share"]),
        unchanged_raise_share=unchanged_raise,
        lines=lines,
        unchanged=_say_unchanged(unchanged_raise),
    )


def _say_unchanged(raise_share: float | None) -> str:
    if raise_share is None or abs(raise_share) < _NOTICED_SHARE:
        return ""
    if raise_share > 0:
        return f"Leaving the quota as it was would have been a raise of {format_share(raise_share)}."
    return f"Leaving the quota as it was would have been a cut of {format_share(-raise_share)}."


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
