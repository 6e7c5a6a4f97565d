"""A figure of a letter, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Figure:
    """A value that a letter states.

    Attributes
    ----------
    value
        A number, a date or a text.
    unit
        "count", "number", "cents", "share" (0–1), "change" (a signed share), "day" or "text": how it is
        written.
    source
        The records it is from or worked out of, in words that lead back to them.
    """

    value: Any
    unit: str
    source: str

    def __bool__(self) -> bool:
        return bool(self.value)


def count(value: float, source: str) -> Figure:
    """Make a figure of a number of things."""
    return Figure(round(value), "count", source)


def cents(value: int, source: str) -> Figure:
    """Make a figure of an amount."""
    return Figure(int(value), "cents", source)


def day(value: Any, source: str) -> Figure:
    """Make a figure of a date."""
    return Figure(value, "day", source)


def rows_by(frame: pl.DataFrame, column: str) -> dict[Any, list[dict[str, Any]]]:
    """Return the rows of a table by the value of a column, in their order."""
    return {key[0]: part.to_dicts() for key, part in frame.partition_by(column, as_dict=True).items()}
