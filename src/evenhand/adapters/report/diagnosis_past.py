"""What drifted since earlier books: which territories, by how much, and which accounts came and went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose import MEASURES
from evenhand.diagnose.wording import say_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.diagnose import Diagnosis
    from evenhand.diagnose.history import BookDrift

MOST_ROWS = 60
MOST_IDS = 60
"""So many accounts are named a territory; the JSON has all of them."""


@dataclass(frozen=True)
class Change:
    """One measure of a territory from the first book to the last, as it is written."""

    title: str
    text: str
    away: str


@dataclass(frozen=True)
class Flow:
    """Accounts that came to a territory, or left it."""

    title: str
    ids: tuple[str, ...]
    n: int


@dataclass(frozen=True)
class PastRow:
    """One territory that drifted."""

    territory: TerritoryName
    layer: str
    since: str
    changes: list[Change]
    sentence: str
    flows: list[Flow]
    reps: str


@dataclass(frozen=True)
class PastSection:
    """The section: a sentence, the books, and a row for each territory that drifted, the furthest first."""

    sentence: str
    books: str
    rows: list[PastRow]
    n_rows: int


def past_section(diagnosis: Diagnosis, names: TerritoryNames) -> PastSection | None:
    """Return what drifted since earlier books; None where there are none to compare with."""
    past = diagnosis.past
    if past.books.is_empty():
        return None
    shown = past.drifts[:MOST_ROWS]
    changes = {
        (row["layer"], row["territory_id"], row["measure"]): row
        for row in past.changes.filter(pl.col("drifted")).iter_rows(named=True)
    }
    rows = [
        PastRow(
            territory=names[drift.territory_id],
            layer=drift.layer,
            since=drift.since.isoformat() if drift.since else "",
            changes=[
                _change(changes[drift.layer, drift.territory_id, measure], diagnosis.currency)
                for measure in drift.measures
            ],
            sentence=drift.sentence,
            flows=_flows(drift),
            reps=" → ".join(rep or "nobody" for rep in drift.reps),
        )
        for drift in shown
    ]
    books = ", ".join(
        f"{row['as_of'].isoformat()} ({row['n_accounts']:,} accounts)" for row in past.books.iter_rows(named=True)
    )
    return PastSection(past.sentence, books, rows, len(past.drifts))


def _change(row: Mapping[str, Any], currency: str) -> Change:
    first, last = (say_value(row[end], row["unit"], currency) for end in ("first", "last"))
    title = MEASURES[row["measure"]].title
    return Change(
        title=title[:1].upper() + title[1:],
        text=f"{first} → {last}",
        away=f"{100 * row['relative_change']:+.0f} %".replace("-", "−"),
    )


def _flows(drift: BookDrift) -> list[Flow]:
    return [
        Flow(title, ids[:MOST_IDS], len(ids))
        for title, ids in (("came", drift.arrived_ids), ("left", drift.left_ids))
        if ids
    ]
