"""The types in which records travel from a source to its kept tables."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.records import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evenhand.app.records import SourceField

PAGE_DTYPES: Mapping[FieldKind, pl.DataType] = MappingProxyType(
    {
        FieldKind.ID: pl.String(),
        FieldKind.TEXT: pl.String(),
        FieldKind.CHOICE: pl.String(),
        FieldKind.NUMBER: pl.Float64(),
        FieldKind.FLAG: pl.Boolean(),
        FieldKind.DATE: pl.Date(),
        FieldKind.STAMP: pl.Datetime("us", "UTC"),
    }
)


def schema_of(fields: Iterable[SourceField]) -> dict[str, pl.DataType]:
    """Return the columns of a page of these fields."""
    return {field.name: PAGE_DTYPES[field.kind] for field in fields}
