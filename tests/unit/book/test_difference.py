"""What changed between two books, worked by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

from evenhand.book.admit import admit_tables
from evenhand.book.difference import differ_books
from evenhand.book.raw import RawTable
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from evenhand.book.book import Book

ACCOUNTS = [
    ("A1", "T1", "mid", "100", None),
    ("A2", "T1", "mid", "200", None),
    ("A3", "T2", "big", None, None),
    ("A4", "T2", "big", "400", None),
]
LATER = [
    ("A1", "T1", "mid", "100", None),
    ("A2", "T2", "big", "250", None),
    ("A3", "T2", "big", "5", None),
    ("A4", "T2", "big", "400", "2026-05-01"),
    ("A5", "T3", "mid", "500", None),
]
DEALS = [("O1", "A1", "open", "10", "false", None), ("O2", "A2", "open", "20", "false", None)]
LATER_DEALS = [("O1", "A1", "won", "12", "true", "true"), ("O3", "A1", "open", "30", "false", None)]


def make(
    accounts: list[tuple[str | None, ...]],
    territories: list[str],
    deals: list[tuple[str | None, ...]],
    currency: str = "USD",
) -> Book:
    tables = {
        "accounts": (("account_id", "territory_id", "segment", "potential", "churned_on"), accounts),
        "territories": (("territory_id",), [(name,) for name in territories]),
        "opportunities": (("opportunity_id", "account_id", "stage", "amount", "is_closed", "is_won"), deals),
    }
    raw = {
        name: RawTable(pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"), f"{name}.csv")
        for name, (columns, rows) in tables.items()
    }
    book = admit_tables(raw, as_of=dt.date(2026, 6, 30), currency=currency).book
    assert book is not None
    return book


BEFORE = make(ACCOUNTS, ["T1", "T2"], DEALS)
AFTER = make(LATER, ["T1", "T2", "T3"], LATER_DEALS)


def test_accounts_are_new_gone_or_changed_with_what_they_were_and_are() -> None:
    changed = differ_books(BEFORE, AFTER).accounts
    assert changed.select("account_id", "change", "columns").rows() == [
        ("A5", "new", None),
        ("A4", "gone", None),
        ("A2", "changed", ["territory_id", "segment", "potential"]),
        ("A3", "changed", ["potential"]),
    ]
    row = changed.filter(pl.col("account_id") == "A2").row(0, named=True)
    assert (row["territory_id_before"], row["territory_id_after"]) == ("T1", "T2")
    assert (row["potential_before"], row["potential_after"]) == (200.0, 250.0)


def test_counts_add_up_to_everything_that_is_in_either_book() -> None:
    counts = differ_books(BEFORE, AFTER).counts
    assert counts.rows() == [
        ("accounts", "new", 1, 1),
        ("accounts", "gone", 1, 1),
        ("accounts", "changed", 2, 1),
        ("territories", "new", 1, 2),
        ("territories", "gone", 0, 2),
        ("territories", "changed", 0, 2),
        ("opportunities", "new", 1, 0),
        ("opportunities", "gone", 1, 0),
        ("opportunities", "changed", 1, 0),
    ]


def test_amounts_and_moves() -> None:
    difference = differ_books(BEFORE, AFTER)
    assert difference.moves.rows() == [("T1", "T2", 1, 250.0)]
    figures = {name: change for name, _, _, change in difference.figures.iter_rows()}
    assert figures["active accounts"] == 0
    assert figures["potential"] == 855 - 700
    assert figures["open opportunities, amount_cents"] == 0
    assert figures["won opportunities, amount_cents"] == 1200


def test_the_same_book_has_not_changed() -> None:
    difference = differ_books(AFTER, AFTER)
    assert repr(difference) == "BookDifference: nothing changed"
    assert difference.accounts.is_empty()


def test_there_and_back_mirror_each_other() -> None:
    there, back = differ_books(BEFORE, AFTER), differ_books(AFTER, BEFORE)
    mirrored = {"new": "gone", "gone": "new", "changed": "changed"}
    n_there = {(table, change): n for table, change, n, _ in there.counts.iter_rows()}
    n_back = {(table, mirrored[change]): n for table, change, n, _ in back.counts.iter_rows()}
    assert n_there == n_back


def test_amounts_in_two_currencies_are_not_compared() -> None:
    with pytest.raises(InputError, match="EUR"):
        differ_books(BEFORE, make(ACCOUNTS, ["T1", "T2"], DEALS, "EUR"))
