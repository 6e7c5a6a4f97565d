"""A journal on disk: lines of JSON that are only added, each safe before what it announces is done."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any, Self

from evenhand.foundation.errors import Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class FileJournal:
    """The journal in a file; see `evenhand.app.ports.Journal`.

    One process at a time writes it. A line that a crash cut off is cut away when the journal is opened: nothing that
    it announced was begun.

    Parameters
    ----------
    path
        The file; made with its folders where it isn't there.

    Raises
    ------
    Refusal
        If another process has it open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            _sync_folder(path.parent)
        except OSError as error:
            raise SourceError("disk", f"{path} can't be opened: {error.strerror}.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Refusal(
                "PU104", "another push of this plan is going on.", "Wait until it has ended, or look at its progress."
            ) from None
        self._cut_off_torn_line()

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """Give every line, the oldest first."""
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    entry = json.loads(line)
                except ValueError:
                    entry = None
                if not isinstance(entry, dict):
                    message = (
                        f"{self.path}, line {number} isn't what was written there. Restore the file from a backup."
                    )
                    raise SourceError("journal", message)
                yield entry

    def append(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Add lines, and return once they are on the disk."""
        lines = b"".join(json.dumps(entry, ensure_ascii=False).encode() + b"\n" for entry in entries)
        if not lines:
            return
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            raise SourceError(
                "disk", f"{self.path} can't be written: {error.strerror}. Nothing more was sent."
            ) from None

    def close(self) -> None:
        """Let another process write it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _cut_off_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        at = size
        while at:
            start = max(at - 65_536, 0)
            end = os.pread(self._file, at - start, start).rfind(b"\n")
            if end >= 0:
                at = start + end + 1
                break
            at = start
        if at < size:
            os.ftruncate(self._file, at)
            os.fsync(self._file)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
