"""Account families: a parent, its children and theirs."""

from __future__ import annotations

import polars as pl

MOST_GENERATIONS = 64
"""Deeper families are taken for a circle; admitting refuses those."""


def find_families(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return each account's family by the account at its top.

    Returns
    -------
    pl.DataFrame
        account_id, family_id (its own id for an account alone); sorted by account_id.
    """
    parents = accounts.select("account_id", "parent_account_id").drop_nulls()
    families = accounts.select("account_id", family_id="account_id").sort("account_id")
    step = parents.select(family_id="account_id", above="parent_account_id")
    for _ in range(MOST_GENERATIONS):
        climbed = families.join(step, on="family_id", how="left", maintain_order="left")
        if climbed["above"].null_count() == climbed.height:
            break
        families = climbed.select("account_id", family_id=pl.coalesce("above", "family_id"))
    return families
