"""A backup of the workspace: one file with the rows of the database and every folder, and a hash of each."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.foundation.errors import Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT = "evenhand-backup"
FORMAT_VERSION = 1
MANIFEST = "backup.json"
ROWS = "rows.jsonl"
FILES = "files/"

LEFT_OUT = frozenset({"static", "mail", "workbooks", "secret.key"})
"""Of the data folder: what is made again, mails with links that let people in, and the key that signs sessions."""

_CHUNK = 1 << 20
_STORED = (".parquet", ".zip", ".xlsx", ".xlsm")
"""Compressed already."""


def write_backup(to: Path, *, replace: bool = False) -> dict[str, Any]:
    """Write a backup of the workspace that the environment names, whole or not at all; work may go on meanwhile.

    Returns
    -------
    dict[str, Any]
        The manifest: version, database, migrations, and size and SHA-256 of each file.

    Raises
    ------
    Refusal
        If the file exists and nobody said to replace it.
    SourceError
        If the disk fails.

    Notes
    -----
    The rows are read at one moment, the files after it: what a row points to was written before the row, and never
    changes. Sessions, the secret key, mails and the queue are left out; secrets of second factors are encrypted with
    the secret key.
    """
    from django.conf import settings
    from django.db import connection

    from evenhand.wiring import kept_rows

    _check_shape()
    if to.exists() and not replace:
        raise Refusal("AP102", f"{to} exists already.", "Choose another name, or say --replace.")
    partial = to.with_name(f".{to.name}.partial-{os.getpid()}")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "evenhand": __version__,
        "made_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "database": connection.vendor,
        "migrations": kept_rows.list_migrations(),
        "files": {},
    }
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb") as stream:
            partial.chmod(0o600)
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                rows = (line.encode() for line in kept_rows.write_rows())
                manifest["files"][ROWS] = _add(archive, ROWS, rows)
                for path in list_files(settings.DATA):
                    name = FILES + path.relative_to(settings.DATA).as_posix()
                    manifest["files"][name] = _add(archive, name, _chunks(path))
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(to)
    except OSError as error:
        raise SourceError("disk", f"{to} could not be written: {error.strerror or error}. Nothing was kept.") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def list_files(data: Path) -> list[Path]:
    """Return the files of the data folder that a backup holds, in order; nothing half-written, no link."""
    database = _database_names()
    found = []
    for folder, folders, names in os.walk(data):
        is_top = data.samefile(folder)
        folders[:] = sorted(name for name in folders if not (name.startswith(".") or (is_top and name in LEFT_OUT)))
        for name in sorted(names):
            path = data.__class__(folder, name)
            is_ours = not (is_top and (name in LEFT_OUT or name.startswith("."))) and str(path) not in database
            if is_ours and path.is_file() and not path.is_symlink():
                found.append(path)
    return found


def _check_shape() -> None:
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise SourceError("database", str(error).strip().splitlines()[0], transient=True) from None
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refusal(
            "WS114",
            "There is no workspace here, or the database is of an older version.",
            "See that --data and --database are right; `evenhand serve` brings an older one up to date.",
        )


def _database_names() -> set[str]:
    from django.db import connection

    if connection.vendor != "sqlite":
        return set()
    name = str(connection.settings_dict["NAME"])
    return {os.path.realpath(name) + suffix for suffix in ("", "-wal", "-shm", "-journal")}


def _add(archive: zipfile.ZipFile, name: str, chunks: Iterable[bytes]) -> dict[str, Any]:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(_STORED) else zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with archive.open(entry, "w", force_zip64=True) as target:
        for chunk in chunks:
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
