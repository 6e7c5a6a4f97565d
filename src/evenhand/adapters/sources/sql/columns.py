"""Rows of a database as typed columns: whatever a driver gives, batch by batch, and one type in the end."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_INTEGER = 2**63
DIGITS = 38
"""Digits that a decimal column holds."""

NUMBERS: tuple[type[Any], ...] = (bool, int, Decimal, float)
BYTES = (bytes, bytearray, memoryview)


def make_frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Return a batch of rows as a frame.

    Parameters
    ----------
    names
        Of the columns; of two with one name the second gets a number.
    rows
        As the driver gives them.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pl.DataFrame([make_column(name, values) for name, values in zip(_different(names), columns, strict=True)])


def make_column(name: str, values: Sequence[Any]) -> pl.Series:
    """Return values as a column of the narrowest type that holds them all.

    Times with a zone are told in UTC; identifiers, JSON, arrays and times of day are text; of bytes nothing is kept
    but their type, since they are no value of a book. What has several types
    (SQLite allows it) is text, unless all are numbers or all dates.
    """
    kinds = {type(value) for value in values}
    kinds.discard(type(None))
    if not kinds:
        return pl.Series(name, [None] * len(values), dtype=pl.Null)
    if any(issubclass(kind, BYTES) for kind in kinds):
        return pl.Series(name, [None] * len(values), dtype=pl.Binary)
    for known, make in READERS:
        if all(issubclass(kind, known) for kind in kinds):
            made = make(name, values, kinds)
            if made is not None:
                return made
    return pl.Series(name, [None if value is None else _text(value) for value in values], dtype=pl.String)


def join_batches(batches: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Stack batches of one table, each column with the type that holds all of its batches."""
    frames = list(batches)
    types = {name: _widest([frame.schema[name] for frame in frames]) for name in frames[0].columns}
    return pl.concat([frame.select(_cast(frame, name, dtype) for name, dtype in types.items()) for frame in frames])


def _different(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    different = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        different.append(name if seen[name] == 1 else f"{name} [{seen[name]}]")
    return different


def _booleans(name: str, values: Sequence[Any], _kinds: set[type]) -> pl.Series | None:
    return pl.Series(name, values, dtype=pl.Boolean)


def _numbers(name: str, values: Sequence[Any], kinds: set[type]) -> pl.Series | None:
    if bool in kinds:
        return None
    if kinds == {int}:
        if any(value is not None and not -MOST_INTEGER <= value < MOST_INTEGER for value in values):
            return None
        return pl.Series(name, values, dtype=pl.Int64)
    if float in kinds:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    return _decimals(name, [None if value is None else Decimal(value) for value in values])


def _decimals(name: str, values: Sequence[Decimal | None]) -> pl.Series:
    held = [value for value in values if value is not None]
    if all(value.is_finite() for value in held):
        scale = max(0, *(-int(value.as_tuple().exponent) for value in held))
        digits = max(value.adjusted() + 1 for value in held) if held else 1
        if scale + max(digits, 1) <= DIGITS:
            return pl.Series(name, values, dtype=pl.Decimal(DIGITS, scale))
    return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)


def _dates(name: str, values: Sequence[Any], kinds: set[type]) -> pl.Series | None:
    if not any(issubclass(kind, dt.datetime) for kind in kinds):
        return pl.Series(name, values, dtype=pl.Date)
    return pl.Series(name, [_moment(value) for value in values], dtype=pl.Datetime("us"))


def _moment(value: dt.date | None) -> dt.datetime | None:
    if value is None:
        return None
    if not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


READERS: tuple[tuple[tuple[type[Any], ...], Callable[[str, Sequence[Any], set[type]], pl.Series | None]], ...] = (
    ((bool,), _booleans),
    (NUMBERS, _numbers),
    ((dt.date,), _dates),
)
"""Types that a reader takes, first the narrowest; where it gives None the values become text."""


def _widest(types: list[pl.DataType]) -> pl.DataType:
    held = [dtype for dtype in types if dtype != pl.Null]
    if not held:
        return pl.String()
    if pl.Binary() in held:
        return pl.Binary()
    if all(dtype == held[0] for dtype in held):
        return held[0]
    if all(dtype.is_temporal() for dtype in held):
        return pl.Datetime("us")
    if all(dtype.is_numeric() for dtype in held):
        return pl.Float64() if pl.Float64() in held else _widest_decimal(held)
    return pl.String()


def _widest_decimal(types: list[pl.DataType]) -> pl.DataType:
    scale = max(dtype.scale for dtype in types if isinstance(dtype, pl.Decimal))
    # A whole number of a wide column may leave no room for so many places.
    return pl.Decimal(DIGITS, scale) if scale <= DIGITS - 19 else pl.Float64()


def _cast(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Binary:
        return pl.lit(None, dtype=pl.Binary).alias(name)
    if dtype == pl.String and frame.schema[name] == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(~column).then(pl.lit("false")).alias(name)
    return column.cast(dtype)
