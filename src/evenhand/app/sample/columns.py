"""Columns of names and ids from indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def ids(prefix: str, n: int, width: int, first: int = 1) -> pl.Series:
    """Return n ids from a prefix and a number with leading zeros."""
    return prefix + pl.int_range(first, first + n, eager=True).cast(pl.String).str.zfill(width)


def width_for(n: int, least: int = 2) -> int:
    """Return how many digits the number n takes, at least so many."""
    return max(least, len(str(n)))


def pick(words: Sequence[str] | pl.Series, index: Ints) -> pl.Series:
    """Return the word at each index; null where the index is negative."""
    series = words if isinstance(words, pl.Series) else pl.Series(words, dtype=pl.String)
    places = pl.Series(index.astype(np.uint32, copy=False) if index.size and index.min() >= 0 else _or_null(index))
    return series.gather(places)


def _or_null(index: Ints) -> pl.Series:
    places = pl.Series(index, dtype=pl.Int64)
    return places.set(places < 0, None).cast(pl.UInt32)
