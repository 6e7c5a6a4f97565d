"""Which adapter reads a source: a folder or file, a database, or a folder in an object store."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evenhand.adapters.files.sources import CSV_ENDINGS, PARQUET_ENDINGS, WORKBOOK_ENDINGS, read_source
from evenhand.adapters.sources.objects.copying import STORES, copy_folder, is_store
from evenhand.adapters.sources.sql.address import DRIVERS, is_database, read_address
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest

if TYPE_CHECKING:
    from evenhand.app.ports import Source, Step
    from evenhand.book.mapping import SourceMapping

PASSWORD_VARIABLE = "EVENHAND_SOURCE_PASSWORD"  # noqa: S105 - the variable's name
"""Holds the password of a database whose address has none."""


def read_any_source(path: Path | str, *, mapping: SourceMapping | None, on_progress: Step | None) -> Source:
    """Read a folder or file, or what an address leads to.

    Raises
    ------
    InputError
        Where there is nothing to read, or an address of a kind that nothing reads.
    SourceError
        Where what is outside doesn't answer.
    """
    if isinstance(path, Path):
        return read_source(path, mapping=mapping, on_progress=on_progress)
    if is_database(path):
        from evenhand.adapters.sources.sql.reading import read_database

        address = read_address(path, password=os.environ.get(PASSWORD_VARIABLE))
        return read_database(address, mapping=mapping, on_progress=on_progress)
    if is_store(path):
        return _read_store(path, mapping=mapping, on_progress=on_progress)
    scheme = path.partition("://")[0]
    # The address isn't repeated: it may hold a password.
    raise InputError(
        {
            "source": f"nothing here reads {scheme}:// addresses.{say_nearest(scheme, [*DRIVERS, *STORES])} "
            f"Databases: {', '.join(DRIVERS)}. Object stores: {', '.join(STORES)}."
        }
    )


def _read_store(address: str, *, mapping: SourceMapping | None, on_progress: Step | None) -> Source:
    """Copy a folder of an object store to this machine for a moment, and read it as any other."""
    endings = (*CSV_ENDINGS, *PARQUET_ENDINGS, *WORKBOOK_ENDINGS)
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or "")
    with tempfile.TemporaryDirectory(prefix="evenhand-") as folder:
        shown = copy_folder(
            address,
            Path(folder),
            endings,
            allow_http=endpoint.scheme == "http" and endpoint.hostname in {"127.0.0.1", "localhost", "::1"},
            on_progress=None if on_progress is None else lambda what, share: on_progress(what, share / 2),
        )
        read = read_source(
            Path(folder),
            mapping=mapping,
            on_progress=None if on_progress is None else lambda what, share: on_progress(what, 0.5 + share / 2),
        )
    root = shown.rsplit("/", 1)[0] if Path(shown).suffix.lower() in endings else shown
    return replace(read, files=tuple(replace(file, name=f"{root}/{file.name}") for file in read.files))
