"""The ways in which rows are spoilt: what exports really bring, and the finding each must lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

SERIAL_OF_1970 = 25569
"""The day number that spreadsheets give 1970-01-01."""


@dataclass(frozen=True)
class Dirt:
    """One way to spoil a row of a table.

    Attributes
    ----------
    kind
        What it is, in words.
    expected
        Code of the finding that admitting must report for the row.
    value
        The column's new text, from the rows as they are.
    only
        Which rows can be spoilt so.
    as_copy
        True where the spoilt row is added below the table and the first one stays.
    in_pairs
        True where rows are spoilt two by two, each taking the other's key as its value.
    takes_next
        True where the row takes the next value that the column has in place of its own.
    reported_under
        The column that the finding names, where it isn't the spoilt one.
    most_rows
        Spoil no more rows than this, however many are asked for.
    """

    table: str
    column: str
    kind: str
    expected: str
    value: Callable[[pl.Expr], pl.Expr]
    only: Callable[[pl.Expr], pl.Expr] | None = None
    as_copy: bool = False
    in_pairs: bool = False
    takes_next: bool = False
    reported_under: str | None = None
    most_rows: int | None = None


def _text(words: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda _: pl.lit(words)


def _nothing(_: pl.Expr) -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _serial(column: pl.Expr) -> pl.Expr:
    return (column.cast(pl.Date).cast(pl.Int32) + SERIAL_OF_1970).cast(pl.String)


def _negative(column: pl.Expr) -> pl.Expr:
    return pl.lit("-") + column.cast(pl.String)


def _with_separators(column: pl.Expr) -> pl.Expr:
    backwards = column.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1},")
    return backwards.str.reverse().str.strip_prefix(",") + ".00"


def _with_sign(column: pl.Expr) -> pl.Expr:
    return pl.lit("$") + column.cast(pl.String)


def _upper(column: pl.Expr) -> pl.Expr:
    return column.str.to_uppercase()


def _misspelt(column: pl.Expr) -> pl.Expr:
    """Leave out the third letter."""
    return column.str.slice(0, 2) + column.str.slice(3)


def _unknown(column: pl.Expr) -> pl.Expr:
    return column + "-GONE"


def _unchanged(column: pl.Expr) -> pl.Expr:
    return column.cast(pl.String)


def _known(column: pl.Expr) -> pl.Expr:
    return column.is_not_null()


def _thousands(column: pl.Expr) -> pl.Expr:
    return column >= 1000


def _lasting(starts_on: pl.Expr) -> pl.Expr:
    return pl.col("ends_on").is_null() | (pl.col("ends_on") > starts_on + pl.duration(days=30))


def _later(days: int) -> Callable[[pl.Expr], pl.Expr]:
    return lambda column: (column.cast(pl.Date) + pl.duration(days=days)).cast(pl.String)


DIRT: tuple[Dirt, ...] = (
    Dirt("accounts", "account_id", "the same row twice", "BK402", _unchanged, as_copy=True),
    Dirt(
        "accounts", "territory_id", "in two territories at once", "BK403", _unchanged,
        as_copy=True, takes_next=True, reported_under="account_id",
    ),
    Dirt("accounts", "territory_id", "unknown territory", "BK404", _unknown),
    Dirt("accounts", "territory_id", "no territory", "BK301", _nothing),
    Dirt("accounts", "parent_account_id", "unknown parent", "BK405", _text("A-GONE")),
    Dirt("accounts", "parent_account_id", "parents in a circle", "BK408", _unchanged, in_pairs=True),
    Dirt("accounts", "employees", "negative number", "BK315", _negative),
    Dirt("accounts", "latitude", "impossible latitude", "BK315", _text("137.2")),
    Dirt("accounts", "annual_revenue", "thousands separators", "BK312", _with_separators, only=_thousands),
    Dirt("accounts", "potential", "words for a number", "BK311", _text("tbd")),
    Dirt("accounts", "created_on", "a spreadsheet's day number", "BK303", _serial),
    Dirt("accounts", "vertical", "another way of writing", "BK329", _upper, only=_known),
    Dirt("accounts", "vertical", "misspelt", "BK328", _misspelt, only=_known, most_rows=5),
    Dirt("accounts", "in_buying_cycle", "neither yes nor no", "BK321", _text("maybe")),
    Dirt(
        "opportunities", "amount", "one id for two opportunities", "BK401", _text("12345"),
        as_copy=True, reported_under="opportunity_id",
    ),
    Dirt("opportunities", "account_id", "unknown account", "BK404", _unknown),
    Dirt("opportunities", "rep_id", "unknown rep", "BK405", _unknown, only=_known),
    Dirt("opportunities", "amount", "negative amount", "BK315", _negative),
    Dirt("opportunities", "amount", "thousands separators", "BK312", _with_separators, only=_thousands),
    Dirt("opportunities", "amount", "a currency sign", "BK314", _with_sign),
    Dirt("opportunities", "closed_on", "a day that doesn't exist", "BK302", _text("31/02/2026")),
    Dirt("opportunities", "created_on", "a spreadsheet's day number", "BK303", _serial),
    Dirt("opportunities", "closed_on", "closed before it was created", "BK501", _text("2001-01-31")),
    Dirt("opportunities", "type", "unknown type", "BK322", _text("upgrade")),
    Dirt(
        "opportunities", "is_closed", "won but not closed", "BK502", _text("false"),
        only=lambda _: pl.col("is_won"), reported_under="is_won",
    ),
    Dirt("activities", "account_id", "unknown account", "BK404", _unknown),
    Dirt("activities", "happened_on", "no date", "BK301", _nothing),
    Dirt("activities", "happened_on", "in the far future", "BK306", _text("2206-03-01")),
    Dirt("ownership", "territory_id", "unknown territory", "BK404", _unknown),
    Dirt(
        "ownership", "starts_on", "overlapping spans", "BK410", _later(1),
        only=_lasting, as_copy=True, reported_under="territory_id",
    ),
    Dirt("quotas", "amount", "negative quota", "BK315", _negative),
    Dirt("quotas", "attained", "thousands separators", "BK312", _with_separators, only=_thousands),
    Dirt("coverage", "territory_id", "unknown territory", "BK404", _unknown),
    Dirt("coverage", "ends_on", "ends before it starts", "BK501", _text("1999-12-31")),
)  # fmt: skip
