"""What each account is worth of its territory's quota, and which of its deals stay with the rep who has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.foundation.rounding import share_out
from evenhand.policy.pipeline_rules import number_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy


def account_parts(statement: Statement, opening: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_accounts,) cents of its territory's quota that each account is worth; they add up to the quota.

    By potential; where a territory's accounts have none, each is worth the same.
    """
    weight = account_weights(statement)
    parts = np.zeros(len(statement.present), dtype=np.int64)
    order = np.argsort(statement.present, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(statement.present, minlength=len(opening)))[:-1])
    for t, members in enumerate(groups):
        if len(members) and opening[t]:
            shares = weight[members]
            parts[members] = share_out(int(opening[t]), shares if shares.sum() > 0 else np.ones(len(members)))
    return parts


def account_weights(statement: Statement) -> NDArray[np.float64]:
    """(n_accounts,) what quotas are in proportion to: potential, or the number of accounts where it isn't known."""
    weights: NDArray[np.float64] = statement.amounts.get("potential", statement.amounts["accounts"])
    return weights


def kept_pipeline(book: Book, statement: Statement, policy: Policy) -> NDArray[np.int64]:
    """(n_accounts,) cents of open deals that stay with the present rep through close, should the account move.

    Notes
    -----
    Those whose first matching pipeline rule transfers them at close. A deal of unknown stage counts as late: what
    can't be excluded counts. Nobody keeps the deals of a territory that is emptied.

    References
    ----------
    Policy entry ``handoff.rules``.
    """
    if not policy.quotas.keep_pipeline or not book.opportunities.height:
        return np.zeros(len(statement.present), dtype=np.int64)
    still_open = book.opportunities.filter(STILL_OPEN)
    at_close = [i for i, rule in enumerate(policy.handoff.rules) if rule.transfer == "at close"]
    keeps = number_rules(policy.handoff.rules, still_open, book.as_of).is_in(at_close)
    kept = still_open.filter(keeps).group_by("account_id").agg(pl.col("amount_cents").sum())
    amounts = (
        statement.accounts.select("account_id")
        .join(kept, on="account_id", how="left", maintain_order="left")["amount_cents"]
        .fill_null(0)
        .to_numpy()
        .astype(np.int64)
    )
    return np.where(statement.setting.is_emptied[statement.present], 0, amounts)
