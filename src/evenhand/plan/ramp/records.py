"""Accounts, opportunities and transfers as arrays of days, as the estimates of ramp take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.policy import Policy

    Days = NDArray[np.int64]
    Index = NDArray[np.intp]

YEAR_DAYS = 365
MONTH_DAYS = 30.4375
YOUNG_DAYS = 180
"""New accounts have their own rhythm: so many days of an account's life are left out."""
_LONG_AGO, _FAR_OFF = -(10**7), 10**7


@dataclass(frozen=True, eq=False)
class Records:
    """What happened, in days since 1970-01-01.

    Attributes
    ----------
    as_of, first_day
        The book's date, and the first day that is looked at.
    segment, family
        (n_accounts,) numbers of each account's segment and family.
    grown_on, churned_on
        (n_accounts,) the day from which it counts, and the day it was lost.
    deal_account, deal_day, deal_amount
        (n_deals,) of every opportunity created by the book's date; cents, 0 where not known.
    transfer_account, transfer_day, until, settled_on
        (n_transfers,) see `list_transfers`; ``settled_on`` is when the one before it is taken to be over.
    """

    as_of: int
    first_day: int
    segment: Index
    family: Index
    grown_on: Days
    churned_on: Days
    deal_account: Index
    deal_day: Days
    deal_amount: Days
    transfer_account: Index
    transfer_day: Days
    until: Days
    settled_on: Days

    @property
    def n_accounts(self) -> int:
        """Accounts, churned ones too."""
        return len(self.segment)

    @property
    def stayed(self) -> NDArray[np.bool_]:
        """(n_accounts,) which never changed hands."""
        stayed = np.ones(self.n_accounts, dtype=bool)
        stayed[self.transfer_account] = False
        return stayed


def read_records(book: Book, transfers: pl.DataFrame, policy: Policy) -> Records:
    """Lay out the book's history for the estimates.

    Parameters
    ----------
    transfers
        Of `list_transfers`.
    """
    accounts = book.accounts.sort("account_id").with_columns(
        family=pl.coalesce("parent_account_id", "account_id"), segment=pl.col("segment").fill_null("")
    )
    index = accounts.select("account_id").with_row_index("account")
    deals = (
        book.opportunities.filter(pl.col("created_on") <= book.as_of)
        .join(index, on="account_id")
        .sort("account", "created_on", "opportunity_id")
    )
    as_of = _days(pl.Series([book.as_of]))[0]
    oldest = as_of - round(policy.ramp.history_months * MONTH_DAYS) - YEAR_DAYS
    deal_day = _days(deals["created_on"])
    moved = (
        transfers.join(index, on="account_id")
        .sort("account", "transferred_on")
        .with_columns(before_on=pl.col("transferred_on").shift(1).over("account"))
    )
    settled = _days(moved["before_on"], missing=_LONG_AGO) + policy.ramp.horizon_days
    recent = _days(moved["transferred_on"]) > oldest + YEAR_DAYS
    return Records(
        as_of=int(as_of),
        first_day=int(max(oldest, deal_day.min(initial=as_of))),
        segment=_number(accounts["segment"]),
        family=_number(accounts["family"]),
        grown_on=_days(accounts["created_on"], missing=_LONG_AGO) + YOUNG_DAYS,
        churned_on=_days(accounts["churned_on"], missing=_FAR_OFF),
        deal_account=deals["account"].to_numpy().astype(np.intp),
        deal_day=deal_day,
        deal_amount=deals["amount_cents"].fill_null(0).to_numpy().astype(np.int64),
        transfer_account=moved["account"].to_numpy().astype(np.intp)[recent],
        transfer_day=_days(moved["transferred_on"])[recent],
        until=_days(moved["until"])[recent],
        settled_on=settled[recent],
    )


def pair_deals(records: Records, account: Index) -> tuple[Index, Index]:
    """Return, for rows that each name an account, the pairs (row, deal) of that account, by row and then by day."""
    starts = np.searchsorted(records.deal_account, np.arange(records.n_accounts + 1))
    n = (starts[1:] - starts[:-1])[account]
    row = np.repeat(np.arange(len(account)), n)
    offset = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    return row, starts[account][row] + offset


def _days(dates: pl.Series, missing: int = _LONG_AGO) -> Days:
    return dates.cast(pl.Int32).cast(pl.Int64).fill_null(missing).to_numpy()


def _number(names: pl.Series) -> Index:
    return names.rank("dense").to_numpy().astype(np.intp) - 1
