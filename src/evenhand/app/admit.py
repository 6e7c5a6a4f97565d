"""Admitting a source into a book on disk, with every finding and every rejected row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.book.admit import Admission, admit_tables
from evenhand.book.mapping import read_mapping
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from evenhand.app.ports import Outside, Step


def admit_source(
    outside: Outside,
    source: Path | str,
    *,
    to: Path | None,
    mapping: Path | None = None,
    as_of: dt.date | None = None,
    currency: str | None = None,
    rejects: Path | None = None,
    strict: bool = False,
    on_progress: Step | None = None,
) -> Admission:
    """Read a source, make a book of it, and write the book and the rejected rows.

    Parameters
    ----------
    source
        A folder or file; or, as text, the address of a database or of a folder in an object store.
    to
        Folder of the book; None writes none.
    rejects
        File for the rejected rows; written where there are any, or where an earlier run left one.
    strict
        Write no book where any row is rejected.

    Returns
    -------
    Admission
        The book (None where it could not be made), the findings and the rejected rows.
    """
    said = None if mapping is None else read_mapping(outside.read_text(mapping), str(mapping))
    if not isinstance(source, str) and not source.exists():
        raise InputError(
            {"source": f"{source} doesn't exist. Give a folder of CSV, Parquet or Excel files, or a file."}
        )
    read = outside.read_source(source, mapping=said, on_progress=_within(on_progress, 0.0, 0.4))
    admission = admit_tables(
        read.tables,
        as_of=as_of,
        mapping=said,
        currency=currency,
        findings=read.findings,
        rejects=read.rejects,
        on_progress=_within(on_progress, 0.4, 0.9),
    )
    if rejects is not None and (admission.n_rejected or rejects.exists()):
        outside.write_rejects(admission.rejects, rejects)
    if admission.book is not None and to is not None and not (strict and admission.n_rejected):
        if on_progress is not None:
            on_progress("writing the book", 0.9)
        outside.write_book(admission.book, to, sources=read.files, findings=admission.findings)
    if on_progress is not None:
        on_progress("done", 1.0)
    return admission


def _within(on_progress: Step | None, low: float, high: float) -> Step | None:
    """Show the progress of a part of the work as that of the whole."""
    if on_progress is None:
        return None
    tell = on_progress
    return lambda what, share: tell(what, low + (high - low) * share)
