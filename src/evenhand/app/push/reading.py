"""The change set of a plan as its handoff folder has it, and that the two belong together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.app.handoff import MARKER
from evenhand.foundation.errors import InputError
from evenhand.handoff.change_set import CHANGES_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.app.ports import Outside

CHANGES = "changeset.jsonl"
_SHOWN = 20


@dataclass(frozen=True, eq=False)
class ChangeSet:
    """What is to be pushed.

    Attributes
    ----------
    name
        Of the plan, the same for the same moves from the same book under the same policy; names its journal.
    changes
        See `CHANGES_SCHEMA`.
    """

    name: str
    changes: pl.DataFrame


def find_handoff(plan_folder: Path, handoff_folder: Path | None) -> Path:
    """Return the handoff's folder: as said, else ``handoff`` in the plan's folder or beside it.

    Raises
    ------
    InputError
        If there is none.
    """
    places = [handoff_folder] if handoff_folder else [plan_folder / "handoff", plan_folder.parent / "handoff"]
    for place in places:
        if (place / MARKER).is_file():
            return place
    looked = " or ".join(str(place) for place in places)
    raise InputError({"handoff": f"there is none in {looked}; make it with evenhand handoff, or name it by --handoff"})


def read_change_set(outside: Outside, plan_folder: Path, handoff_folder: Path) -> ChangeSet:
    """Read the change set, and see that it is this plan's.

    Raises
    ------
    InputError
        If the plan was changed by hand, the handoff is another plan's, or a line can't be read; every one is named.
    """
    record, changed = outside.read_plan(plan_folder)
    if changed:
        raise InputError({str(plan_folder): f"{', '.join(changed)} changed since the plan was written"})
    hashes = record.summary["hashes"]
    made_of = json.loads(outside.read_text(handoff_folder / MARKER)).get("hashes")
    if made_of != hashes:
        raise InputError(
            {str(handoff_folder): "is the handoff of another plan; make this plan's with evenhand handoff"}
        )
    changes = read_changes(outside.read_text(handoff_folder / CHANGES), str(handoff_folder / CHANGES))
    moves = record.tables["moves"].select(id="account_id", after="to_territory_id").sort("id")
    placed = changes.filter((pl.col("object") == "account") & (pl.col("field") == "territory_id"))
    if not placed.select("id", "after").sort("id").equals(moves.cast(pl.String)):
        raise InputError(
            {str(handoff_folder): "moves other accounts than the plan; make it anew with evenhand handoff"}
        )
    content = json.dumps([hashes, moves.rows()], sort_keys=True)
    return ChangeSet(hashlib.sha256(content.encode()).hexdigest()[:16], changes)


def read_changes(text: str, where: str) -> pl.DataFrame:
    """Read the lines of a change set.

    Raises
    ------
    InputError
        With every line that can't be used.
    """
    rows, problems = [], {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_read_line(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                problems[f"{where}, line {number}"] = f"isn't a change ({error}); make the handoff anew"
    if problems:
        raise InputError(dict(list(problems.items())[:_SHOWN]))
    return pl.DataFrame(rows, schema=CHANGES_SCHEMA, orient="row")


def _read_line(line: dict[str, Any]) -> tuple[Any, ...]:
    if not isinstance(line, dict):
        raise TypeError("no object")
    missing = sorted(set(CHANGES_SCHEMA) - set(line))
    if missing:
        raise KeyError(f"{', '.join(missing)} missing")
    texts = [line[name] for name in CHANGES_SCHEMA if name != "on"]
    if not all(isinstance(text, str) or (text is None and place >= len(texts) - 2) for place, text in enumerate(texts)):
        raise TypeError("a value isn't text")
    return (*texts, dt.date.fromisoformat(line["on"]))
