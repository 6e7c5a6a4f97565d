"""Quotas as bridges: from the opening quota to the new one, line by line and to the cent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.consequences import view_consequences
from evenhand.adapters.report.figures import NO_BREAK, format_money, format_share
from evenhand.diagnose.wording import say_list
from evenhand.plan.quotas import EXPLANATIONS, TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from evenhand.adapters.report.consequences import ConsequenceView
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import Plan

MOST_SEATS = 400

_NOTICED_SHARE = 0.0005

_PLAIN = ("opening", "accounts_leaving", "accounts_arriving")
"""Lines that need no explanation beside their titles."""

_METHODS = {
    "potential": (
        "Each account takes its part of the quota along, in proportion to its potential and at the rate of the seat "
        "it leaves."
    ),
    "proportional": "The total is shared out anew, in proportion to the potential that each seat then holds.",
    "team": (
        "Each team’s total stays, and is shared out among its seats in proportion to the potential each then holds."
    ),
    "top-down": "The company’s target is shared out in proportion to the potential that each seat then holds.",
}


@dataclass(frozen=True)
class BridgeLine:
    """One line of a bridge.

    Attributes
    ----------
    explanation
        Empty where the label says it all.
    left, width
        Where its bar is drawn, in per cent: from the sum before it to the sum after it.
    tone
        "whole" for the opening quota, else "up" or "down".
    """

    label: str
    explanation: str
    amount_cents: int
    is_opening: bool
    left: float
    width: float
    tone: str


@dataclass(frozen=True)
class Bridge:
    """One seat's way from the opening quota to the new one.

    Attributes
    ----------
    new_cents
        The sum of the lines.
    new_width
        Of its bar, in per cent.
    unchanged
        What leaving the quota as it was would have meant, in a sentence; empty where nothing moves.
    attainment
        What the seat can be expected to attain, in a sentence; empty where that isn't known.
    later
        What the quota is in the next periods, in a sentence; empty where it isn't worked out.
    """

    territory: TerritoryName
    opening_cents: int
    new_cents: int
    new_width: float
    change_share: float | None
    unchanged_raise_share: float | None
    lines: list[BridgeLine]
    unchanged: str
    attainment: str
    later: str


def quota_bridges(plan: Plan, names: TerritoryNames) -> list[Bridge]:
    """Return the bridges of the first `MOST_SEATS` seats, the largest change first; lines of nothing are left out."""
    if plan.quota_summary["opening_cents"].sum() == 0 and plan.quota_summary["new_cents"].sum() == 0:
        return []
    summary = plan.quota_summary.sort(
        pl.col("change_share").abs(), pl.col("territory_id"), descending=[True, False], nulls_last=True
    ).head(MOST_SEATS)
    shown = summary["territory_id"].implode()
    lines: dict[str, list[tuple[str, int]]] = {}
    for territory_id, line, amount in (
        plan.quotas.filter(pl.col("territory_id").is_in(shown))
        .select("territory_id", "line", "amount_cents")
        .iter_rows()
    ):
        lines.setdefault(territory_id, []).append((line, amount))
    view = view_consequences(plan)
    expected = {
        row["territory_id"]: _say_attainment(row, view.fairness["confidence_share"])
        for row in (view.seats.iter_rows(named=True) if view.fairness else ())
    }
    later = _later(view, plan.currency)
    return [
        _bridge(row, lines.get(row["territory_id"], []), names, expected, later)
        for row in summary.iter_rows(named=True)
    ]


def say_period(plan: Plan) -> str:
    """Say which period the quotas are of, from which day on they count, and how they were set."""
    said = view_consequences(plan).quotas
    if not said:
        return ""
    first, last, day = (dt.date.fromisoformat(said[name]) for name in ("period_start", "period_end", "takes_effect_on"))
    since = ""
    if day > first:
        since = (
            f", from {_say_day(day)} on: {said['n_days_remaining']} of its {said['n_days']} days, that one included, "
            "count at the new rate"
        )
    words = [f"These are the quotas of {_say_day(first)} to {_say_day(last)}{since}.", _METHODS[said["method"]]]
    if said["teams"]:
        carried, assigned = (sum(team[name] for team in said["teams"]) for name in ("carries_cents", "assigned_cents"))
        words.append(
            f"Managers carry {format_money(carried, plan.currency)} in all, and their seats "
            f"{format_money(assigned, plan.currency)} with over-assignment."
        )
    if said["difference_cents"]:
        words.append(
            f"New quotas add up to {format_money(said['new_cents'], plan.currency)}, "
            f"{format_money(said['difference_cents'], plan.currency, signed=True)} against the opening ones; "
            "the notes name each part of that."
        )
    else:
        words.append("All quotas together stay what they were, to the cent.")
    return " ".join(words)


def _bridge(
    row: Mapping[str, Any],
    lines: list[tuple[str, int]],
    names: TerritoryNames,
    attainment: Mapping[str, str],
    later: Mapping[str, str],
) -> Bridge:
    unchanged_raise = _number(row["unchanged_raise_share"])
    sums = [0]
    for _, amount in lines:
        sums.append(sums[-1] + amount)
    low, high = min(0, *sums), max(1, *sums)

    def at(cents: int) -> float:
        return round(100 * (cents - low) / (high - low), 2)

    drawn = []
    for (line, amount), before, after in zip(lines, sums[:-1], sums[1:], strict=True):
        is_opening = line == "opening"
        if amount or is_opening:
            left, right = sorted((at(before), at(after)))
            drawn.append(
                BridgeLine(
                    label=TITLES.get(line, line.replace("_", " ").capitalize()),
                    explanation="" if line in _PLAIN else EXPLANATIONS.get(line, ""),
                    amount_cents=amount,
                    is_opening=is_opening,
                    left=left,
                    width=round(max(right - left, 0.4), 2),
                    tone="whole" if is_opening else "up" if amount > 0 else "down",
                )
            )
    return Bridge(
        territory=names[str(row["territory_id"])],
        opening_cents=int(row["opening_cents"]),
        new_cents=sums[-1],
        new_width=at(sums[-1]),
        change_share=_number(row["change_share"]),
        unchanged_raise_share=unchanged_raise,
        lines=drawn,
        unchanged=_say_unchanged(unchanged_raise),
        attainment=attainment.get(str(row["territory_id"]), ""),
        later=later.get(str(row["territory_id"]), ""),
    )


def _say_unchanged(raise_share: float | None) -> str:
    if raise_share is None or abs(raise_share) < _NOTICED_SHARE:
        return ""
    if raise_share > 0:
        return f"Leaving the quota as it was would have been a raise of {format_share(raise_share)}."
    return f"Leaving the quota as it was would have been a cut of {format_share(-raise_share)}."


def _say_attainment(expected: Mapping[str, Any], confidence_share: float) -> str:
    if expected["attainment_before"] is None or expected["attainment_after"] is None:
        return ""
    before, after = (format_share(expected[name], 0) for name in ("attainment_before", "attainment_after"))
    low, high = (expected[f"attainment_after_{end}"] for end in ("low", "high"))
    span = ""
    if low is not None:
        span = f" ({format_share(confidence_share, 0)} interval: {format_share(low, 0)} to {format_share(high, 0)})"
    return f"Expected attainment: {before} before, {after} after{span}."


def _later(view: ConsequenceView, currency: str) -> dict[str, str]:
    """Say for each territory what its quota is in the periods after the first."""
    if not view.quotas or not view.quota_periods.height:
        return {}
    first = dt.date.fromisoformat(view.quotas["period_start"])
    sums = (
        view.quota_periods.filter(pl.col("period_start") > first)
        .group_by("territory_id", "period_start", "period_end", maintain_order=True)
        .agg(
            pl.col("amount_cents").sum(),
            relief=pl.col("amount_cents").filter(pl.col("line") == "ramp_relief").sum(),
        )
    )
    said: dict[str, list[str]] = {}
    for territory_id, start, end, amount, relief in sums.iter_rows():
        words = f"{format_money(amount, currency)} from {_say_day(start)} to {_say_day(end)}"
        said.setdefault(territory_id, []).append(words + (" (with the rest of the relief)" if relief else ""))
    return {territory_id: f"After that: {say_list(parts)}." for territory_id, parts in said.items()}


def _say_day(day: dt.date) -> str:
    return f"{day.day}{NO_BREAK}{day:%B}{NO_BREAK}{day.year}"


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
