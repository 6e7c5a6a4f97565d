"""What a handoff's letters and briefs are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from evenhand.book.book import Book
    from evenhand.handoff.handoff import Handoff
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Told:
    """What is known for telling it.

    Attributes
    ----------
    territories
        The plan's: territory_id, measure, before, after, target, lower, upper, status_before, status_after.
    quotas
        The plan's: territory_id, line, amount_cents.
    titles
        What each line of a quota is called.
    reasons
        Sentences on what called for the change, by territory, each with its source: fired triggers.
    next_review_on
        When the next review is.
    """

    book: Book
    handoff: Handoff
    policy: Policy
    territories: pl.DataFrame
    quotas: pl.DataFrame
    titles: Mapping[str, str]
    reasons: Mapping[str, Sequence[tuple[str, str]]]
    next_review_on: dt.date


def name_records(table: pl.DataFrame, key: str) -> dict[str, str]:
    """Return what every record is called: its name, else its id."""
    return dict(table.select(key, pl.coalesce("name", key)).iter_rows())


def name_places(told: Told) -> dict[str, str]:
    """Return what every territory is called; one that the plan opens by its id."""
    opened = {territory: territory for territory in told.handoff.seats["territory_id"]}
    return opened | name_records(told.book.territories, "territory_id")
