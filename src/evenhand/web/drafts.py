"""Plans opened for edits by hand: the latest few kept open, so that an edit is weighed in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evenhand.adapters.report.figures import format_number
from evenhand.app.policies import read_stored_policy
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.explain import MEASURE_WORDS
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.adapters.store.models import PlanRun
    from evenhand.plan.edits.consequence import Consequence
    from evenhand.plan.edits.draft import Draft

_KEPT = 2
_LEVEL_WORDS = {
    "violation": "Distance outside the bands",
    "high": "Moves of high disruption",
    "medium": "Moves of medium disruption",
    "low": "Moves of low disruption",
    "cost": "Misfit",
}
_WORTH_SHOWING = 1e-6


@dataclass(frozen=True)
class DeltaRow:
    """A figure before and after the edits; `status` says how it then lies to its band."""

    name: str
    before: str
    after: str
    change: str
    status: str = ""
    was: str = ""


@dataclass(frozen=True)
class Territory:
    """What the edits do to a territory."""

    territory_id: str
    rows: list[DeltaRow]


@dataclass(frozen=True)
class Weighed:
    """What some edits would do, as the page shows it."""

    consequence: Consequence
    levels: list[DeltaRow]
    territories: list[Territory]
    n_accounts: int


def open_run(run: PlanRun) -> Draft:
    """Open a plan for edits.

    Raises
    ------
    InputError
        Where the plan can't be edited any more, with the reason.
    """
    return _open(run.folder, run.book.content_hash)


def weigh_edits(run: PlanRun, edits: Sequence[str]) -> Weighed:
    """Say what edits would do to a plan, without doing them.

    Raises
    ------
    InputError
        Naming the accounts and territories that aren't there.
    """
    consequence = open_run(run).preview(*edits)
    rows = consequence.measures.to_dicts()
    names = list(dict.fromkeys(row["territory_id"] for row in rows))
    return Weighed(
        consequence,
        [
            _delta(_LEVEL_WORDS.get(level, level), before, after)
            for level, before, after in consequence.levels.iter_rows()
        ],
        [Territory(name, [_measure(row) for row in rows if row["territory_id"] == name]) for name in names],
        consequence.accounts.height,
    )


def _measure(row: dict[str, Any]) -> DeltaRow:
    name = str(MEASURE_WORDS.get(row["measure"], row["measure"]))
    return _delta(
        name[:1].upper() + name[1:], row["before"], row["after"], row["status_after"] or "", row["status_before"] or ""
    )


def _delta(name: str, before: float, after: float, status: str = "", was: str = "") -> DeltaRow:
    change, digits = after - before, 0 if max(abs(before), abs(after)) >= 100 else 2
    if float(before).is_integer() and float(after).is_integer():
        digits = 0
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    said = "–" if abs(change) <= _WORTH_SHOWING else f"{sign}{format_number(abs(change), digits)}"
    return DeltaRow(name, format_number(before, digits), format_number(after, digits), said, status, was)


@lru_cache(maxsize=_KEPT)
def _open(folder: str, book_hash: str) -> Draft:
    # Folders are named by their content and never change, so a draft stays right.
    outside, shelf = connect_outside(), open_shelf()
    record, _ = outside.read_plan(shelf.plan(folder))
    return open_draft(record, outside.read_book(shelf.book(book_hash)), read_stored_policy(record))
