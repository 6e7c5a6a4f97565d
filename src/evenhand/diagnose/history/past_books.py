"""How the territories went from book to book: what drifted, since when, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose.history.drifted import CHANGE_SCHEMA, explain_drifts
from evenhand.diagnose.history.flows import FLOW_SCHEMA, list_flows
from evenhand.diagnose.history.snapshots import STANDING_SCHEMA
from evenhand.diagnose.wording import say_count, say_list
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose.history.drifted import BookDrift
    from evenhand.diagnose.history.snapshots import Snapshot
    from evenhand.policy import Policy

BOOK_SCHEMA = {"as_of": pl.Date, "book_hash": pl.String, "n_seats": pl.Int64, "n_accounts": pl.Int64}


@dataclass(frozen=True)
class PastBooks:
    """The same measures in several books of one firm.

    Attributes
    ----------
    books
        One row per book with `BOOK_SCHEMA`, the one diagnosed last; empty where there is nothing to compare with.
    standings
        Every seat, layer, measure and book, see `STANDING_SCHEMA`.
    flows
        Every account that came to a territory or left it, see `list_flows`.
    changes
        One row per seat, layer and measure with `CHANGE_SCHEMA`: from the first book that has it to the last.
    drifts
        One for each seat and layer in which something drifted, the largest drift first.
    new_ids, gone_ids
        Seats that the first book doesn't have, and seats that the last one doesn't.
    """

    books: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BOOK_SCHEMA))
    standings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STANDING_SCHEMA), repr=False)
    flows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FLOW_SCHEMA), repr=False)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGE_SCHEMA), repr=False)
    drifts: tuple[BookDrift, ...] = ()
    new_ids: tuple[str, ...] = ()
    gone_ids: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """How many territories drifted, in one sentence; empty where there is nothing to compare with."""
        if self.books.is_empty():
            return ""
        first, last = self.books["as_of"][0], self.books["as_of"][-1]
        n_seats = self.books["n_seats"][-1]
        said = f"Since {first} ({say_count(self.books.height, 'book')} to {last}) "
        said += f"{len({drift.territory_id for drift in self.drifts})} of {say_count(n_seats, 'seat')} drifted"
        said += f"; new: {say_list(self.new_ids)}" if self.new_ids else ""
        said += f"; gone: {say_list(self.gone_ids)}" if self.gone_ids else ""
        return f"{said}."

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "books": self.books.to_dicts(),
            "standings": self.standings.to_dicts(),
            "flows": self.flows.to_dicts(),
            "changes": self.changes.to_dicts(),
            "drifts": [dict(vars(drift)) for drift in self.drifts],
            "new_ids": list(self.new_ids),
            "gone_ids": list(self.gone_ids),
            "sentence": self.sentence,
        }


def check_earlier(book: Book, earlier: Sequence[Book]) -> None:
    """Refuse books that can't be compared.

    Raises
    ------
    InputError
        Naming every one that isn't earlier, is of a date given twice, in another currency or of other territories.
    """
    problems: dict[str, str] = {}
    dates = [past.as_of for past in earlier]
    for at, past in enumerate(earlier, start=1):
        name = f"earlier book {at} (of {past.as_of})"
        if past.as_of >= book.as_of:
            problems[name] = f"not earlier than the book that is diagnosed, which is of {book.as_of}"
        elif dates.count(past.as_of) > 1:
            problems[name] = "another earlier book has the same date; give one for each date"
        elif past.currency != book.currency:
            problems[name] = f"in {past.currency}, the book that is diagnosed in {book.currency}: amounts don't compare"
        elif past.seats.join(book.seats, on="territory_id", how="semi").is_empty():
            problems[name] = "no territory_id in common with the book that is diagnosed; is it of the same firm?"
    if problems:
        raise InputError(problems)


def compare_books(snapshots: Sequence[Snapshot], policy: Policy) -> PastBooks:
    """Say what drifted from book to book, since when and why.

    Parameters
    ----------
    snapshots
        In order of date, the book that is diagnosed last.
    """
    if len(snapshots) < 2:
        return PastBooks()
    books = pl.DataFrame(
        [
            (
                snapshot.as_of,
                snapshot.book_hash,
                snapshot.standings["territory_id"].n_unique(),
                snapshot.held["account_id"].n_unique(),
            )
            for snapshot in snapshots
        ],
        schema=BOOK_SCHEMA,
        orient="row",
    )
    standings = pl.concat([snapshot.standings for snapshot in snapshots])
    flows, stayed = list_flows(snapshots)
    changes, drifts = explain_drifts(snapshots, standings, flows, stayed, policy)
    first, last = (set(snapshots[at].standings["territory_id"]) for at in (0, -1))
    return PastBooks(
        books=books,
        standings=standings.sort("layer", "territory_id", "measure", "as_of"),
        flows=flows,
        changes=changes,
        drifts=drifts,
        new_ids=tuple(sorted(last - first)),
        gone_ids=tuple(sorted(first - last)),
    )
