"""Small text files: policies, mappings, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.adapters.partial import write_whole
from evenhand.foundation.errors import InputError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 50_000_000


def read_text(path: Path) -> str:
    """Read a UTF-8 text file.

    Raises
    ------
    InputError
        If it isn't there, is no file, is too large, or isn't UTF-8.
    """
    if not path.is_file():
        raise InputError({str(path): "doesn't exist" if not path.exists() else "is not a file"})
    if path.stat().st_size > _MOST_BYTES:
        raise InputError({str(path): f"is larger than {_MOST_BYTES // 1_000_000} MB"})
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError({str(path): f"isn't UTF-8 at byte {error.start}; save it as UTF-8"}) from None
    except OSError as error:
        raise InputError({str(path): f"can't be read: {error.strerror}"}) from None


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all.

    Raises
    ------
    SourceError
        If the disk fails.
    """
    try:
        with write_whole(path) as partial, partial.open("w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise SourceError("disk", f"{path} could not be written: {error.strerror or error}") from error
