"""How a measure of a territory came about."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose.measures import MEASURES, Unit
from evenhand.diagnose.seats import climb
from evenhand.diagnose.trace.records import Records, list_records
from evenhand.diagnose.trace.trace import Trace, trace_entries
from evenhand.diagnose.wording import say_range, say_share, say_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.policy import Policy

ENTRIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "qualified": ("qualified.",),
        "potential": ("potential.", "propensity.full_share"),
        "workload_share": ("workload.",),
        "deal_size": ("verdict.trailing_months", "verdict.deals_at_least"),
        "win_rate": ("verdict.trailing_months", "verdict.deals_at_least"),
        "attainment": ("verdict.trailing_months",),
    }
)
"""What a measure depends on besides its range."""

_HALVES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "workload_share": ("hours a year needed", "hours a year of the seat"),
        "coverage": ("open pipeline", "quota of the current period"),
        "deal_size": ("won, with an amount", "deals won"),
        "win_rate": ("deals won", "deals closed"),
        "attainment": ("attained", "quota"),
    }
)


def trace_measure(territory_id: str, measure: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> Trace:
    """Trace one measure of one territory, or of a group of territories, to its records.

    Parameters
    ----------
    territory_id, measure
        Both are there, see `evenhand.diagnose.trace.subject`.
    """
    shown = MEASURES[measure]
    row = diagnosis.territories.row(
        by_predicate=(pl.col("territory_id") == territory_id) & (pl.col("measure") == measure), named=True
    )
    value = "unknown" if row["value"] is None else say_value(row["value"], row["unit"], diagnosis.currency)
    return Trace(
        subject=f"{territory_id}:{measure}",
        title=f"{shown.title[:1].upper()}{shown.title[1:]} of {territory_id} on {diagnosis.as_of.isoformat()}",
        value=value,
        formula=shown.formula,
        steps=tuple(explain_value(row, diagnosis, policy)),
        entries=trace_entries(policy, (f"ranges.{measure}", *_entries(measure, diagnosis))),
        records={
            records.table: _of_territory(records, territory_id, row["layer"], book)
            for records in list_records(measure, diagnosis.accounts, book, policy)
        },
    )


def _entries(measure: str, diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the further policy entries that a measure depends on; none where the source gives every account's own."""
    source = {"potential": "potential_source", "workload_share": "workload_source"}.get(measure)
    if source and diagnosis.accounts.height and (diagnosis.accounts[source] == "given").all():
        return ("workload.capacity_hours",) if measure == "workload_share" else ()
    return ENTRIES.get(measure, ())


def explain_value(row: Mapping[str, Any], diagnosis: Diagnosis, policy: Policy) -> list[tuple[str, str]]:
    """Say what a value was divided from, and where its range comes from.

    Parameters
    ----------
    row
        Of `measure_territories`.
    """
    measure = MEASURES[row["measure"]]
    steps: list[tuple[str, str]] = []
    if measure.is_ratio and row["value"] is not None:
        over, under = _HALVES[measure.name]
        units = {"workload_share": (Unit.POTENTIAL, Unit.POTENTIAL), "deal_size": (Unit.CENTS, Unit.COUNT)}
        first, second = units.get(measure.name, (Unit.CENTS, Unit.CENTS))
        if measure.name == "win_rate":
            first = second = Unit.COUNT
        steps.append((over, _exactly(row["numerator"], first, diagnosis.currency)))
        steps.append((f"÷ {under}", _exactly(row["denominator"], second, diagnosis.currency)))
    if row["value"] is not None:
        steps.append(("= value", _exactly(row["value"], row["unit"], diagnosis.currency)))
    steps.append(("range", _say_range(row, diagnosis, policy)))
    status = row["status"] if row["reason_missing"] is None else f"unknown: {row['reason_missing']}"
    steps.append(("status", status))
    return steps


def _say_range(row: Mapping[str, Any], diagnosis: Diagnosis, policy: Policy) -> str:
    target = getattr(policy.ranges, row["measure"])
    said = say_range(row["low"], row["high"], row["unit"], diagnosis.currency)
    if row["low"] is None and row["high"] is None:
        return said
    capacity = f"{row['capacity_share']:g}"
    if target.tolerance is None:
        is_scaled = not MEASURES[row["measure"]].is_ratio and row["capacity_share"] != 1
        return f"{said}, as the policy sets it{f', × {capacity} of a full seat' if is_scaled else ''}"
    middle = row["high"] / (1 + target.tolerance)
    fair = say_value(middle, row["unit"], diagnosis.currency)
    if MEASURES[row["measure"]].is_ratio:
        return f"{said}: {fair}, the ratio of the seats it is compared with, ± {say_share(target.tolerance)}"
    return (
        f"{said}: {fair}, its share by capacity ({capacity} of a full seat) of what the seats it is compared with "
        f"have together, ± {say_share(target.tolerance)}"
    )


def _exactly(value: float, unit: str, currency: str) -> str:
    """Say a figure with all its digits, for those who add up."""
    if unit == Unit.CENTS:
        return f"{value / 100:,.2f}{f' {currency}' if currency else ''}"
    if unit == Unit.SHARE:
        return f"{100 * value:.2f} %"
    if unit == Unit.COUNT:
        return f"{value:,.0f}"
    return f"{value:,.2f}{'×' if unit == Unit.TIMES else ''}"


def _of_territory(records: Records, territory_id: str, layer: str, book: Book) -> pl.DataFrame:
    below = climb(book.territories).filter(pl.col("ancestor_id") == territory_id)["territory_id"]
    rows = records.rows.filter((pl.col("layer") == layer) & pl.col("territory_id").is_in(below.implode()))
    blank = [name for name in rows.columns if rows.height and rows[name].null_count() == rows.height]
    return rows.select("record_id", pl.exclude("record_id", "layer", *blank))
