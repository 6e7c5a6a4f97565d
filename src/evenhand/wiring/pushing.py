"""Opening what a push needs: the connection as something that is written to, and the journal in its folder."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.sources.journal import FileJournal
from evenhand.adapters.sources.vendors import load_vendor
from evenhand.app.push.pushing import push_changes
from evenhand.app.push.reading import find_handoff, read_change_set
from evenhand.foundation.errors import InputError
from evenhand.wiring.connecting import open_connections
from evenhand.wiring.container import connect_outside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evenhand.adapters.sources.connections import Connection
    from evenhand.app.ports import RecordTarget, Step
    from evenhand.app.push.modes import Mode
    from evenhand.app.push.pushing import Pushed

FOLDER = "pushes"
JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Place:
    """Where a push of one plan to one connection keeps its journal."""

    connection: Connection
    journal: Path


def find_place(connection_name: str, change_set_name: str, home: Path | None = None) -> Place:
    """Return the connection and where its journal of this change set is; InputError where there is none."""
    connections = open_connections(home)
    journal = connections.folder(connection_name) / FOLDER / change_set_name / JOURNAL
    return Place(connections.load(connection_name), journal)


def push_plan(
    plan_folder: Path,
    handoff_folder: Path | None,
    connection_name: str,
    mode: Mode,
    *,
    until: dt.date,
    home: Path | None = None,
    again: bool = False,
    on_progress: Step | None = None,
) -> tuple[Pushed, Path]:
    """Push a plan's change set; return what came of it and where its journal is.

    Raises
    ------
    InputError
        If plan, handoff and connection don't belong together, or nothing can be written to that system.
    """
    change_set = read_change_set(connect_outside(), plan_folder, find_handoff(plan_folder, handoff_folder))
    place = find_place(connection_name, change_set.name, home)
    with _opened(place) as target, FileJournal(place.journal) as journal:
        pushed = push_changes(
            target, journal, change_set.changes, mode, until=until, now=lambda: dt.datetime.now(dt.UTC), again=again,
            on_progress=on_progress,
        )  # fmt: skip
    return pushed, place.journal


@contextmanager
def _opened(place: Place) -> Iterator[RecordTarget]:
    vendor = load_vendor(place.connection.vendor)
    if vendor.open_target is None:
        raise InputError({"to": f"nothing can be written to {vendor.label}; {place.connection.name} is read only"})
    target = vendor.open_target(place.connection.settings, place.connection.secrets)
    try:
        yield target
    finally:
        target.close()
