"""Bringing a workspace back from a backup: everything is checked before anything is touched."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError, Refusal, SourceError
from evenhand.wiring.backup import FILES, FORMAT, FORMAT_VERSION, MANIFEST, ROWS, list_files

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
_MOST_SAID = 10


def read_manifest(path: Path) -> dict[str, Any]:
    """Read what a backup says of itself, after every file in it was compared with its hash.

    Raises
    ------
    InputError
        Naming every file that is missing, changed, or not listed.
    """
    problems: dict[str, str] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            if manifest.get("format") != FORMAT:
                raise InputError({str(path): "isn't a backup of Evenhand"})
            if manifest["format_version"] != FORMAT_VERSION:
                said = f"has the format {manifest['format_version']}; this version of Evenhand reads {FORMAT_VERSION}"
                raise InputError({str(path): f"{said}. It was made by Evenhand {manifest.get('evenhand')}."})
            listed, there = manifest["files"], archive.namelist()
            extra = sorted(set(there) - set(listed) - {MANIFEST})
            problems |= dict.fromkeys(extra, "is in the file but not listed in it")
            if len(there) != len(set(there)):
                problems[str(path)] = "has two files of the same name"
            for name, said in listed.items():
                problems |= _compare(archive, name, said) if name in there else {name: "is missing"}
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise InputError({str(path): f"can't be read as a backup of Evenhand: {error}"}) from None
    if problems:
        first = dict(list(problems.items())[:_MOST_SAID])
        more = len(problems) - len(first)
        raise InputError(first | ({"and": f"{more} more files"} if more else {}))
    return manifest


def restore_backup(path: Path, *, replace: bool = False, without_second_factors: bool = False) -> dict[str, Any]:
    """Put a backup in place of an empty workspace; the database may be of another kind than the one it was made of.

    Parameters
    ----------
    replace
        True to lose the workspace that is there.
    without_second_factors
        True to leave out second factors, where the secret key they are encrypted with is lost.

    Returns
    -------
    dict[str, Any]
        The manifest.

    Raises
    ------
    InputError
        If the backup isn't whole.
    Refusal
        If there is something in the workspace, the backup is of another version, or the secret key is another.
    SourceError
        If the disk fails; the workspace is as it was.
    """
    from django.conf import settings
    from django.db import connection, transaction

    from evenhand.adapters.store.handoffs import stop_all
    from evenhand.adapters.store.models import AuditEvent
    from evenhand.wiring import kept_rows

    manifest = read_manifest(path)
    here = kept_rows.list_migrations()
    if manifest["migrations"] != here:
        raise Refusal(
            "WS112",
            f"The backup was made by Evenhand {manifest['evenhand']}, whose database has another shape than here.",
            f"Restore it with Evenhand {manifest['evenhand']}; starting a later version then brings it up to date.",
        )
    data = Path(settings.DATA)
    if not replace and (kept_rows.count_rows() or list_files(data)):
        raise Refusal(
            "WS111",
            f"There is a workspace in {data} already.",
            "Choose an empty folder and database, or say --replace.",
        )
    with zipfile.ZipFile(path) as archive:
        if not without_second_factors and not kept_rows.check_seals(_lines(archive)):
            raise Refusal(
                "WS113",
                "The second factors in the backup are encrypted with another secret key.",
                "Set EVENHAND_SECRET_KEY (or secret.key) of the old workspace, or say --without-second-factors.",
            )
        staged, aside = data / f".restore-{os.getpid()}", data / f".replaced-{os.getpid()}"
        swap = _Swap(data, staged, aside)
        try:
            _unpack(archive, staged)
            with transaction.atomic(durable=True):
                kept_rows.put_rows(_lines(archive), with_second_factors=not without_second_factors)
                AuditEvent.objects.create(
                    actor=None,
                    action="workspace.restored",
                    subject="workspace",
                    subject_id=manifest["files"][ROWS]["sha256"],
                    detail={"made_at": manifest["made_at"], "evenhand": manifest["evenhand"]},
                )
                # What was sent since the backup was made isn't in it: a person looks before anything goes again.
                stop_all("restored from a backup: what was sent after it was made isn't known here")
                connection.check_constraints()
                swap.do()
        except OSError as error:
            swap.undo()
            raise SourceError("disk", f"{data} could not be written: {error.strerror or error}.") from error
        except BaseException:
            swap.undo()
            raise
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


class _Swap:
    """Puts folders in place of others, and back again."""

    def __init__(self, data: Path, staged: Path, aside: Path) -> None:
        self._data, self._staged, self._aside = data, staged, aside
        self._put: list[str] = []

    def do(self) -> None:
        self._aside.mkdir()
        for name in sorted({path.relative_to(self._data).parts[0] for path in list_files(self._data)}):
            (self._data / name).rename(self._aside / name)
        for path in sorted(self._staged.iterdir()):
            if (self._data / path.name).is_dir():
                shutil.rmtree(self._data / path.name)  # no file of ours is in it, or it were aside
            path.rename(self._data / path.name)
            self._put.append(path.name)

    def undo(self) -> None:
        if not self._aside.is_dir():
            return
        for name in self._put:
            (self._data / name).rename(self._staged / name)
        for path in sorted(self._aside.iterdir()):
            path.rename(self._data / path.name)
        self._aside.rmdir()


def _lines(archive: zipfile.ZipFile) -> Iterator[str]:
    with archive.open(ROWS) as stream:
        yield from io.TextIOWrapper(stream, "utf-8")


def _compare(archive: zipfile.ZipFile, name: str, said: dict[str, Any]) -> dict[str, str]:
    place = PurePosixPath(name)
    if name != ROWS and (not name.startswith(FILES) or ".." in place.parts or "\\" in name or "\0" in name):
        return {name: "has no place in a workspace"}
    digest = hashlib.sha256()
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        return {name: f"can't be read: {error}"}
    return {} if digest.hexdigest() == said["sha256"] else {name: "isn't as it was written"}


def _unpack(archive: zipfile.ZipFile, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in archive.namelist():
        if name.startswith(FILES):
            target = to / name.removeprefix(FILES)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as stream, target.open("xb") as copy:
                shutil.copyfileobj(stream, copy, _CHUNK)
