"""Whatever a driver gives becomes a column with one type, batch by batch and in the end."""

import datetime as dt
import uuid
from decimal import Decimal

import polars as pl
import pytest

from evenhand.adapters.sources.sql.columns import join_batches, make_column, make_frame

EAST = dt.timezone(dt.timedelta(hours=2))
ID = uuid.UUID(int=7)


def at(*parts):
    """A time without a zone, as drivers give it."""
    return dt.datetime(*parts)  # noqa: DTZ001 - what is meant


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([True, None, False], pl.Boolean, [True, None, False]),
        ([1, None], pl.Int64, [1, None]),
        ([2**63, 1], pl.String, [str(2**63), "1"]),
        ([1, 2.5], pl.Float64, [1.0, 2.5]),
        ([True, 2], pl.String, ["true", "2"]),
        ([Decimal("1.50"), None, 3], pl.Decimal(38, 2), [Decimal("1.50"), None, Decimal("3.00")]),
        ([Decimal("1E+3")], pl.Decimal(38, 0), [Decimal(1000)]),
        ([Decimal("1E+40")], pl.Float64, [1e40]),
        ([dt.date(2026, 1, 2), None], pl.Date, [dt.date(2026, 1, 2), None]),
        (
            [dt.date(2026, 1, 2), at(2026, 1, 2, 3)],
            pl.Datetime("us"),
            [at(2026, 1, 2), at(2026, 1, 2, 3)],
        ),
        ([dt.datetime(2026, 1, 2, 1, tzinfo=EAST)], pl.Datetime("us"), [at(2026, 1, 1, 23)]),
        ([dt.time(9, 30)], pl.String, ["09:30:00"]),
        ([ID], pl.String, [str(ID)]),
        ([{"b": 1, "a": "é"}, ["x"]], pl.String, ['{"a": "é", "b": 1}', '["x"]']),
        ([b"\x00", None], pl.Binary, [None, None]),
        (["a", 1, None], pl.String, ["a", "1", None]),
        ([None, None], pl.Null, [None, None]),
    ],
)
def test_values_become_a_column(values, dtype, expected):
    column = make_column("c", values)
    assert column.dtype == dtype
    assert column.to_list() == expected


def test_a_number_that_is_none_is_told_as_one():
    column = make_column("c", [Decimal("NaN"), Decimal("1.5")])
    assert column.dtype == pl.Float64
    assert column.is_nan().to_list() == [True, False]


@pytest.mark.parametrize(
    ("batches", "dtype", "expected"),
    [
        ([[None], [1]], pl.Int64, [None, 1]),
        ([[None], [None]], pl.String, [None, None]),
        ([[1], [Decimal("2.25")]], pl.Decimal(38, 2), [Decimal("1.00"), Decimal("2.25")]),
        ([[Decimal("1.5")], [Decimal("2.25")]], pl.Decimal(38, 2), [Decimal("1.50"), Decimal("2.25")]),
        ([[1], [2.5]], pl.Float64, [1.0, 2.5]),
        ([[True], ["x"]], pl.String, ["true", "x"]),
        (
            [[dt.date(2026, 1, 2)], [at(2026, 1, 2, 3)]],
            pl.Datetime("us"),
            [at(2026, 1, 2), at(2026, 1, 2, 3)],
        ),
        ([["x"], [b"y"]], pl.Binary, [None, None]),
    ],
)
def test_batches_get_the_type_that_holds_them_all(batches, dtype, expected):
    joined = join_batches([make_frame(["c"], [(value,) for value in batch]) for batch in batches])
    assert joined.schema == {"c": dtype}
    assert joined["c"].to_list() == expected


def test_two_columns_of_one_name_are_told_apart():
    assert make_frame(["id", "id"], [(1, 2)]).columns == ["id", "id [2]"]


def test_no_rows_still_have_columns():
    assert join_batches([make_frame(["a", "b"], [])]).schema == {"a": pl.String, "b": pl.String}
