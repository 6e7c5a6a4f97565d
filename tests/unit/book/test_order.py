from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from evenhand.book.order import pack_ids, sort_table


def test_rows_that_may_repeat_are_sorted_by_all_they_have() -> None:
    table = pl.DataFrame({"account_id": ["a", "b", "a"], "kind": ["y", "x", "x"]})
    assert sort_table(table, ()).rows() == [("a", "x"), ("a", "y"), ("b", "x")]
    assert sort_table(table[::-1], ()).equals(sort_table(table, ()))


@pytest.mark.parametrize(
    "ids",
    [
        ["A3", "A1", "A2"],
        ["A3", "A10", "A2"],
        ["Zoë", "Zoe", "Zof"],
        ["00Q5f000001abcD", "00Q5f000001abcA", "00Q5f000001abdA"],
        ["zyxwvutsrqp", "abcdefghijk", "mlmlmlmlmlm"],
        ["\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f", "aaaaaaaa", "\x00\x00\x00\x00\x00\x00\x00\x00"],
        ["A"],
        [],
    ],
)
def test_rows_are_in_the_order_of_their_ids(ids: list[str]) -> None:
    table = pl.DataFrame({"id": pl.Series(ids, dtype=pl.String), "n": pl.Series(range(len(ids)), dtype=pl.Int64)})
    assert sort_table(table, ("id",)).rows() == sorted(table.rows(), key=lambda row: str(row[0]).encode())


@pytest.mark.parametrize("ids", [["A3", "A1", "A2", "A0"], ["A3", "A10", "A2", "A0"], [None, "A1", "A2", "A0"]])
def test_rejected_rows_are_left_out(ids: list[str | None]) -> None:
    table = pl.DataFrame({"id": ids})
    kept = sort_table(table, ("id",), np.array([True, False, False, True]))
    assert kept["id"].to_list() == sorted(str(name) for name in ids[1:3])


def test_ids_of_several_lengths_or_too_many_places_are_not_packed() -> None:
    assert pack_ids(pl.Series(["A1", "A10"])) is None
    assert pack_ids(pl.Series(["abcdefgh", "ijklmnop"])) is None
    packed = pack_ids(pl.Series(["customer-0002", "customer-0001"]))
    assert packed is not None
    assert packed[0] > packed[1]
