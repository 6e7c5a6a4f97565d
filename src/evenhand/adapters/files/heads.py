"""The heads of large files: enough rows to see how a mapping comes out, without reading all of them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.files.sources import CSV_ENDINGS, PARQUET_ENDINGS, WORKBOOK_ENDINGS

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 24 << 20
"""Of all files together that are read to look at; shared evenly among the larger ones."""
_MOST_ROWS = 50_000
_MOST_TRIES = 1000


def find_head(source: Path, to: Path) -> tuple[Path, tuple[str, ...]]:
    """Return where to look at a source: itself where it is small, else a folder of the heads of its files.

    Parameters
    ----------
    to
        The folder to make for heads, if it isn't there; the files it is of must not change.

    Returns
    -------
    where
        What to read.
    cut
        Names of the files of which only the first rows are there.
    """
    files = [source] if source.is_file() else sorted(path for path in source.iterdir() if path.is_file())
    files = [path for path in files if path.suffix.lower() in (*CSV_ENDINGS, *PARQUET_ENDINGS, *WORKBOOK_ENDINGS)]
    sizes = {path: path.stat().st_size for path in files}
    if sum(sizes.values()) <= MOST_BYTES:
        return source, ()
    share = MOST_BYTES // len(files)
    large = [path for path in files if sizes[path] > share and path.suffix.lower() not in WORKBOOK_ENDINGS]
    if not to.is_dir():
        partial = to.with_name(f"{to.name}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for path in files:
            _write_head(path, partial / path.name, share if path in large else None)
        try:
            partial.rename(to)
        except OSError:  # another process was faster
            shutil.rmtree(partial, ignore_errors=True)
    return to, tuple(path.name for path in large)


def _write_head(path: Path, to: Path, most: int | None) -> None:
    if most is None:
        to.symlink_to(path.resolve())
    elif path.suffix.lower() in PARQUET_ENDINGS:
        try:
            pl.scan_parquet(path, glob=False).head(_MOST_ROWS).collect().write_parquet(to)
        except pl.exceptions.PolarsError:
            to.symlink_to(path.resolve())  # reading it says what is wrong with it
    else:
        with path.open("rb") as stream:
            to.write_bytes(cut_rows(stream.read(most)))


def cut_rows(head: bytes) -> bytes:
    """Cut the beginning of a CSV file after its last whole row, be it UTF-8 or UTF-16."""
    newline = b"\n\0" if head.startswith(b"\xff\xfe") else b"\0\n" if head.startswith(b"\xfe\xff") else b"\n"
    end = len(head) - len(head) % len(newline)
    n_quotes = head.count(b'"', 0, end)
    for _ in range(_MOST_TRIES):
        at = head.rfind(newline, 0, end)
        if at < 0:
            break
        n_quotes -= head.count(b'"', at, end)
        if n_quotes % 2 == 0 and at % len(newline) == 0:
            return head[: at + len(newline)]
        end = at
    return head
