"""The page that puts plans side by side: what each comes to, territory by territory, and where they differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.report.figures import NOTHING, format_money, format_number, format_share
from evenhand.adapters.report.page import render_page
from evenhand.adapters.report.stacked_bar import Segment, stack_grades
from evenhand.adapters.report.strip_scale import StripScale, Tick, lay_ticks, round_step
from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
from evenhand.diagnose.wording import say_count
from evenhand.plan.roll_up import ROLLED_UP, TEAM

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.plan.scenarios import Comparison, Difference, Side

MOST_ROWS = 60
_MOST_TICKS = 7
_NAMES = {
    "accounts": "Accounts",
    "qualified": "Qualified accounts",
    "potential": "Revenue potential",
    "workload_share": "Workload",
    "coverage": "Pipeline coverage",
    "win_rate": "Win rate of the accounts held",
    "quota": "Quota",
    "expected_attainment": "Expected attainment of the quota",
    "ramp_lost": "Business lost while accounts are new to their reps",
}


@dataclass(frozen=True)
class PlanView:
    """One plan: its letter on the page, and its moves as a bar."""

    letter: str
    name: str
    says: str
    segments: list[Segment]
    moves: dict[str, int]
    n_moves: int
    n_customers: int
    n_seats: int
    lost: str
    lost_range: str


@dataclass(frozen=True)
class Mark:
    """Where a plan's letter stands on a strip, in per cent of width and height."""

    letter: str
    at: float
    height: float


@dataclass(frozen=True)
class StripRow:
    """One seat: its potential in every plan against its target."""

    territory: TerritoryName
    before: float
    marks: list[Mark]
    band_left: float
    band_width: float
    texts: list[str]


@dataclass(frozen=True)
class MeasureTable:
    """One measure of every territory and group, in every plan."""

    name: str
    title: str
    rows: list[tuple[TerritoryName, bool, list[str]]]
    n_rows: int


@dataclass(frozen=True)
class DifferenceView:
    """Where a plan differs from the first."""

    first: str
    second: str
    accounts: list[dict[str, Any]]
    n_accounts: int
    quotas: list[tuple[TerritoryName, str, str, str]]
    n_quotas: int
    figures: list[dict[str, Any]]
    is_empty: bool


class _Names:
    """Names of territories; ids where there is no book."""

    def __init__(self, book: Book | None) -> None:
        self._names = None if book is None else TerritoryNames(book)

    def __getitem__(self, territory_id: str) -> TerritoryName:
        if territory_id == TEAM:
            return TerritoryName("All territories", "All territories")
        return TerritoryName(territory_id, territory_id) if self._names is None else self._names[territory_id]


def render_comparison_report(comparison: Comparison, book: Book | None = None, *, is_part: bool = False) -> str:
    """Render a comparison as one self-contained HTML page, the same to the byte for the same arguments.

    Parameters
    ----------
    book
        For the names of territories; None for their ids.
    is_part
        Only the content, for a page of the workspace.
    """
    names = _Names(book)
    plans = _plans(comparison.sides)
    rows, ticks, n_seats = _strips(comparison.sides, names)
    return render_page(
        "comparison.html.jinja",
        is_part=is_part,
        title=f"{len(plans)} plans side by side",
        headline=_headline(plans),
        plans=plans,
        figures=list(comparison.figures.iter_rows()),
        strips=rows,
        ticks=ticks,
        n_seats=n_seats,
        tables=_tables(comparison, names),
        differences=[
            _difference(difference, names, comparison.sides[0].currency) for difference in comparison.differences
        ],
        book_hash=comparison.sides[0].book_hash,
    )


def _plans(sides: tuple[Side, ...]) -> list[PlanView]:
    most = max(sum(side.moves_by_grade.values()) for side in sides)
    return [
        PlanView(
            letter=_letter(i),
            name=side.name,
            says=_say(side),
            segments=stack_grades(side.moves_by_grade, most),
            moves=dict(side.moves_by_grade),
            n_moves=sum(side.moves_by_grade.values()),
            n_customers=side.touched["n_customers"],
            n_seats=side.touched["n_seats"],
            lost=format_money(_lost(side, "lost_cents"), side.currency, places=0),
            lost_range=_say_range(side),
        )
        for i, side in enumerate(sides)
    ]


def _lost(side: Side, name: str) -> int | None:
    cents: int | None = side.ramp["totals"][name] if side.ramp else None
    return cents


def _say_range(side: Side) -> str:
    """Say between what the loss is likely to be; empty where nothing is known or lost."""
    low, high = _lost(side, "lost_cents_low"), _lost(side, "lost_cents_high")
    if low is None or not high:
        return ""
    return f"{format_money(low, side.currency, places=0)} to {format_money(high, side.currency, places=0)}"


def _headline(plans: list[PlanView]) -> str:
    first, *others = plans
    rest = ", ".join(f"{plan.name} {format_number(plan.n_moves)}" for plan in others)
    return f"{first.name} moves {say_count(first.n_moves, 'account')}, {rest}"


def _letter(i: int) -> str:
    return ascii_uppercase[i % len(ascii_uppercase)] * (1 + i // len(ascii_uppercase))


def _say(side: Side) -> str:
    parts = [f"policy {side.policy}" + (f", scenario {side.scenario}" if side.scenario else " as agreed")]
    if side.parent:
        parts.append(f"starts from {side.parent}")
    return "; ".join([*parts, *side.events, *side.edits])


def _strips(sides: tuple[Side, ...], names: _Names) -> tuple[list[StripRow], list[Tick], int]:
    """Lay out every seat's potential against its target; those that move most first where there are too many."""
    frames = [
        side.territories.filter((pl.col("measure") == "potential") & (pl.col("target") > 0)).select(
            "territory_id",
            *(
                (pl.col(column) / pl.col("target") - 1).alias(f"{column}_{i}")
                for column in ("before", "after", "lower", "upper")
            ),
        )
        for i, side in enumerate(sides)
    ]
    table = frames[0]
    for frame in frames[1:]:
        table = table.join(frame, on="territory_id", how="inner")
    if not table.height:
        return [], [], 0
    after = [f"after_{i}" for i in range(len(sides))]
    widest = pl.max_horizontal(*after, "before_0") - pl.min_horizontal(*after, "before_0")
    shown = table.sort(widest, "territory_id", descending=[True, False]).head(MOST_ROWS).sort("territory_id")
    ends = shown.select(*after, "before_0", "lower_0", "upper_0").unpivot(value_name="end")["end"].drop_nulls()
    low, high = min(float(ends.min()), 0.0), max(float(ends.max()), 0.0)  # type: ignore[arg-type]  # not empty
    room = 0.04 * (high - low) or 0.1
    scale = StripScale(low - room, high + room)
    ticks = lay_ticks(scale, round_step(scale.high - scale.low, _MOST_TICKS), _say_deviation)
    rows = []
    for row in shown.iter_rows(named=True):
        left = scale.at(scale.low if row["lower_0"] is None else row["lower_0"])
        right = scale.at(scale.high if row["upper_0"] is None else row["upper_0"])
        rows.append(
            StripRow(
                territory=names[row["territory_id"]],
                before=scale.at(row["before_0"]),
                marks=[
                    Mark(_letter(i), scale.at(row[column]), round(100 * (i + 0.75) / (len(sides) + 0.5), 1))
                    for i, column in enumerate(after)
                ],
                band_left=left,
                band_width=round(right - left, 2),
                texts=[_say_deviation(row[column]) for column in ("before_0", *after)],
            )
        )
    return rows, ticks, table.height


def _say_deviation(share: float) -> str:
    text = format_share(share, 0)
    return f"+{text}" if round(share, 3) > 0 else text


def _tables(comparison: Comparison, names: _Names) -> list[MeasureTable]:
    columns = ["before", *(side.name for side in comparison.sides)]
    currency = comparison.sides[0].currency
    tables = []
    for measure in ROLLED_UP:
        table = comparison.territories.filter(pl.col("measure") == measure).sort("is_seat", "territory_id")
        if not table.height:
            continue
        rows = [
            (names[row["territory_id"]], row["is_seat"], [_say_value(measure, row[c], currency) for c in columns])
            for row in table.head(MOST_ROWS).iter_rows(named=True)
        ]
        tables.append(MeasureTable(measure, _NAMES[measure], rows, table.height))
    return tables


def _say_value(measure: str, value: float | None, currency: str) -> str:
    if value is None or not math.isfinite(value):
        return NOTHING
    if measure in ("workload_share", "win_rate", "expected_attainment"):
        return format_share(value, 1)
    if measure == "coverage":
        return f"{format_number(value, 1)} ×"
    if measure in ("quota", "ramp_lost"):
        return format_money(round(value * 100), currency, places=0)
    return format_number(value)


def _difference(difference: Difference, names: _Names, currency: str) -> DifferenceView:
    accounts = difference.accounts.head(MOST_ROWS).to_dicts()
    for row in accounts:
        row["from"], row["to"] = names[row["territory_id_first"]], names[row["territory_id_second"]]
    return DifferenceView(
        first=difference.first,
        second=difference.second,
        accounts=accounts,
        n_accounts=difference.accounts.height,
        quotas=[
            (
                names[row["territory_id"]],
                format_money(row["first_cents"], currency),
                format_money(row["second_cents"], currency),
                format_money(row["change_cents"], currency, signed=True),
            )
            for row in difference.quotas.head(MOST_ROWS).iter_rows(named=True)
        ],
        n_quotas=difference.quotas.height,
        figures=difference.figures.to_dicts(),
        is_empty=difference.is_empty,
    )
