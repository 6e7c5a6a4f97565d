"""A hash of a book's content, the same whatever the order of rows, the file format or the machine."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

CHUNK_ROWS = 250_000
FORM = "evenhand-book-1"
"""Changes whenever the bytes hashed change for the same content."""


def hash_book(
    as_of: dt.date, currency: str, tables: Mapping[str, pl.DataFrame], given: Mapping[str, Iterable[str]]
) -> str:
    """Return the SHA-256 of a book's content in hexadecimal.

    Parameters
    ----------
    tables
        Sorted as `evenhand.book.order.sort_table` does, with the book's types.
    given
        The columns with values, by table.

    Notes
    -----
    Per column: its name and type, then chunks of 250,000 rows of little-endian values (nulls as zero), a validity
    byte a row, and for text the byte lengths and the UTF-8 bytes one after the other. It rests on no library's own
    row hash or file layout, which may change between versions.
    """
    digest = hashlib.sha256()
    head = {
        "form": FORM,
        "as_of": as_of.isoformat(),
        "currency": currency,
        "given": {name: sorted(columns) for name, columns in given.items()},
    }
    digest.update(json.dumps(head, sort_keys=True).encode())
    for name in sorted(tables):
        digest.update(hash_table(name, tables[name]))
    return digest.hexdigest()


def hash_table(name: str, table: pl.DataFrame) -> bytes:
    """Return the SHA-256 of one table's content; the order of columns does not matter, that of rows does."""
    digest = hashlib.sha256(f"{name}:{table.height}".encode())
    for column in sorted(table.columns):
        series = table[column]
        digest.update(f"|{column}:{series.dtype}|".encode())
        for start in range(0, table.height, CHUNK_ROWS):
            for part in _bytes(series.slice(start, CHUNK_ROWS)):
                digest.update(part)
    return digest.digest()


def _bytes(values: pl.Series) -> Iterator[bytes]:
    yield values.is_not_null().to_numpy().astype(np.uint8).tobytes()
    if values.dtype == pl.String:
        yield values.str.len_bytes().fill_null(0).to_numpy().astype("<u4").tobytes()
        yield str(values.drop_nulls().str.join("").item()).encode() if values.is_not_null().any() else b""
    elif values.dtype == pl.Date:
        yield values.to_physical().fill_null(0).to_numpy().astype("<i4").tobytes()
    elif values.dtype == pl.Boolean:
        yield values.fill_null(value=False).to_numpy().astype(np.uint8).tobytes()
    elif values.dtype == pl.Float64:
        # Adding zero turns -0.0 into 0.0, which compare equal.
        yield (values.fill_null(0.0).to_numpy() + 0.0).astype("<f8").tobytes()
    else:
        yield values.fill_null(0).to_numpy().astype("<i8").tobytes()
