"""How a trigger came to its answer, and a verdict to its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.book.tables import TABLES
from evenhand.diagnose.trace.measure import explain_value
from evenhand.diagnose.trace.trace import Trace, trace_entries
from evenhand.diagnose.wording import say_list

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.diagnose.triggers import Trigger
    from evenhand.diagnose.verdict import Verdict
    from evenhand.policy import Policy

IDS = {
    "accounts": "account_id",
    "opportunities": "opportunity_id",
    "territories": "territory_id",
    "reps": "rep_id",
}

SEVERAL = {
    "win_rate": (
        "triggers.false_alarm_share",
        "triggers.usual_log_odds",
        "verdict.trailing_months",
        "verdict.deals_at_least",
    )
}
"""Further entries of triggers that rest on a model."""


def trace_trigger(trigger: Trigger, book: Book, policy: Policy) -> Trace:
    """Trace a trigger to its threshold, its figures and the records that show it."""
    entries = (trigger.policy_entry, "triggers.near_share", *SEVERAL.get(trigger.name, ()))
    steps = [(name.replace("_", " "), _plain(value)) for name, value in trigger.figures.items()]
    if trigger.value is not None:
        steps.append(("= figure", f"{trigger.value:.4g}"))
    if trigger.threshold is not None:
        steps.append(("threshold", f"{trigger.threshold:.4g}"))
    if trigger.territory_ids:
        steps.append(("territories", say_list(trigger.territory_ids)))
    if trigger.since:
        steps.append(("since", trigger.since.isoformat()))
    return Trace(
        subject=trigger.name,
        title=trigger.title,
        value=str(trigger.state),
        formula=trigger.message,
        steps=tuple(steps),
        entries=trace_entries(policy, (entry for entry in entries if entry in policy.values())),
        records={table: _rows(table, ids, book) for table, ids in trigger.record_ids.items()},
    )


def trace_verdict(verdict: Verdict, diagnosis: Diagnosis, policy: Policy) -> Trace:
    """Trace a verdict to the measures that decided it."""
    rows = [row for row in verdict.figures.values() if row["measure"] in policy.verdict.volume_measures]
    steps = []
    full = diagnosis.territories.filter(
        (pl.col("territory_id") == verdict.territory_id) & (pl.col("layer") == verdict.layer)
    )
    for row in full.iter_rows(named=True):
        said = dict(explain_value(row, diagnosis, policy))
        steps.append((row["measure"], f"{said.get('= value', 'unknown')}, range {said['range']}: {said['status']}"))
    known = [row["status"] for row in rows if row["status"] != "unknown"]
    counts = [f"{known.count(status)} {status}" for status in ("over", "within", "under")]
    steps.append(("volume measures", f"{say_list(counts)} of {len(known)} known"))
    return Trace(
        subject=f"{verdict.territory_id}:verdict",
        title=f"Verdict on {verdict.territory_id} on {diagnosis.as_of.isoformat()}",
        value=str(verdict.call),
        formula=(
            "overloaded (starved) where more than deciding_share of the known volume measures, and none the other way, "
            "are over (under) their range; healthy where more than that are within; else mixed"
        ),
        steps=tuple(steps),
        entries=trace_entries(policy, ("verdict.", "ranges.")),
    )


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return say_list([str(part) for part in value]) if isinstance(value, list | tuple) else str(value)


def _rows(table: str, ids: tuple[str, ...], book: Book) -> pl.DataFrame:
    """Return the rows with these ids; the ids alone where the table has none of its own."""
    key = IDS.get(table)
    wanted = pl.DataFrame({"record_id": list(ids)}, schema={"record_id": pl.String})
    if key is None or table not in TABLES:
        return wanted
    rows = book.tables[table].rename({key: "record_id"})
    found = wanted.join(rows, on="record_id", how="left", maintain_order="left")
    return found.select(
        "record_id", *(c for c in rows.columns if c != "record_id" and found[c].null_count() < len(ids))
    )
