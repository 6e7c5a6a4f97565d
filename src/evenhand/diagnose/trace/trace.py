"""How a number came about: formula, steps, policy entries and the records behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from evenhand.policy import Policy


@dataclass(frozen=True)
class TracedEntry:
    """A policy entry that a number depends on."""

    path: str
    value: Any
    effective_on: dt.date
    source: str


@dataclass(frozen=True)
class Trace:
    """The answer to "how was this computed, and from which records?".

    Attributes
    ----------
    subject
        As it was asked for: ``T07:potential``, ``win_rate``, ``A000017``.
    title, value
        What it is, and what it came to, for people.
    formula
        In words.
    steps
        What was put in, in order: a label and a figure or sentence each.
    entries
        The policy entries that it depends on.
    records
        By table, every row that entered it, with its id in record_id.
    """

    subject: str
    title: str
    value: str
    formula: str
    steps: tuple[tuple[str, str], ...] = ()
    entries: tuple[TracedEntry, ...] = ()
    records: Mapping[str, pl.DataFrame] = field(default_factory=dict, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "subject": self.subject,
            "title": self.title,
            "value": self.value,
            "formula": self.formula,
            "steps": [{"label": label, "text": text} for label, text in self.steps],
            "policy": [dict(vars(entry)) for entry in self.entries],
            "records": {table: rows.to_dicts() for table, rows in self.records.items()},
        }

    def as_frame(self) -> pl.DataFrame:
        """Return all records as one table: table, record_id, then each column that any of them has."""
        frames = [
            rows.select(pl.lit(table).alias("table"), "record_id", pl.exclude("record_id"))
            for table, rows in self.records.items()
        ]
        empty = pl.DataFrame(schema={"table": pl.String, "record_id": pl.String})
        return pl.concat([empty, *frames], how="diagonal")


def trace_entries(policy: Policy, paths: Iterable[str]) -> tuple[TracedEntry, ...]:
    """Return policy entries with since when and from whom; a path that ends with a dot stands for its section."""
    values = policy.values()
    wanted = [
        path
        for asked in paths
        for path in ([name for name in values if name.startswith(asked)] if asked.endswith(".") else [asked])
    ]
    found = []
    for path in dict.fromkeys(wanted):
        origin = policy.origin(path)
        found.append(TracedEntry(path, values[path], origin.effective_on, origin.source))
    return tuple(found)
