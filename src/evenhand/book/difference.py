"""What changed between two books: accounts, territories and opportunities that are new, gone or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.book.book import Book

NEW, GONE, CHANGED = "new", "gone", "changed"
CHANGES = (NEW, GONE, CHANGED)

ACCOUNT_COLUMNS = (
    *("territory_id", "segment", "potential", "parent_account_id", "vertical", "region", "tier"),
    *("annual_revenue_cents", "employees", "locked", "anchor"),
)
TERRITORY_COLUMNS = ("name", "parent_territory_id", "capacity_hours", "capacity_share", "segment", "vertical", "region")
OPPORTUNITY_COLUMNS = ("stage", "stage_number", "amount_cents", "is_closed", "is_won", "rep_id", "closed_on", "type")


@dataclass(frozen=True, eq=False)
class BookDifference:
    """What changed from an earlier book to a later one.

    Attributes
    ----------
    before_hash, after_hash
        Content hashes of the two books.
    counts
        (9 rows) ``table``, ``change`` (new, gone, changed), ``n_rows``; and ``n_same`` of the table.
    figures
        ``figure``, ``before``, ``after``, ``change``: accounts, potential, open and won pipeline (amounts in cents).
    accounts, territories, opportunities
        A row for each that is new, gone or changed, by its id: ``change``, ``columns`` (list of those in which it
        changed), and each column of interest before and after. An account that has churned is gone.
    moves
        Accounts that changed territory by ``from_territory_id``, ``to_territory_id``: ``n_accounts``, ``potential``.
    """

    before_hash: str
    after_hash: str
    currency: str
    counts: pl.DataFrame
    figures: pl.DataFrame
    accounts: pl.DataFrame
    territories: pl.DataFrame
    opportunities: pl.DataFrame
    moves: pl.DataFrame

    def __repr__(self) -> str:
        said = ", ".join(f"{n:,} {table} {change}" for table, change, n, _ in self.counts.iter_rows() if n)
        return f"BookDifference: {said or 'nothing changed'}"


def differ_books(before: Book, after: Book) -> BookDifference:
    """Say what changed from an earlier book to a later one.

    Raises
    ------
    InputError
        If the books are in different currencies, so that no amount can be compared.
    """
    if before.currency != after.currency:
        raise InputError(
            {"currency": f"one book is in {before.currency}, the other in {after.currency}; convert one of them"}
        )
    accounts, same_accounts = _compare(
        before.active_accounts, after.active_accounts, "account_id", ACCOUNT_COLUMNS, ("name",)
    )
    territories, same_territories = _compare(before.territories, after.territories, "territory_id", TERRITORY_COLUMNS)
    opportunities, same_opportunities = _compare(
        before.opportunities, after.opportunities, "opportunity_id", OPPORTUNITY_COLUMNS, ("account_id",)
    )
    counts = pl.concat(
        [
            _count("accounts", accounts, same_accounts),
            _count("territories", territories, same_territories),
            _count("opportunities", opportunities, same_opportunities),
        ]
    )
    return BookDifference(
        before.content_hash,
        after.content_hash,
        after.currency,
        counts,
        _figures(before, after),
        accounts,
        territories,
        opportunities,
        _moves(accounts),
    )


def _compare(
    before: pl.DataFrame, after: pl.DataFrame, key: str, columns: Sequence[str], said: Sequence[str] = ()
) -> tuple[pl.DataFrame, int]:
    """Return the rows that are new, gone or changed, and how many are the same.

    Parameters
    ----------
    said
        Columns shown as they are, the later one's where both have it.
    """
    joined = before.select(key, *said, *columns, __before=True).join(
        after.select(key, *said, *columns, __after=True), on=key, how="full", coalesce=True, suffix="_after"
    )
    differs = [pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in columns]
    is_new, is_gone = pl.col("__before").is_null(), pl.col("__after").is_null()
    found = joined.filter(is_new | is_gone | pl.any_horizontal(differs))
    names = [pl.when(wrong).then(pl.lit(name)) for name, wrong in zip(columns, differs, strict=True)]
    rows = found.select(
        key,
        *(pl.coalesce(f"{name}_after", name).alias(name) for name in said),
        pl.when(is_new).then(pl.lit(NEW)).when(is_gone).then(pl.lit(GONE)).otherwise(pl.lit(CHANGED)).alias("change"),
        pl.when(~is_new & ~is_gone).then(pl.concat_list(names).list.drop_nulls()).alias("columns"),
        *(
            pl.col(source).alias(f"{name}_{when}")
            for name in columns
            for when, source in (("before", name), ("after", f"{name}_after"))
        ),
    )
    order = pl.Enum(CHANGES)
    return rows.sort(pl.col("change").cast(order), key), joined.height - rows.height


def _count(table: str, rows: pl.DataFrame, n_same: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "table": [table] * len(CHANGES),
            "change": CHANGES,
            "n_rows": [int((rows["change"] == change).sum()) for change in CHANGES],
            "n_same": [n_same] * len(CHANGES),
        }
    )


def _figures(before: Book, after: Book) -> pl.DataFrame:
    rows = [
        ("active accounts", *(float(book.active_accounts.height) for book in (before, after))),
        ("seats", *(float(book.seats.height) for book in (before, after))),
    ]
    if before.has("accounts", "potential") and after.has("accounts", "potential"):
        rows.append(("potential", *(float(book.active_accounts["potential"].sum()) for book in (before, after))))
    for name, condition in (
        ("open opportunities", ~pl.col("is_closed").fill_null(value=False)),
        ("won opportunities", pl.col("is_won").fill_null(value=False)),
    ):
        found = [book.opportunities.filter(condition) for book in (before, after)]
        rows.append((name, float(found[0].height), float(found[1].height)))
        rows.append((f"{name}, amount_cents", *(float(frame["amount_cents"].sum()) for frame in found)))
    schema = {"figure": pl.String, "before": pl.Float64, "after": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(change=pl.col("after") - pl.col("before"))


def _moves(accounts: pl.DataFrame) -> pl.DataFrame:
    moved = accounts.filter(
        (pl.col("change") == CHANGED) & pl.col("territory_id_before").ne_missing(pl.col("territory_id_after"))
    )
    return (
        moved.group_by(from_territory_id="territory_id_before", to_territory_id="territory_id_after")
        .agg(n_accounts=pl.len(), potential=pl.col("potential_after").sum())
        .sort(["n_accounts", "from_territory_id", "to_territory_id"], descending=[True, False, False])
    )
