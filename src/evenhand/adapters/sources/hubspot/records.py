"""HubSpot's records as tables, every value checked: properties come as texts, whatever their type."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.sources.hubspot.session import SYSTEM
from evenhand.app.record_tables import PAGE_DTYPES
from evenhand.app.records import FieldKind, SourceField
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KINDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "string": FieldKind.TEXT,
        "phone_number": FieldKind.TEXT,
        "enumeration": FieldKind.CHOICE,
        "bool": FieldKind.FLAG,
        "number": FieldKind.NUMBER,
        "date": FieldKind.DATE,
        "datetime": FieldKind.STAMP,
    }
)
"""Types of properties: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide; others
(json, object_coordinates) are left out."""


def make_rows(rows: Sequence[Mapping[str, str | None]], fields: Iterable[SourceField]) -> pl.DataFrame:
    """Return records as a table.

    Parameters
    ----------
    rows
        Texts by the name of the field; "" and missing ones are null.
    """
    columns = []
    for field in fields:
        texts = []
        for row in rows:
            value = row.get(field.name)
            if value is not None and not isinstance(value, str):
                raise _wrong(f"something that is no text in {field.name}")
            texts.append(value or None)
        columns.append(_typed(pl.Series(field.name, texts, pl.String), field))
    return pl.DataFrame(columns)


def _typed(texts: pl.Series, field: SourceField) -> pl.Series:
    name, dtype = field.name, PAGE_DTYPES[field.kind]
    column = pl.col(name)
    if field.kind is FieldKind.FLAG:
        read = column.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    elif field.kind is FieldKind.NUMBER:
        read = column.cast(pl.Float64, strict=False)
    elif field.kind is FieldKind.DATE:
        # A date picker's value is a day, or midnight of it in UTC.
        read = column.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    elif field.kind is FieldKind.STAMP:
        whole = column.str.replace("Z$", "+0000")
        read = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)
    else:
        return texts
    values = texts.to_frame(name).select(read)[name]
    if values.null_count() != texts.null_count():
        raise _wrong(f"something that is no {field.kind} in {name}")
    return values.cast(dtype)


def _wrong(what: str) -> SourceError:
    return SourceError(SYSTEM, f"an answer has {what}. Nothing of it was used; the same command tries again.")


def as_text(value: Any) -> str | None:
    """Return a plain value of JSON as a property's text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise _wrong("something nested where a plain value belongs")
    return str(value)
