"""Book folders: a Parquet file a table and book.json, written whole or not at all, never overwritten."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand._version import __version__
from evenhand.adapters.files.folders import hash_file, write_folder
from evenhand.book.book import Book
from evenhand.book.content_hash import FORM, hash_book
from evenhand.book.tables import TABLES
from evenhand.foundation.errors import InputError, Refusal, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from evenhand.adapters.files.sources import SourceFile
    from evenhand.foundation.findings import Finding

MANIFEST = "book.json"


def write_book(book: Book, to: Path, *, sources: Iterable[SourceFile] = (), findings: Iterable[Finding] = ()) -> Path:
    """Write a book folder.

    Parameters
    ----------
    to
        The folder to make. One that already holds the same content is left as it is.
    sources, findings
        The files it was made from; what was found, of which the counts are kept.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    Refusal
        BK701 where the folder exists with other content: a book is never overwritten.
    SourceError
        Where the disk says no.

    Notes
    -----
    Everything is written and synced in a sibling folder that is then renamed, so a crash at any moment leaves either
    the whole book or none; what a killed run left is removed by the next one.
    """
    if _exists(to, book):
        return to
    try:
        write_folder(to, _writers(book, sources, findings), marker=MANIFEST, replace=False)
    except (Refusal, SourceError):
        # Another process may have written the same book meanwhile.
        if _exists(to, book):
            return to
        raise
    return to


def _exists(to: Path, book: Book) -> bool:
    """Say whether the folder holds this very book; Refusal where it holds anything else."""
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return False
    try:
        held = json.loads((to / MANIFEST).read_text("utf-8"))["content_hash"]
    except (OSError, ValueError, KeyError, TypeError):
        held = None
    if held == book.content_hash:
        read_book(to)
        return True
    what = "another book" if held else "something that is not a book"
    raise Refusal("BK701", f"{to} already holds {what}, and a book is never overwritten.", "Name another folder.")


def _writers(
    book: Book, sources: Iterable[SourceFile], findings: Iterable[Finding]
) -> dict[str, Callable[[Path], None]]:
    """Return a writer for every file; the manifest is the last, and knows what the others wrote."""
    files: dict[str, dict[str, Any]] = {}

    def write_table(path: Path) -> None:
        table = book.tables[path.stem]
        table.write_parquet(path, compression="zstd", compression_level=1)
        files[path.name] = {"n_rows": table.height, "sha256": hash_file(path)}

    def write_manifest(path: Path) -> None:
        manifest = {
            "form": FORM,
            "as_of": book.as_of.isoformat(),
            "currency": book.currency,
            "content_hash": book.content_hash,
            "given": {name: sorted(columns) for name, columns in sorted(book.given.items())},
            "files": files,
            "sources": [asdict(source) for source in sources],
            "n_findings": dict(Counter(str(finding.severity) for finding in findings)),
            "version": __version__,
        }
        path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")

    return {**{f"{name}.parquet": write_table for name in TABLES}, MANIFEST: write_manifest}


def read_book(folder: Path, *, verify: bool = True) -> Book:
    """Read a book folder.

    Parameters
    ----------
    verify
        Check every file against its hash, and the book's own hash against the content; False saves that time where
        the same process wrote it.

    Raises
    ------
    InputError
        Naming each file that is missing, unreadable or not what was written.
    """
    manifest = _manifest(folder)
    problems: dict[str, str] = {}
    tables: dict[str, pl.DataFrame] = {}
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        try:
            if verify and hash_file(path) != manifest["files"][path.name]["sha256"]:
                problems[str(path)] = "is not the file that was written: it has been changed or damaged"
                continue
            frame = pl.read_parquet(path, glob=False)
        except (OSError, KeyError, pl.exceptions.PolarsError) as error:
            problems[str(path)] = "is missing" if isinstance(error, FileNotFoundError) else f"can't be read: {error}"
            continue
        wrong = [column for column, dtype in table.schema.items() if frame.schema.get(column) != dtype]
        if wrong:
            problems[str(path)] = f"lacks columns or has them in another type: {', '.join(wrong)}"
        tables[name] = frame
    if problems:
        hint = "a book is never changed by hand: admit its source again, or restore the folder"
        raise InputError({place: f"{message}; {hint}" for place, message in problems.items()})
    as_of = _date(manifest["as_of"], folder)
    given = {name: frozenset(columns) for name, columns in manifest["given"].items()}
    if verify and hash_book(as_of, manifest["currency"], tables, given) != manifest["content_hash"]:
        raise InputError({str(folder / MANIFEST): "is not what was written: the content has another hash than it says"})
    return Book(
        as_of, manifest["currency"], MappingProxyType(tables), MappingProxyType(given), manifest["content_hash"]
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError({str(folder): f"is not a book: it has no {MANIFEST}; make one with evenhand admit"})
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        needed = ("form", "as_of", "currency", "content_hash", "given", "files")
        missing = [key for key in needed if key not in manifest]
    except (ValueError, TypeError) as error:
        raise InputError({str(path): f"can't be read: {error}"}) from error
    if missing:
        raise InputError({str(path): f"lacks {', '.join(missing)}: it has been changed or damaged"})
    if manifest["form"] != FORM:
        message = f"is of form {manifest['form']!r}, which this version ({__version__}) does not read; admit again"
        raise InputError({str(path): message})
    return manifest


def _date(text: str, folder: Path) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise InputError({str(folder / MANIFEST): f"as_of {text!r} is not a date"}) from error
