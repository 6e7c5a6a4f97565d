"""What pages and the API do with connections: keeping, removing, asking for syncs, mapping their columns on screen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from evenhand.adapters.sources.vendors import load_vendor
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.connecting import ask_sync, keep_connection, remove_connection
from evenhand.adapters.store.doors_of_connections import list_connections
from evenhand.adapters.store.models import Connection, SyncKind, Upload
from evenhand.foundation.errors import InputError
from evenhand.wiring.connecting import fill_in, find_missing
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.syncing import prepare
from evenhand.wiring.syncing_jobs import copy_source, open_workspace_connections
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.adapters.store.models import Sync, User
    from evenhand.foundation.secret import Secret


def adopt_connections(user: User) -> None:
    """Take connections that were made on the command line, in the same data folder, into the workspace's list."""
    known = set(list_connections(user).values_list("name", flat=True))
    connections = open_workspace_connections()
    for name in connections.names():
        if name not in known:
            found = connections.look_up(name)
            keep_connection(user, name, found.vendor, found.every_hours, (), lambda: None)


def save_connection(
    user: User,
    name: str,
    vendor: str,
    said: Mapping[str, str],
    secrets: Mapping[str, Secret],
    *,
    every_hours: float | None,
    row: Connection | None = None,
) -> Connection:
    """Keep a connection: its row, and its folder with the secrets encrypted.

    Raises
    ------
    InputError
        Naming everything that is missing or wrong; nothing is kept then.
    """
    connections = open_workspace_connections()
    if row is None and connections.has(name):
        raise InputError({"name": f"There is a connection {name} already; choose another name."})
    filled = fill_in(connections, name, vendor, said, secrets, every_hours=every_hours)
    if missing := find_missing(filled):
        raise InputError(dict.fromkeys(missing, "This is needed."))
    _check_own_files(filled.vendor, filled.settings)
    load_vendor(filled.vendor).open(
        filled.settings, filled.secrets
    ).close()  # says what can't be right before it is kept
    return keep_connection(
        user, name, filled.vendor, filled.every_hours, [*said, *secrets], lambda: connections.save(filled), row
    )


def _check_own_files(vendor: str, said: Mapping[str, str]) -> None:
    """Refuse a database that is a file on the server, such as the workspace's own, outside the folders allowed."""
    if vendor != "sql":
        return
    from evenhand.adapters.sources.sql.address import find_file  # noqa: PLC0415 - an extra

    file = find_file(said.get("address", ""))
    if file is not None and not any(file.is_relative_to(folder) for folder in settings.EVENHAND_SOURCES):
        raise InputError({"address": "is a file on the server that isn't inside a folder that EVENHAND_SOURCES allows"})


def erase_connection(user: User, row: Connection) -> None:
    """Forget a connection with its secrets and records; books made of it stay."""
    connections = open_workspace_connections()
    remove_connection(user, row, lambda: connections.remove(row.name) if connections.has(row.name) else None)


def ask_sync_of(user: User, row: Connection, kind: SyncKind) -> Sync:
    """Queue a sync or a test, or return the one that is under way."""
    return ask_sync(user, row, kind, enqueue)[0]


def map_columns(user: User, row: Connection) -> Upload:
    """Put what a connection keeps before the pages that map columns.

    A mapping that is saved there under the connection's name is used from then on.

    Raises
    ------
    InputError
        Where it was never synced.
    """
    connections = open_workspace_connections()
    ready = prepare(connections, connections.look_up(row.name))
    said = {"as_of": ready.as_of.isoformat(), "currency": ready.currency or "", "connection": str(row.pk)}
    upload = Upload(name=row.name, source=row.name, created_by=user, settings=said, mapping_name=row.name)
    upload.mapping = ready.mapping.read_text("utf-8")
    upload.folder = str(upload.pk)
    folder = open_shelf().upload(upload.folder)
    try:
        copy_source(ready, folder)
        with transaction.atomic():
            upload.save(force_insert=True)
            record(user, "upload.kept", upload, source="connection", connection=str(row.pk))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload
