"""Syncing a connection and making a book of what it keeps: once, whole, and logged whatever happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.adapters.files.texts import read_text, write_text
from evenhand.adapters.sources.source_folder import read_tables, write_source_folder
from evenhand.adapters.sources.vendors import load_vendor
from evenhand.app.admit import admit_source
from evenhand.app.sync import sync_records
from evenhand.book.mapping import read_mapping
from evenhand.foundation.errors import EvenhandError, InputError
from evenhand.foundation.findings import Finding, Severity
from evenhand.wiring.connecting import open_connections, open_source
from evenhand.wiring.container import connect_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import polars as pl

    from evenhand.adapters.sources.connections import Connection, Connections
    from evenhand.adapters.sources.form import Vendor
    from evenhand.app.ports import RecordSource, Step
    from evenhand.app.sync import Synced
    from evenhand.book.admit import Admission
    from evenhand.book.mapping import SourceMapping


@dataclass(frozen=True)
class ReadyToAdmit:
    """What a connection keeps, as a source that can be admitted.

    Attributes
    ----------
    as_of
        The day, in UTC, on which the last sync that changed anything began.
    """

    folder: Path
    mapping: Path
    as_of: dt.date
    currency: str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class SyncOutcome:
    """What a sync brought.

    Attributes
    ----------
    admission
        None where no book was asked for.
    """

    synced: Synced
    ready: ReadyToAdmit
    findings: tuple[Finding, ...]
    admission: Admission | None


def sync_connection(
    connections: Connections,
    name: str,
    *,
    to: Path | None = None,
    is_full: bool = False,
    only_resume: bool = False,
    as_of: dt.date | None = None,
    rejects: Path | None = None,
    strict: bool = False,
    source: RecordSource | None = None,
    on_progress: Step | None = None,
    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> SyncOutcome:
    """Bring what a connection keeps up to date, and make a book of it where one is asked for.

    Parameters
    ----------
    source
        Read from this instead of the connection's own, by tests.

    Raises
    ------
    SourceError
        Where the system fails; what came in is kept, and the same call goes on there.
    Refusal
        CN141 where another sync of it runs, CN142 where there is none to resume.
    """
    kept = connections.kept(name)
    with kept.held():
        connection = connections.load(name)
        vendor = load_vendor(connection.vendor)
        began = clock()
        opened = source or open_source(connection)
        try:
            synced = sync_records(
                opened,
                kept,
                clock=clock,
                more=_named_fields(connections, connection),
                is_full=is_full,
                only_resume=only_resume,
                on_progress=_within(on_progress, 0.0, 0.7 if to else 0.95),
            )
        except EvenhandError as error:
            kept.log(_failed(began, clock(), opened, error))
            raise
        finally:
            opened.close()
        ready = prepare(connections, connection, vendor)
        findings = [*synced.findings, *ready.findings]
        if not synced.is_changed:
            message = f"Nothing has changed in {vendor.label} since {synced.changed_at:%Y-%m-%d %H:%M} UTC."
            hint = "the book is the same one, with the same date and hash"
            findings.append(Finding("CN121", Severity.NOTE, name, message, hint))
        kept.log(_done(began, clock(), synced, findings))
        admission = None
        if to is not None:
            admission = admit_kept(
                ready, to=to, as_of=as_of, rejects=rejects, strict=strict, on_progress=_within(on_progress, 0.7, 1.0)
            )
        return SyncOutcome(synced, ready, tuple(findings), admission)


def prepare(connections: Connections, connection: Connection, vendor: Vendor | None = None) -> ReadyToAdmit:
    """Make the source folder of what a connection keeps, and its mapping where it has none of its own yet.

    Raises
    ------
    InputError
        Where it was never synced.
    """
    vendor = vendor or load_vendor(connection.vendor)
    kept = connections.kept(connection.name)
    state = kept.state()
    if state.changed_at is None:
        raise InputError({connection.name: f"has no records yet: evenhand sync {connection.name}"})
    folder, shaped = write_source_folder(vendor, kept)
    tables = {**read_tables(kept), **shaped}
    path = connections.mapping(connection.name)
    findings: list[Finding] = []
    if not path.is_file():
        write_text(path, vendor.first_mapping(tables))
        findings += _numbered_stages(vendor, tables)
    mapping = read_mapping(read_text(path), str(path))
    findings += _unmapped_stages(mapping, vendor.stages(tables))
    currency = connection.settings.get("currency") or None
    return ReadyToAdmit(folder, path, state.changed_at.date(), currency, tuple(findings))


def admit_kept(
    ready: ReadyToAdmit,
    *,
    to: Path | None,
    mapping: Path | None = None,
    as_of: dt.date | None = None,
    currency: str | None = None,
    rejects: Path | None = None,
    strict: bool = False,
    on_progress: Step | None = None,
) -> Admission:
    """Make a book of what a connection keeps."""
    return admit_source(
        connect_outside(),
        ready.folder,
        to=to,
        mapping=mapping or ready.mapping,
        as_of=as_of or ready.as_of,
        currency=currency or ready.currency,
        rejects=rejects,
        strict=strict,
        on_progress=on_progress,
    )


def find_kept(name: str) -> ReadyToAdmit | None:
    """Return what the connection of that name keeps, without a sync; None where there is no such connection."""
    connections = open_connections()
    if not connections.has(name):
        return None
    with connections.kept(name).held():
        return prepare(connections, connections.look_up(name))


def _named_fields(connections: Connections, connection: Connection) -> dict[str, set[str]]:
    """Return the columns that the connection's mapping names, by source, and the further fields that were ticked."""
    named = {of: set(fields) for of, fields in connection.more_fields.items()}
    path = connections.mapping(connection.name)
    if path.is_file():
        mapping = read_mapping(read_text(path), str(path))
        for table in mapping.tables.values():
            for source in table.sources or ():
                named.setdefault(source, set()).update(table.columns.values())
    return named


def _numbered_stages(vendor: Vendor, tables: Mapping[str, pl.LazyFrame]) -> list[Finding]:
    numbered = {name: stage.number for name, stage in vendor.stages(tables).items()}
    if not numbered:
        return []
    said = ", ".join(f"{name} = {number}" for name, number in numbered.items())
    message = f"Stages were numbered in the order in which {vendor.label} lists them: {said}."
    return [
        Finding(
            "CN115",
            Severity.WARNING,
            "stages",
            message,
            "correct them under [stages] of the connection's mapping where they differ",
            numbered,
        )
    ]


def _unmapped_stages(mapping: SourceMapping, stages: Mapping[str, Any]) -> list[Finding]:
    missing = [name for name in stages if name not in mapping.stages]
    return [
        Finding(
            "CN114",
            Severity.WARNING,
            f"stages.{name}",
            f"The stage {name!r} isn't in the connection's mapping.",
            "add it under [stages] of the connection's mapping, with the number it has in your process: "
            f'"{name}" = {{ number = {stages[name].number} }}',
            {"stage": name},
        )
        for name in missing
    ]


def _done(began: dt.datetime, ended: dt.datetime, synced: Synced, findings: list[Finding]) -> dict[str, Any]:
    quota = synced.traffic.quota
    return {
        "at": began.isoformat(timespec="seconds"),
        "seconds": round((ended - began).total_seconds(), 1),
        "outcome": "done",
        "number": synced.number,
        "is_full": synced.is_full,
        "is_resumed": synced.is_resumed,
        "is_changed": synced.is_changed,
        "objects": [vars(one) for one in synced.objects],
        "n_requests": synced.traffic.n_requests,
        "quota": {"n_used": quota.n_used, "n_allowed": quota.n_allowed},
        "findings": [finding.as_dict() for finding in findings],
    }


def _failed(began: dt.datetime, ended: dt.datetime, source: RecordSource, error: EvenhandError) -> dict[str, Any]:
    return {
        "at": began.isoformat(timespec="seconds"),
        "seconds": round((ended - began).total_seconds(), 1),
        "outcome": "failed",
        "problem": str(error),
        "is_transient": bool(getattr(error, "transient", False)),
        "n_requests": source.traffic.n_requests,
    }


def is_due(connection: Connection, last: Mapping[str, Any] | None, now: dt.datetime) -> bool:
    """Say whether a connection's schedule asks for a sync now.

    Parameters
    ----------
    last
        The latest entry of its log; None where it was never synced, which makes it due at once.
    """
    if connection.every_hours is None:
        return False
    if last is None:
        return True
    return now - dt.datetime.fromisoformat(last["at"]) >= dt.timedelta(hours=connection.every_hours)


def _within(on_progress: Step | None, low: float, high: float) -> Step | None:
    if on_progress is None:
        return None
    tell = on_progress
    return lambda what, share: tell(what, low + (high - low) * share)
