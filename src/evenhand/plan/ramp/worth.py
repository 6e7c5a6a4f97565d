"""What a day of normal business with each account is worth, in cents and in hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.windows import TTM_MONTHS, months_before
from evenhand.plan.quotas.expected import expect_attainment
from evenhand.plan.quotas.parts import account_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.quotas import QuotaBridge
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_YEAR_DAYS = 365


def value_accounts(book: Book, statement: Statement, policy: Policy, bridge: QuotaBridge) -> pl.DataFrame:
    """Say what a day of each active account is worth.

    Returns
    -------
    pl.DataFrame
        account_id, cents_a_day, hours_a_day, sorted by account_id. cents_a_day is null where the book has neither
        quotas nor won deals with amounts.

    Notes
    -----
    cents_a_day = the account's part of its present seat's quota × that seat's expected attainment ÷ days; without
    quotas, its share of the potential × what the firm won in the trailing twelve months ÷ 365. hours_a_day = workload
    hours ÷ 365.
    """
    first = bridge.first
    cents: NDArray[np.float64] | None
    if first.opening.sum() > 0:
        expected = expect_attainment(book, statement, first.opening, policy)
        cents = first.parts * expected.ratio[statement.present] / max(first.period.n_remaining, 1)
    else:
        cents = _by_wins(book, statement)
    hours = statement.amounts.get("workload", np.zeros(len(statement.present))) / _YEAR_DAYS
    return statement.accounts.select(
        "account_id",
        cents_a_day=pl.lit(None, dtype=pl.Float64) if cents is None else pl.Series(cents, dtype=pl.Float64),
        hours_a_day=pl.Series(hours, dtype=pl.Float64),
    )


def _by_wins(book: Book, statement: Statement) -> NDArray[np.float64] | None:
    since = months_before(book.as_of, TTM_MONTHS)
    won = book.opportunities.filter(
        pl.col("is_won").fill_null(value=False) & (pl.col("closed_on") > since) & (pl.col("closed_on") <= book.as_of)
    )["amount_cents"].sum()
    weight = account_weights(statement)
    if not won or weight.sum() <= 0:
        return None
    worth: NDArray[np.float64] = weight / weight.sum() * float(won) / _YEAR_DAYS
    return worth
