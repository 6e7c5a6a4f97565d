"""The diagnosis as tables: verdicts, and every measure of every territory with the team and groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.diagnose import MEASURES, Call
from evenhand.diagnose.wording import say_range, say_value

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.diagnose import Diagnosis

MOST_TERRITORIES = 400

_CALL_ORDER = (Call.OVERLOADED, Call.STARVED, Call.MIXED, Call.CANNOT_TELL, Call.HEALTHY)
_NO_FIGURE = "–"


@dataclass(frozen=True)
class VerdictRow:
    """What one territory is, in a sentence."""

    territory: TerritoryName
    layer: str
    is_seat: bool
    call: str
    call_rank: int
    sentence: str


@dataclass(frozen=True)
class MeasureCell:
    """One figure; `about` is its range, or why it isn't known."""

    value: float | None
    text: str
    status: str
    about: str


@dataclass(frozen=True)
class MeasureRow:
    """One territory, group or team on every measure."""

    territory: TerritoryName | None
    layer: str
    is_seat: bool
    cells: list[MeasureCell]


def verdict_rows(diagnosis: Diagnosis, names: TerritoryNames) -> list[VerdictRow]:
    """Return the verdicts on seats, those that ask for most first."""
    rows = [
        VerdictRow(
            names[verdict.territory_id],
            verdict.layer,
            verdict.is_seat,
            str(verdict.call),
            _CALL_ORDER.index(verdict.call),
            verdict.sentence,
        )
        for verdict in diagnosis.verdicts
        if verdict.is_seat
    ]
    return sorted(rows, key=lambda row: (row.call_rank, row.layer, row.territory.territory_id))


def measure_rows(diagnosis: Diagnosis, names: TerritoryNames) -> list[MeasureRow]:
    """Return every territory's figures: seats first, then the groups they roll up to."""
    found: dict[tuple[str, str, bool], dict[str, MeasureCell]] = {}
    for row in diagnosis.territories.iter_rows(named=True):
        key = (row["layer"], row["territory_id"], row["is_seat"])
        found.setdefault(key, {})[row["measure"]] = _cell(row, diagnosis.currency)
    nothing = MeasureCell(None, _NO_FIGURE, "", "")
    return [
        MeasureRow(names[territory_id], layer, is_seat, [cells.get(name, nothing) for name in MEASURES])
        for (layer, territory_id, is_seat), cells in sorted(
            found.items(), key=lambda item: (not item[0][2], item[0][0], item[0][1])
        )
    ]


def team_rows(diagnosis: Diagnosis) -> list[MeasureRow]:
    """Return each layer's team as a whole."""
    found: dict[str, dict[str, MeasureCell]] = {}
    for row in diagnosis.team.iter_rows(named=True):
        cell = _cell({**row, "low": None, "high": None, "status": ""}, diagnosis.currency)
        found.setdefault(row["layer"], {})[row["measure"]] = cell
    nothing = MeasureCell(None, _NO_FIGURE, "", "")
    return [
        MeasureRow(None, layer, False, [cells.get(name, nothing) for name in MEASURES])
        for layer, cells in sorted(found.items())
    ]


def _cell(row: dict[str, Any], currency: str) -> MeasureCell:
    value = row["value"]
    has_range = row["low"] is not None or row["high"] is not None
    about = row["reason_missing"] or (
        f"range {say_range(row['low'], row['high'], row['unit'], currency)}" if has_range else ""
    )
    return MeasureCell(
        value=value,
        text=_NO_FIGURE if value is None else say_value(value, row["unit"], currency),
        status="" if row["status"] == "unknown" else row["status"],
        about=about,
    )
