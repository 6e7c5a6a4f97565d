"""Which adapter reads a source: a folder or file, a database, or a folder in an object store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.adapters.files.sources import read_source
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
    scheme = path.partition("://")[0]
    # The address isn't repeated: it may hold a password.
    raise InputError(
        {
            "source": f"nothing here reads {scheme}:// addresses.{say_nearest(scheme, DRIVERS)} "
            f"Databases: {', '.join(DRIVERS)}."
        }
    )
