"""Writing a folder whole or not at all: whatever stops us, there is the old state or the new one."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.errors import Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CHUNK = 1 << 20
_ASIDE = "aside"


def write_folder(target: Path, writers: Mapping[str, Callable[[Path], None]], *, marker: str, replace: bool) -> None:
    """Write files into a new folder and put it in place in one step.

    Parameters
    ----------
    target
        Where the folder will be.
    writers
        For each file name a function that writes it at the path it is given. Names may have a folder in them.
    marker
        A file name that shows that an existing folder is one of ours.
    replace
        True to replace an existing folder of ours.

    Raises
    ------
    Refusal
        If the target exists and may not be replaced, or isn't one of ours.
    SourceError
        If the disk fails.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        check_target(target, marker=marker, replace=replace)
        staging = Path(tempfile.mkdtemp(prefix=f"{_prefix(target)}{os.getpid()}-", dir=target.parent))
        try:
            for name, write in writers.items():
                path = staging / name
                path.parent.mkdir(parents=True, exist_ok=True)
                write(path)
                _sync(path)
            staging.chmod(0o755)
            _sync(staging)
            _put_in_place(staging, target)
            _sync(target.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(
            "disk", f"{target} could not be written: {getattr(error, 'strerror', None) or error}. Nothing was changed."
        ) from error


def check_target(target: Path, *, marker: str, replace: bool) -> None:
    """Refuse to write over something that isn't ours, or that the user didn't say to replace."""
    if not target.exists():
        return
    is_empty = target.is_dir() and not any(target.iterdir())
    if is_empty:
        return
    if not target.is_dir() or not (target / marker).exists():
        raise Refusal("AP101", f"{target} exists and has no {marker}, so it isn't replaced.", "Choose another name.")
    if not replace:
        raise Refusal("AP102", f"{target} exists already.", "Choose another name, or say --replace.")


def clear_folder(folder: Path) -> None:
    """Make a folder, or remove everything in it; SourceError if the disk fails."""
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise SourceError("disk", f"{folder} could not be cleared: {error.strerror or error}") from error


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _prefix(target: Path) -> str:
    """Name what is being written, so that what a killed run on this machine left can be told from a running one."""
    return f".{target.name}.partial-{socket.gethostname()}-"


def _sweep(target: Path) -> None:
    """Remove what killed runs on this machine left behind; one killed while it put a folder aside, put it back."""
    start = _prefix(target)
    for left in target.parent.iterdir():
        if left.name.startswith(start) and not _runs(left.name.removeprefix(start).partition("-")[0]):
            if (left / _ASIDE).exists() and not target.exists():
                (left / _ASIDE).rename(target)
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: str) -> bool:
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _put_in_place(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    if not any(target.iterdir()):
        target.rmdir()
        staging.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f"{_prefix(target)}{os.getpid()}-", dir=target.parent))
    target.rename(aside / _ASIDE)
    try:
        staging.rename(target)
    except OSError:
        (aside / _ASIDE).rename(target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
