from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from evenhand.book.content_hash import CHUNK_ROWS, hash_book, hash_table

TABLE = pl.DataFrame(
    {
        "id": ["a", "b", "c"],
        "text": ["x", None, ""],
        "cents": [1, None, 0],
        "number": [0.0, None, 1.5],
        "flag": [True, None, False],
        "day": [dt.date(1970, 1, 1), None, dt.date(2026, 6, 30)],
    }
)


def test_the_hash_is_this_one_for_ever() -> None:
    """A change here changes the hash of every book: change `content_hash.FORM` with it."""
    assert hash_book(dt.date(2026, 6, 30), "USD", {"t": TABLE}, {"t": ["id"]}) == (
        "439a2b11d173e159de83b39e77ca0d2171423b31f8465ceef2011684ee6dd251"
    )


@pytest.mark.parametrize("column", ["text", "cents", "number", "flag", "day"])
def test_null_and_nothing_differ(column: str) -> None:
    zero = {"text": "", "cents": 0, "number": 0.0, "flag": False, "day": dt.date(1970, 1, 1)}[column]
    filled = TABLE.with_columns(pl.col(column).fill_null(pl.lit(zero)))
    assert hash_table("t", filled) != hash_table("t", TABLE)


def test_neither_chunks_nor_the_order_of_columns_matter() -> None:
    apart = pl.concat([TABLE[:1], TABLE[1:]], rechunk=False).select(reversed(TABLE.columns))
    assert hash_table("t", apart) == hash_table("t", TABLE)


def test_minus_zero_is_zero() -> None:
    minus, plus = (pl.DataFrame({"n": [zero]}) for zero in (-0.0, 0.0))
    assert hash_table("t", minus) == hash_table("t", plus)


def test_texts_that_run_together_differ() -> None:
    first, second = (pl.DataFrame({"t": texts}) for texts in (["ab", "c"], ["a", "bc"]))
    assert hash_table("t", first) != hash_table("t", second)


def test_names_dates_and_what_is_given_count() -> None:
    day = dt.date(2026, 6, 30)
    hashes = {
        hash_book(day, "USD", {"t": TABLE}, {}),
        hash_book(day, "EUR", {"t": TABLE}, {}),
        hash_book(dt.date(2026, 7, 1), "USD", {"t": TABLE}, {}),
        hash_book(day, "USD", {"t": TABLE}, {"t": []}),
        hash_book(day, "USD", {"u": TABLE}, {}),
        hash_book(day, "USD", {"t": TABLE.rename({"text": "texts"})}, {}),
    }
    assert len(hashes) == 6


def test_rows_beyond_a_chunk_count() -> None:
    long = pl.DataFrame({"n": pl.Series(range(CHUNK_ROWS + 1))})
    changed = long.with_columns(pl.when(pl.col("n") == CHUNK_ROWS).then(0).otherwise(pl.col("n")).alias("n"))
    assert hash_table("t", long) != hash_table("t", changed)
