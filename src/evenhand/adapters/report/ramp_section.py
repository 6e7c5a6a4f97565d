"""What the moves cost while accounts are new to their reps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.report.consequences import view_consequences
from evenhand.adapters.report.figures import format_money, format_number, format_share
from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import Plan

MOST_TERRITORIES = 60


@dataclass(frozen=True)
class RampRow:
    """One territory that gets accounts."""

    territory: TerritoryName
    n_accounts: int
    familiarity: str
    normal_days: str
    lost_cents: int | None
    lost: str
    lost_range: str
    hours: str


@dataclass(frozen=True)
class CurveRow:
    """One step after a transfer: what accounts bring of their normal business, with where it is drawn in per cent."""

    label: str
    share: str
    span: str
    at: float
    left: float
    width: float


@dataclass(frozen=True)
class RampSection:
    """The section: a sentence with the totals, why they are what they are, rows, and what was learned."""

    sentence: str
    why: str
    formula: str
    waits: list[str]
    rows: list[RampRow]
    n_territories: int
    curve: list[CurveRow]
    ticks: list[Tick]
    confidence: str


def ramp_section(plan: Plan, names: TerritoryNames) -> RampSection | None:
    """Return what the moves cost while accounts are new; None where nothing moves."""
    view = view_consequences(plan)
    if not view.ramp or not view.territories.height:
        return None
    said, currency = view.ramp, plan.currency
    ordered = view.territories.sort(pl.col("lost_cents"), "territory_id", descending=[True, False], nulls_last=True)
    rows = [
        RampRow(
            territory=names[row["territory_id"]],
            n_accounts=row["n_accounts"],
            familiarity=format_share(row["familiarity"], 0),
            normal_days=format_number(row["normal_days"]),
            lost_cents=row["lost_cents"],
            lost=format_money(row["lost_cents"], currency, places=0),
            lost_range=_span_of_money(row, currency),
            hours=format_number(row["lost_hours"], 1),
        )
        for row in ordered.head(MOST_TERRITORIES).iter_rows(named=True)
    ]
    scale = StripScale(0.0, 1.5)
    confidence = said.get("confidence_share")
    return RampSection(
        sentence=_say_totals(said, currency),
        why=said["why"],
        formula=said["formula"],
        waits=_say_waits(said.get("waits") or {}),
        rows=rows,
        n_territories=view.territories.height,
        curve=_curve(said.get("curve") or [], scale),
        ticks=lay_ticks(scale, 0.5, lambda share: format_share(share, 0)),
        confidence=format_share(confidence, 0) if confidence else "",
    )


def _say_totals(said: Mapping[str, Any], currency: str) -> str:
    totals = said["totals"]
    hours = f"{format_number(totals['lost_hours'])} hours of work"
    accounts = f"{format_number(totals['n_accounts'])} {'account' if totals['n_accounts'] == 1 else 'accounts'}"
    if totals["lost_cents"] is None:
        return f"While {accounts} are new to their seats, {hours} bring nothing; the book doesn’t say what in money."
    limits = "90" if said.get("confidence_share") is None else format_share(said["confidence_share"], 0)
    span = (
        f"{format_money(totals['lost_cents_low'], currency, places=0)} to "
        f"{format_money(totals['lost_cents_high'], currency, places=0)}"
    )
    kind = f"{limits} interval" if said["source"] == "learned" else "range of the policy’s table"
    return (
        f"While {accounts} are new to their seats, business of about "
        f"{format_money(totals['lost_cents'], currency, places=0)} is lost ({span}, {kind}), and {hours}."
    )


def _say_waits(waits: Mapping[str, Any]) -> list[str]:
    said = []
    for name, words in (
        ("first_opportunity", "an opportunity"),
        ("normal_pipeline", "as much pipeline as in a normal quarter"),
    ):
        moved, stayed = waits.get(name), waits.get(f"{name}_stayed")
        if not moved:
            continue
        sentence = (
            f"Within 90 days of a transfer {format_share(moved['share'], 0)} of the accounts had {words} "
            f"({format_share(moved['share_low'], 0)} to {format_share(moved['share_high'], 0)})"
        )
        if stayed:
            sentence += f", against {format_share(stayed['share'], 0)} of those that stayed, in as many days"
        if moved["median_days"] is not None:
            sentence += f"; half of them had it after {format_number(moved['median_days'])} days"
        said.append(sentence + ".")
    return said


def _curve(steps: list[Mapping[str, float]], scale: StripScale) -> list[CurveRow]:
    rows, start = [], 0
    for step in steps:
        end = round(step["days"])
        left, right = scale.at(step["low"]), scale.at(step["high"])
        rows.append(
            CurveRow(
                label=f"{start + 1} to {end}",
                share=format_share(step["share"], 0),
                span=f"{format_share(step['low'], 0)} to {format_share(step['high'], 0)}",
                at=scale.at(step["share"]),
                left=left,
                width=round(right - left, 2),
            )
        )
        start = end
    return rows


def _span_of_money(row: Mapping[str, Any], currency: str) -> str:
    if row["lost_cents"] is None:
        return ""
    low, high = (format_money(row[f"lost_cents_{end}"], currency, places=0) for end in ("low", "high"))
    return f"{low} to {high}"
