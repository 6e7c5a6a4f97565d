"""What stays the same while a plan is edited by hand, worked out once so that each edit takes milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.diagnose.pools import find_pools
from evenhand.plan.alignment import measure_fit
from evenhand.plan.quotas import account_parts, find_periods, opening_quotas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.alignment import Fit
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_PRECISION = 1e-6


@dataclass(frozen=True, eq=False)
class Grounds:
    """What every edit of a plan is weighed on.

    Attributes
    ----------
    amounts
        (n_accounts, M) of every measure, those without a band too; columns as ``statement.bands.measures``.
    grades, n_earlier_moves
        (n_accounts,) of each account by itself.
    fit
        Of each account by itself.
    quota_cents
        (n_accounts,) what of its territory's quota each account is worth; zeros where the book has none.
    order, starts
        Accounts by unit, and where each unit's begin.
    pools
        (T,) territories that share one total have the same number.
    """

    book: Book
    policy: Policy
    statement: Statement
    amounts: NDArray[np.float64]
    grades: NDArray[np.int8]
    n_earlier_moves: NDArray[np.float64]
    fit: Fit
    quota_cents: NDArray[np.int64]
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    pools: NDArray[np.intp]

    def members(self, account: int) -> NDArray[np.intp]:
        """Find the accounts that move as one with an account, itself included."""
        unit = self.statement.units.unit_of_account[account]
        return self.order[self.starts[unit] : self.starts[unit + 1]]

    def misfit(self, members: NDArray[np.intp], territory: int) -> float:
        """Alignment cost of accounts that move as one to a territory; 0 for staying."""
        if territory == self.statement.present[members[0]]:
            return 0.0
        potential = self.statement.amounts.get("potential")
        heaviest = members[0] if potential is None else members[np.argmax(potential[members])]
        moves = self.policy.alignment.earlier_owners * self.n_earlier_moves[members].max()
        cost = float(self.fit.costs(np.array([heaviest]))[0, territory]) + float(moves)
        return round(cost / _PRECISION) * _PRECISION


def lay_grounds(book: Book, policy: Policy, statement: Statement) -> Grounds:
    """Work out once what every edit is weighed on."""
    accounts, units = statement.accounts, statement.units
    n_accounts = accounts.height
    names = statement.bands.measures
    order = np.argsort(units.unit_of_account, kind="stable")
    sizes = np.bincount(units.unit_of_account, minlength=units.n_units)
    earlier = accounts["n_earlier_moves"].to_numpy().astype(np.float64)
    fit = measure_fit(
        accounts,
        present=statement.present,
        representative=np.arange(n_accounts),
        n_earlier_moves=np.zeros(n_accounts),
        setting=statement.setting,
        policy=policy,
    )
    opening = opening_quotas(book, statement, find_periods(book, policy)[0])
    pools = statement.setting.territories.select("territory_id").join(
        find_pools(book, policy), on="territory_id", how="left", maintain_order="left"
    )
    return Grounds(
        book=book,
        policy=policy,
        statement=statement,
        amounts=np.stack([statement.amounts[name] for name in names], axis=1) if names else np.zeros((n_accounts, 0)),
        grades=accounts["grade"].to_numpy().astype(np.int8),
        n_earlier_moves=earlier,
        fit=fit,
        quota_cents=account_parts(statement, opening),
        order=order,
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
        pools=np.unique(pools["pool"].fill_null("").to_numpy(), return_inverse=True)[1].astype(np.intp),
    )
