"""How a column's text is read where the mapping says how it is written."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from evenhand.book.mapping import Format
from evenhand.book.tables import ACCOUNTS, OPPORTUNITIES
from evenhand.book.values import Place, as_text, read_column

DAY = dt.date(2026, 1, 31)


def read(values: list[object], column: str, form: Format | None = None, currency: str | None = None) -> list[object]:
    table = OPPORTUNITIES if column == "amount" else ACCOUNTS
    place = Place(table.name, table.column(column), form or Format(), currency)
    reading = read_column(pl.Series("x", values, strict=False), place)
    assert reading.values.dtype == table.column(column).dtype
    assert not [problem for problem in reading.problems if problem.severity == "error"]
    return reading.values.to_list()


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("2026-01-31", None),
        ("2026-01-31 00:00:00", None),
        ("2026-01-31T00:00:00.000Z", None),
        ("2026-01-31T23:59:59+02:00", None),
        ("31/01/2026", "%d/%m/%Y"),
        ("01/31/26", "%m/%d/%y"),
        ("31.01.2026", "%d.%m.%Y"),
        ("Jan 31, 2026", "%b %d, %Y"),
        ("20260131", "%Y%m%d"),
        ("46053", "serial"),
        ("46053.75", "serial"),
    ],
)
def test_dates(text: str, pattern: str | None) -> None:
    assert read([text, None, " "], "created_on", Format(date_format=pattern)) == [DAY, None, None]
    assert read([text, "2026-01-31"], "created_on", Format(date_format=pattern)) == [DAY, DAY]


def test_typed_dates_and_times() -> None:
    assert read([DAY, None], "created_on") == [DAY, None]
    assert read([dt.datetime(2026, 1, 31, 13, 5), None], "created_on") == [DAY, None]  # noqa: DTZ001 - as files have it


@pytest.mark.parametrize(
    ("text", "form", "cents"),
    [
        ("1234.56", Format(), 123456),
        ("-0", Format(), 0),
        ("1e3", Format(), 100_000),
        ("0.005", Format(), 1),
        ("999999999999.99", Format(), 99_999_999_999_999),
        ("1,234.56", Format(thousands=","), 123456),
        ("1,234,567", Format(thousands=","), 123_456_700),
        ("1234.5", Format(thousands=","), 123450),
        ("1.234,56", Format(decimal=",", thousands="."), 123456),
        ("12,5", Format(decimal=","), 1250),
        ("1 234,5", Format(decimal=",", thousands=" "), 123450),
        ("1'234.5", Format(thousands="'"), 123450),
        ("1.5", Format(scale=1_000_000), 150_000_000),
        ("-", Format(null_values=("-",)), None),
    ],
)
def test_amounts(text: str, form: Format, cents: int | None) -> None:
    assert read([text], "amount", form) == [cents]


@pytest.mark.parametrize("text", ["$1,234.50", "US$ 1234.50", "1234.50 USD", "USD 1,234.5"])
def test_signs_of_the_books_currency(text: str) -> None:
    assert read([text, "1"], "amount", Format(thousands=","), "USD") == [123450, 100]


@pytest.mark.parametrize("text", ["12,34.5", "1,2345", "1,,234", ",5", "1.234,5"])
def test_separators_in_wrong_places_are_not_read(text: str) -> None:
    place = Place("opportunities", OPPORTUNITIES.column("amount"), Format(thousands=","), None)
    reading = read_column(pl.Series("x", [text]), place)
    assert reading.values.to_list() == [None]
    assert len(reading.problems) == 1


def test_a_point_beside_decimal_commas_is_doubted() -> None:
    place = Place("opportunities", OPPORTUNITIES.column("amount"), Format(), None)
    reading = read_column(pl.Series("x", ["1.234", "5", "6,50"]), place)
    assert reading.values.to_list() == [None, 500, None]
    assert {problem.code for problem in reading.problems} == {"BK313", "BK319"}


def test_flags() -> None:
    words = ["TRUE", "yes", "Y", "t", "1", "False", "NO", "n", "f", "0", None, ""]
    assert read(list(words), "anchor") == [True] * 5 + [False] * 5 + [None] * 2
    assert read([True, None], "anchor") == [True, None]
    assert read([1, 0], "anchor") == [True, False]


def test_counts_and_numbers() -> None:
    assert read(["12", "12.0", "1e2"], "employees") == [12, 12, 100]
    assert read([12.0, None], "employees") == [12, None]
    assert read(["0.25"], "product_usage") == [0.25]


def test_text_is_the_same_whatever_type_the_file_gave() -> None:
    assert as_text(pl.Series(["  a ", "\t", "", None])).to_list() == ["a", None, None, None]
    assert as_text(pl.Series([1, None])).to_list() == ["1", None]
    assert as_text(pl.Series([1.0, 2.5, None])).to_list() == ["1", "2.5", None]


@pytest.mark.parametrize(
    "column", ["account_id", "created_on", "employees", "product_usage", "annual_revenue", "anchor"]
)
@pytest.mark.parametrize(
    "values",
    [
        pl.Series([1, None]),
        pl.Series([1.5, float("nan")]),
        pl.Series([True, None]),
        pl.Series([DAY, None]),
        pl.Series([dt.time(1, 2), None]),
        pl.Series([dt.timedelta(1), None]),
        pl.Series(["x", None], dtype=pl.Categorical),
        pl.Series(["1.5", None]).cast(pl.Decimal(10, 2)),
        pl.Series([None, None]),
    ],
    ids=lambda values: str(values.dtype),
)
def test_a_column_of_any_type_is_read_or_named(column: str, values: pl.Series) -> None:
    place = Place("accounts", ACCOUNTS.column(column), Format(), None)
    reading = read_column(values, place)
    assert reading.values.dtype == ACCOUNTS.column(column).dtype
    assert len(reading.values) == 2
    for problem in reading.problems:
        assert problem.wrong.len() == 2
    lost = (reading.values.is_null() & values.is_not_null()).sum()
    named = sum(problem.wrong.sum() for problem in reading.problems if problem.severity == "error")
    assert lost <= named
