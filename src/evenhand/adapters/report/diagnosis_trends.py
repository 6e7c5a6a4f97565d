"""The past quarters of each seat as small lines: attainment, accounts, deals won."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.wording import say_money, say_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.diagnose import Diagnosis
    from evenhand.diagnose.history import Drift

MOST_ROWS = 60
_TOP, _BOTTOM = 12.0, 88.0

TRENDS = {"attainment": "Attainment", "n_accounts": "Accounts", "won_cents": "Deals won"}


@dataclass(frozen=True)
class Trend:
    """One small line in a field of 100 by 100.

    Attributes
    ----------
    path
        Broken where a quarter isn't known; empty where fewer than two are.
    end
        Where the last known quarter is.
    direction
        rising, falling, or empty where it is neither beyond chance.
    """

    label: str
    path: str
    end: tuple[float, float] | None
    text: str
    about: str
    direction: str


@dataclass(frozen=True)
class TrendRow:
    """One seat."""

    territory: TerritoryName
    trends: list[Trend]
    sentence: str
    is_drifting: bool


def trend_rows(diagnosis: Diagnosis, names: TerritoryNames) -> list[TrendRow]:
    """Lay out the quarters of each seat, those that drift first."""
    quarters = {
        frame["territory_id"][0]: frame
        for frame in diagnosis.history.quarters.partition_by("territory_id", maintain_order=True)
    }
    shown = [name for name in TRENDS if diagnosis.history.quarters[name].drop_nulls().len()]
    rows = []
    for drift in diagnosis.history.drifts:
        seat = quarters.get(drift.territory_id)
        if seat is None:
            continue
        trends = [_trend(name, seat, drift.rising, drift.falling, diagnosis.currency) for name in shown]
        rows.append(
            TrendRow(
                names[drift.territory_id], trends, _without_id(drift), is_drifting=bool(drift.rising or drift.falling)
            )
        )
    return sorted(rows, key=lambda row: not row.is_drifting)


def _trend(name: str, seat: pl.DataFrame, rising: Sequence[str], falling: Sequence[str], currency: str) -> Trend:
    values = seat[name].cast(pl.Float64).to_list()
    known = [(n, value) for n, value in enumerate(values) if value is not None]
    direction = "rising" if name in rising else "falling" if name in falling else ""
    if not known:
        return Trend(TRENDS[name], "", None, "–", "", direction)
    low, high = min(value for _, value in known), max(value for _, value in known)
    spread = (high - low) or 1.0
    step = 100 / max(len(values) - 1, 1)

    def place(n: int, value: float) -> tuple[float, float]:
        y = (_TOP + _BOTTOM) / 2 if high == low else _BOTTOM - (_BOTTOM - _TOP) * (value - low) / spread
        return round(2 + 0.96 * n * step, 2), round(y, 2)

    path, before = "", None
    for n, value in known:
        x, y = place(n, value)
        path += f"{'L' if before == n - 1 else 'M'}{x} {y}"
        before = n
    said = [_say(name, value, currency) for _, value in known]
    text = said[0] if len(known) == 1 else f"{said[0]} → {said[-1]}"
    days = seat["quarter_end"].to_list()
    about = ", ".join(f"{days[n]}: {figure}" for (n, _), figure in zip(known, said, strict=True))
    return Trend(
        TRENDS[name], path if len(known) > 1 else "", place(*known[-1]), text, f"{TRENDS[name]}: {about}", direction
    )


def _without_id(drift: Drift) -> str:
    """Return the sentence for a row that names the territory already."""
    sentence = drift.sentence.removeprefix(f"{drift.territory_id}: ")
    return sentence[:1].upper() + sentence[1:]


def _say(name: str, value: float, currency: str) -> str:
    if name == "attainment":
        return say_share(value)
    return say_money(value, currency) if name.endswith("_cents") else f"{value:,.0f}"
