"""Syncs in the background: asked for on a page or due by schedule, and the book made of what changed."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.connecting import ask_sync
from evenhand.adapters.store.models import Book, Connection, SavedMapping, State, Sync, SyncKind
from evenhand.wiring.connecting import open_connections, open_source
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.syncing import sync_connection
from evenhand.wiring.tasks import enqueue
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from evenhand.adapters.sources.connections import Connections
    from evenhand.wiring.syncing import ReadyToAdmit
    from evenhand.wiring.working import Hand


def do_sync(sync_id: str) -> None:
    """Take the job up if it still waits, and do it; whatever goes wrong ends up on its page."""
    work_at(Sync, sync_id, _work)


def open_workspace_connections() -> Connections:
    """Return the connections of the workspace that the settings name."""
    return open_connections(Path(open_shelf().root))


def do_rounds(now: dt.datetime | None = None) -> int:
    """Queue every sync that is due by its connection's schedule; returns how many."""
    now = now or timezone.now()
    n_asked = 0
    for row in Connection.objects.filter(every_hours__isnull=False).select_related("created_by"):
        last = row.syncs.exclude(kind=SyncKind.TEST).first()
        hours = dt.timedelta(hours=row.every_hours or 0.0)
        if last is None or (last.has_ended and now - last.created_at >= hours):
            n_asked += ask_sync(row.created_by, row, SyncKind.CHANGES, enqueue, by_schedule=True)[1]
    return n_asked


def _work(hand: Hand, job: Sync) -> dict[str, Any]:
    connections, name = open_workspace_connections(), job.connection.name
    if job.kind == SyncKind.TEST:
        hand.tell(stage="signing in")
        source = open_source(connections.load(name))
        try:
            checked = source.check()
        finally:
            source.close()
        findings = [finding.as_dict() for finding in checked.findings]
        return {"summary": {"is_ok": checked.is_ok, "facts": dict(checked.facts), "findings": findings}}
    _take_over_mapping(connections, name)
    outcome = sync_connection(
        connections,
        name,
        is_full=job.kind == SyncKind.FULL,
        on_progress=lambda what, share: hand.tell(stage=what, share=round(share, 3)),
    )
    synced = outcome.synced
    summary = {
        "number": synced.number,
        "is_changed": synced.is_changed,
        "objects": [vars(one) for one in synced.objects],
        "findings": [finding.as_dict() for finding in outcome.findings],
        "n_requests": synced.traffic.n_requests,
        "quota": {"n_used": synced.traffic.quota.n_used, "n_allowed": synced.traffic.quota.n_allowed},
    }
    has_book = Sync.objects.filter(connection=job.connection, book__isnull=False).exclude(
        book__state__in=(State.FAILED, State.CANCELLED)
    )
    if synced.is_changed or not has_book.exists():
        return {"summary": summary, "book": _ask_book(job, outcome.ready, synced.number)}
    return {"summary": summary}


def _take_over_mapping(connections: Connections, name: str) -> None:
    """Use the latest version of the saved mapping that bears the connection's name, if there is one."""
    saved = SavedMapping.objects.filter(name=name).order_by("-number").first()
    if saved is not None:
        connections.mapping(name).write_text(saved.text, encoding="utf-8")


def _ask_book(job: Sync, ready: ReadyToAdmit, number: int) -> Book:
    """Queue the admission of what a connection keeps now, of files of its own that the next sync doesn't touch."""
    name = f"{job.connection.name} {ready.as_of:%d %b %Y}"
    said = {"as_of": ready.as_of.isoformat(), "currency": ready.currency or "", "connection": str(job.connection.pk)}
    book = Book(name=name, source=f"{job.connection.name}, sync {number}", created_by=job.created_by, settings=said)
    folder = open_shelf().upload(book.pk)
    try:
        copy_source(ready, folder)
        with transaction.atomic():
            book.save(force_insert=True)
            jobs.queue(book, enqueue)
            record(None, "book.asked", book, source="connection", connection=str(job.connection.pk))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return book


def copy_source(ready: ReadyToAdmit, folder: Path) -> None:
    """Put the source tables of a connection and its mapping into the folder of an upload."""
    folder.mkdir(parents=True)
    shutil.copytree(ready.folder, folder / "source")
    shutil.copyfile(ready.mapping, folder / "mapping.toml")
