"""Salesforce's records as tables: JSON of its REST answers, CSV of its bulk answers, both checked value by value."""

from __future__ import annotations

import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.sources.salesforce.session import SYSTEM
from evenhand.app.record_tables import PAGE_DTYPES, schema_of
from evenhand.app.records import FieldKind, SourceField
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "id": FieldKind.ID,
        "reference": FieldKind.ID,
        "string": FieldKind.TEXT,
        "textarea": FieldKind.TEXT,
        "email": FieldKind.TEXT,
        "phone": FieldKind.TEXT,
        "url": FieldKind.TEXT,
        "combobox": FieldKind.TEXT,
        "multipicklist": FieldKind.TEXT,
        "time": FieldKind.TEXT,
        "anyType": FieldKind.TEXT,
        "picklist": FieldKind.CHOICE,
        "boolean": FieldKind.FLAG,
        "int": FieldKind.NUMBER,
        "long": FieldKind.NUMBER,
        "double": FieldKind.NUMBER,
        "currency": FieldKind.NUMBER,
        "percent": FieldKind.NUMBER,
        "date": FieldKind.DATE,
        "datetime": FieldKind.STAMP,
    }
)
"""Types of describe that a table can hold. Compound ones (address, location) are left out, as bulk queries can't give
them: https://developer.salesforce.com/docs/platform/api-asynch/guide/query-bulk-api-2-0.html."""

_STAMP = "%Y-%m-%dT%H:%M:%S%.f%z"


def read_json(records: Sequence[Any], fields: Sequence[SourceField]) -> pl.DataFrame:
    """Return the records of a REST answer as a table."""
    rows: list[dict[str, Any]] = []
    for record in records:
        if not isinstance(record, dict):
            raise _wrong("a record that isn't an object")
        rows.append(record)
    return pl.DataFrame([_of_json(rows, field) for field in fields])


def _of_json(rows: Sequence[Mapping[str, Any]], field: SourceField) -> pl.Series:
    try:
        values = [row[field.name] for row in rows]
    except KeyError:
        raise _wrong(f"records without {field.name}, which was asked for") from None
    if field.kind is FieldKind.NUMBER:
        if any(not isinstance(value, int | float | None) or isinstance(value, bool) for value in values):
            raise _wrong(f"something that is no number in {field.name}")
        return pl.Series(field.name, values, pl.Float64, strict=False)
    if field.kind is FieldKind.FLAG:
        if any(not isinstance(value, bool | None) for value in values):
            raise _wrong(f"something that is neither true nor false in {field.name}")
        return pl.Series(field.name, values, pl.Boolean)
    texts = [value if value is None or isinstance(value, str) else _plain(value, field) for value in values]
    return _of_text(pl.Series(field.name, texts, pl.String), field)


def _plain(value: Any, field: SourceField) -> str:
    """Write a number or flag as text: the old and new values of histories are of any type."""
    if isinstance(value, dict | list):
        raise _wrong(f"something nested in {field.name}")
    return str(value)


def read_csv(text: bytes, fields: Sequence[SourceField], n_rows: int) -> pl.DataFrame:
    """Return the records of a bulk answer as a table.

    Parameters
    ----------
    n_rows
        As the answer's header says; another number means that the answer was cut off.
    """
    try:
        frame = pl.read_csv(io.BytesIO(text), infer_schema=False)
    except pl.exceptions.NoDataError:
        frame = pl.DataFrame(schema=dict.fromkeys([field.name for field in fields], pl.String))
    except pl.exceptions.PolarsError:
        raise _wrong("a table that can't be read") from None
    if frame.height != n_rows:
        raise _wrong(f"{frame.height:,} records where its header says {n_rows:,}")
    missing = [field.name for field in fields if field.name not in frame.columns]
    if missing:
        raise _wrong(f"a table without {', '.join(missing)}")
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))  # bulk writes "" for nothing
    return pl.DataFrame([_of_csv(frame[field.name], field) for field in fields])


def _of_csv(texts: pl.Series, field: SourceField) -> pl.Series:
    if field.kind is FieldKind.FLAG:
        wrong = texts.drop_nulls().is_in(["true", "false"]).not_().any()
        if wrong:
            raise _wrong(f"something that is neither true nor false in {field.name}")
        return texts == "true"
    if field.kind is FieldKind.NUMBER:
        return _strictly(texts, field, pl.col(field.name).cast(pl.Float64, strict=False))
    return _of_text(texts, field)


def _of_text(texts: pl.Series, field: SourceField) -> pl.Series:
    column = pl.col(field.name)
    if field.kind is FieldKind.DATE:
        return _strictly(texts, field, column.str.to_date("%Y-%m-%d", strict=False))
    if field.kind is FieldKind.STAMP:
        # REST writes +0000 and bulk writes Z.
        moment = column.str.replace("Z$", "+0000").str.to_datetime(
            _STAMP, time_unit="us", time_zone="UTC", strict=False
        )
        return _strictly(texts, field, moment)
    return texts


def _strictly(texts: pl.Series, field: SourceField, read: pl.Expr) -> pl.Series:
    values = texts.to_frame(field.name).select(read)[field.name]
    if values.null_count() != texts.null_count():
        raise _wrong(f"something that is no {field.kind} in {field.name}")
    return values.cast(PAGE_DTYPES[field.kind])


def empty(fields: Sequence[SourceField]) -> pl.DataFrame:
    """Return a table without records."""
    return pl.DataFrame(schema=schema_of(fields))


def _wrong(what: str) -> SourceError:
    return SourceError(SYSTEM, f"an answer has {what}. Nothing of it was used; the same command tries again.")
