"""What moves as one: an account, a family, or everything of an area, within one territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Units:
    """Which account belongs to which unit.

    Units are numbered by their first account, accounts by account_id.
    """

    unit_of_account: NDArray[np.intp]
    """(n_accounts,)"""
    n_units: int
    n_split_families: int
    """Families whose accounts are in several territories; each territory's part of one is a unit."""

    def total(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n_units,) the sum over the accounts of each unit."""
        return np.bincount(self.unit_of_account, weights=amounts, minlength=self.n_units).astype(np.float64)

    def largest(self, values: NDArray[Any]) -> NDArray[Any]:
        """(n_units,) the greatest value among the accounts of each unit."""
        result = np.zeros(self.n_units, dtype=values.dtype)
        np.maximum.at(result, self.unit_of_account, values)
        return result

    @property
    def first_account(self) -> NDArray[np.intp]:
        """(n_units,) the first account of each unit."""
        first: NDArray[np.intp] = np.unique(self.unit_of_account, return_index=True)[1]
        return first

    def heaviest_account(self, amounts: NDArray[np.float64]) -> NDArray[np.intp]:
        """(n_units,) the account of each unit that has the largest amount; of equal ones the first."""
        order = np.lexsort((-amounts, self.unit_of_account))
        firsts = np.searchsorted(self.unit_of_account[order], np.arange(self.n_units))
        return order[firsts]


def form_units(accounts: pl.DataFrame, policy: Policy) -> Units:
    """Join accounts that must move together.

    Parameters
    ----------
    accounts
        Sorted by account_id: account_id, parent_account_id, territory_id, and the column of
        `moves.keep_areas_together` where that is on.

    Notes
    -----
    Two accounts are in one unit if a chain of shared families (root of parent_account_id) and shared areas within
    one territory connects them. Uniting a family whose accounts are in several territories is not forced: that
    would move accounts that nothing else moves.
    """
    n = accounts.height
    if n == 0:
        return Units(np.zeros(0, np.intp), 0, 0)
    rows = pl.Series("row", np.arange(n))
    keyed = accounts.with_columns(rows)
    root = find_families(accounts)
    edges = []
    n_split = 0
    if policy.moves.keep_families_together:
        families = keyed.with_columns(root=pl.Series(root))
        edges.append(_first_row_with(families, ["root", "territory_id"]))
        n_split = int((families.group_by("root").agg(n=pl.col("territory_id").n_unique())["n"] > 1).sum())
    area = policy.moves.keep_areas_together
    if area != "off":
        here = pl.when(pl.col(area).is_null()).then(pl.col("account_id")).otherwise(pl.col(area))
        edges.append(_first_row_with(keyed.with_columns(area=here), ["area", "territory_id"]))
    if not edges:
        return Units(np.arange(n), n, 0)
    tail = np.tile(np.arange(n), len(edges))
    head = np.concatenate(edges)
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    n_units, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    rank = np.empty(n_units, dtype=np.intp)
    rank[labels[np.sort(first)]] = np.arange(n_units)
    return Units(rank[labels], int(n_units), n_split)


def find_families(accounts: pl.DataFrame) -> NDArray[np.intp]:
    """(n,) the row of each account's topmost parent: its family; an account whose parent isn't here is its own.

    Parameters
    ----------
    accounts
        account_id, parent_account_id.
    """
    n = accounts.height
    ids = accounts.select("account_id", parent_row=pl.Series(np.arange(n)))
    parents = accounts.select(account_id="parent_account_id").join(
        ids, on="account_id", how="left", maintain_order="left"
    )["parent_row"]
    roots = parents.fill_null(pl.Series(np.arange(n))).to_numpy().astype(np.intp)
    for _ in range(n.bit_length() + 1):
        above = roots[roots]
        if np.array_equal(above, roots):
            break
        roots = above
    return roots


def _first_row_with(keyed: pl.DataFrame, keys: list[str]) -> NDArray[np.intp]:
    return keyed.select(pl.col("row").min().over(keys))["row"].to_numpy().astype(np.intp)
