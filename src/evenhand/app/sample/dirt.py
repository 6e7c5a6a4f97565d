"""Spoilt rows, for a source as it really comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from evenhand.app.sample.streams import Streams


def spoil(
    tables: dict[str, pl.DataFrame], share: float, streams: Streams
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Refuse: spoiling isn't written yet."""
    raise InputError({"dirty": "rows can't be spoilt yet; leave it 0"})
