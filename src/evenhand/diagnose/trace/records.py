"""The records that each measure of a territory was added up from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.pipeline import IS_OPEN, was_decided, was_generated
from evenhand.diagnose.potential import PARTS
from evenhand.diagnose.quota import find_closed_periods, find_current_periods
from evenhand.diagnose.seats import list_seats, place_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evenhand.book.book import Book
    from evenhand.policy import Policy

KEYS = ("layer", "territory_id")


@dataclass(frozen=True)
class Records:
    """Rows of one table that enter a measure.

    Attributes
    ----------
    table
        Of the book.
    rows
        layer, territory_id (the seat or group that counts it), record_id, then the columns that say why and how much.
    numerator, denominator
        The column that is added up, or "1" where rows are counted; empty where the rows don't enter that half.
    """

    table: str
    rows: pl.DataFrame
    numerator: str = ""
    denominator: str = ""


def list_records(measure: str, accounts: pl.DataFrame, book: Book, policy: Policy) -> tuple[Records, ...]:
    """Return the records that a measure was added up from, for every territory.

    Parameters
    ----------
    accounts
        The figures of `measure_accounts`.

    Notes
    -----
    They are chosen by the same rules that the figures are worked out by, so that they add up to them.
    """
    return _SOURCES[measure](accounts, book, policy)


def _accounts(*columns: str, numerator: str = "1", only: str = "") -> Callable[..., tuple[Records, ...]]:
    def take(accounts: pl.DataFrame, book: Book, _policy: Policy) -> tuple[Records, ...]:
        rows = _active(accounts, book)
        rows = rows.filter(pl.col(only)) if only else rows
        return (Records("accounts", rows.select(*KEYS, record_id="account_id", **_same(columns)), numerator=numerator),)

    return take


def _workload(accounts: pl.DataFrame, book: Book, policy: Policy) -> tuple[Records, ...]:
    columns = ("workload_hours", "workload_source", "call_hours", "travel_hours", "open_work_hours", "distance_km")
    seats = list_seats(book, policy).select(*KEYS, "capacity_hours", record_id="territory_id")
    return (
        Records(
            "accounts",
            _active(accounts, book).select(*KEYS, record_id="account_id", **_same(columns)),
            numerator="workload_hours",
        ),
        Records("territories", seats.select(*KEYS, "record_id", "capacity_hours"), denominator="capacity_hours"),
    )


def _open(*, numerator: str, with_quota: bool) -> Callable[..., tuple[Records, ...]]:
    def take(accounts: pl.DataFrame, book: Book, _policy: Policy) -> tuple[Records, ...]:
        deals = _deals(book, IS_OPEN, ("stage", "created_on", "amount_cents"), accounts)
        found = [Records("opportunities", deals, numerator=numerator)]
        if with_quota:
            rows = _quotas(find_current_periods(book), book, ("amount_cents",))
            found.append(Records("quotas", rows, denominator="amount_cents"))
        return tuple(found)

    return take


def _pipeline(accounts: pl.DataFrame, book: Book, _policy: Policy) -> tuple[Records, ...]:
    rows = _deals(book, was_generated(book), ("type", "created_on", "amount_cents"), accounts)
    return (Records("opportunities", rows, numerator="amount_cents"),)


def _deal_size(_accounts: pl.DataFrame, book: Book, policy: Policy) -> tuple[Records, ...]:
    priced = was_decided(book, policy) & pl.col("is_won") & pl.col("amount_cents").is_not_null()
    rows = _deals(book, priced, ("type", "closed_on", "amount_cents"))
    return (Records("opportunities", rows, numerator="amount_cents", denominator="1"),)


def _win_rate(_accounts: pl.DataFrame, book: Book, policy: Policy) -> tuple[Records, ...]:
    rows = _deals(book, was_decided(book, policy), ("type", "closed_on", "is_won"))
    return (Records("opportunities", rows, numerator="is_won", denominator="1"),)


def _attainment(_accounts: pl.DataFrame, book: Book, policy: Policy) -> tuple[Records, ...]:
    rows = _quotas(find_closed_periods(book, policy), book, ("amount_cents", "attained_cents"))
    return (Records("quotas", rows, numerator="attained_cents", denominator="amount_cents"),)


def _same(columns: Sequence[str]) -> dict[str, str]:
    return {column: column for column in columns}


def _active(accounts: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Return the figures of active accounts by the territory of each layer that counts them."""
    return place_accounts(book).join(accounts.drop("territory_id"), on="account_id").sort(*KEYS, "account_id")


def _deals(book: Book, wanted: pl.Expr, columns: Sequence[str], accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return opportunities by the territory that counts them; of the accounts given only, or churned ones too."""
    placed = place_accounts(book)
    if accounts is not None:
        placed = placed.join(accounts.select("account_id"), on="account_id", how="semi")
    return (
        book.opportunities.filter(wanted)
        .join(placed, on="account_id")
        .select(*KEYS, "account_id", *columns, record_id="opportunity_id")
        .select(*KEYS, "record_id", "account_id", *columns)
        .sort(*KEYS, "record_id")
    )


def _quotas(rows: pl.DataFrame, book: Book, columns: Sequence[str]) -> pl.DataFrame:
    layers = book.territories.select("territory_id", pl.col("layer").fill_null(""))
    period = pl.format("{} to {}", "period_start", "period_end")
    return (
        rows.join(layers, on="territory_id")
        .select(*KEYS, pl.format("{} {}", "territory_id", period).alias("record_id"), *columns)
        .sort(*KEYS, "record_id")
    )


_SOURCES: dict[str, Callable[..., tuple[Records, ...]]] = {
    "accounts": _accounts(),
    "qualified": _accounts("fits_icp", "buying", "can_expand", only="qualified"),
    "potential": _accounts(
        "potential",
        "potential_source",
        *(f"potential_{part}" for part in PARTS),
        "is_whitespace",
        numerator="potential",
    ),
    "workload_share": _workload,
    "pipeline_ttm": _pipeline,
    "coverage": _open(numerator="amount_cents", with_quota=True),
    "active_opportunities": _open(numerator="1", with_quota=False),
    "deal_size": _deal_size,
    "win_rate": _win_rate,
    "attainment": _attainment,
}
