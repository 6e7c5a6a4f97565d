"""The certificate in plain words: what the plan does, the least any plan could do, and whether that is proven."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.figures import format_number, format_share
from evenhand.adapters.report.measures import measure_of
from evenhand.adapters.report.territory_bands import band_views
from evenhand.diagnose.wording import say_count

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import LevelProof, Plan

_GIVEN = {
    "violation": "",
    "high": "Of all plans that come as close to the bands",
    "medium": "Of those with as few high moves",
    "low": "Of those with as few medium moves",
    "cost": "Of those with as few low moves",
}
_TITLES = {
    "violation": "Distance outside the bands",
    "high": "High disruptions",
    "medium": "Medium disruptions",
    "low": "Low disruptions",
    "cost": "Fit of the new territories",
}
_WHOLE = 1e-6
"""Counts and bounds this near to a whole number are that number."""


@dataclass(frozen=True)
class ProofLine:
    """One level of the order of importance as the page shows it.

    Attributes
    ----------
    value, bound
        What the plan does and the least that any plan could do, written out.
    """

    title: str
    value: str
    bound: str
    is_proven: bool
    sentence: str


@dataclass(frozen=True)
class BindingRow:
    """A territory and measure in the way of meeting all bands, and how."""

    territory: TerritoryName
    measure: str
    words: str


def proof_lines(plan: Plan) -> list[ProofLine]:
    """Return every level of the plan's proof, most important first."""
    return [_line(level) for level in plan.levels]


def say_widening(plan: Plan) -> str:
    """Say by how much all bands would have to be wider to be met; empty where they are."""
    if plan.relaxation is None:
        return ""
    share = math.ceil(plan.relaxation.widening_share * 1000 - _WHOLE) / 1000  # up: a narrower one wouldn't do
    if share <= 0:
        return ""
    wider = f"All bands could be met if each were {format_share(share, 1)} of its target wider on both sides"
    tolerances = {view.tolerance_share for view in band_views(plan)}
    only = tolerances.pop() if len(tolerances) == 1 else None
    return f"{wider}: ±{format_share(only + share, 1)} instead of ±{format_share(only)}." if only else f"{wider}."


def binding_rows(plan: Plan, names: TerritoryNames) -> list[BindingRow]:
    """Return the territories and measures that keep the bands from being met, the most binding first."""
    if plan.relaxation is None:
        return []
    return [
        BindingRow(names[territory_id], measure_of(measure).label, words)
        for territory_id, measure, words in plan.relaxation.binding
    ]


def _line(level: LevelProof) -> ProofLine:
    title = _TITLES.get(level.level, level.level.capitalize())
    if level.level == "violation":
        return ProofLine(title, format_share(level.value), format_share(level.bound), level.proven, _violation(level))
    if level.level in {"high", "medium", "low"}:
        return ProofLine(title, _whole(level.value), _whole(_least(level)), level.proven, _grade(level))
    return ProofLine(
        title, format_number(level.value, 2), format_number(_down(level.bound), 2), level.proven, _cost(level)
    )


def _violation(level: LevelProof) -> str:
    if level.value <= 0:
        return "Every band is met; nothing can be better than that."
    total = f"The territories outside their bands are {format_share(level.value)} of a target outside in all"
    if level.proven:
        return f"{total}. No plan comes closer."
    return f"{total}. No plan gets below {format_share(level.bound)}; whether one comes closer than this is open."


def _grade(level: LevelProof) -> str:
    given, units = _GIVEN[level.level], f"{level.level} move"
    if level.value <= 0:
        return f"{given}, this one has no {units}: nothing can be better than that."
    moves = say_count(round(level.value), units)
    if level.proven:
        return f"{given}, none has fewer than {moves}."
    least = _least(level)
    spare = _whole(level.value - least)
    return f"{given}, none has fewer than {_whole(least)}; this plan has {moves}, at most {spare} more than the least."


def _cost(level: LevelProof) -> str:
    given = _GIVEN["cost"]
    if level.value <= 0:
        return f"{given}, none fits better."
    if level.proven:
        return f"{given}, none sends accounts to territories that fit better (distance, vertical, segment, language)."
    least, cost = format_number(_down(level.bound), 2), format_number(level.value, 2)
    gap = f", {format_share((level.value - level.bound) / level.bound, 2)} above it at most" if level.bound > 0 else ""
    return f"{given}, the cost of misfit can't be below {least}; this plan has {cost}{gap}."


def _least(level: LevelProof) -> float:
    return float(max(0, math.ceil(level.bound - _WHOLE)))


def _whole(value: float) -> str:
    return format_number(round(value))


def _down(value: float) -> float:
    """Round a bound down, so that the page never claims more than is proven."""
    return math.floor(value * 100 + _WHOLE) / 100
