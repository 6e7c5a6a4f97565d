"""Where each figure of the page comes from: what was divided, its range, the first records and how to see all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose import MEASURES
from evenhand.diagnose.seats import climb
from evenhand.diagnose.trace import explain_value, list_records

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose import Diagnosis
    from evenhand.policy import Policy

MOST_TERRITORIES = 150
"""With more territories a page of every figure's records would be too large to open; the command stays."""

MOST_RECORDS = 6

Key = tuple[str, str, str]
"""Layer, territory_id, measure."""


@dataclass(frozen=True)
class FirstRecords:
    """The first records of one table, and how many there are."""

    table: str
    ids: list[str]
    n: int


@dataclass(frozen=True)
class Source:
    """How one figure was computed.

    Attributes
    ----------
    subject
        What ``evenhand diagnose --trace`` takes for all of it.
    """

    subject: str
    formula: str
    steps: list[tuple[str, str]]
    records: list[FirstRecords]
    entry: str
    entry_since: str


def find_sources(diagnosis: Diagnosis, book: Book) -> dict[Key, Source]:
    """Return where each figure comes from; empty where there are more than `MOST_TERRITORIES` territories."""
    if diagnosis.territories["territory_id"].n_unique() > MOST_TERRITORIES:
        return {}
    policy = diagnosis.policy
    records = {name: _first(name, diagnosis, book, policy) for name in MEASURES}
    since = {name: policy.origin(f"ranges.{name}").effective_on.isoformat() for name in MEASURES}
    found = {}
    for row in diagnosis.territories.iter_rows(named=True):
        layer, territory_id, name = row["layer"], row["territory_id"], row["measure"]
        found[layer, territory_id, name] = Source(
            subject=f"{territory_id}:{name}",
            formula=MEASURES[name].formula,
            steps=explain_value(row, diagnosis, policy),
            records=records[name].get((layer, territory_id), []) if row["value"] is not None else [],
            entry=f"ranges.{name}",
            entry_since=since[name],
        )
    return found


def _first(measure: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> dict[tuple[str, str], list[FirstRecords]]:
    above = climb(book.territories)
    found: dict[tuple[str, str], list[FirstRecords]] = {}
    for records in list_records(measure, diagnosis.accounts, book, policy):
        firsts = (
            records.rows.lazy()
            .select("layer", "territory_id", "record_id")
            .join(above.lazy(), on="territory_id")
            .sort("record_id")
            .group_by("layer", "ancestor_id", maintain_order=True)
            .agg(pl.col("record_id").head(MOST_RECORDS), n=pl.len())
            .collect()
        )
        for layer, territory_id, ids, n in firsts.iter_rows():
            found.setdefault((layer, territory_id), []).append(FirstRecords(records.table, ids, n))
    return found
