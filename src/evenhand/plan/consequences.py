"""What follows from the moves of a plan for those in the seats: quotas, ramp and expected attainment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.plan.quotas import Fairness, QuotaBridge, bridge_quotas, predict_attainment
from evenhand.plan.ramp import Ramp, RampBasis, estimate_ramp, value_accounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Consequences:
    """What follows from an assignment.

    Attributes
    ----------
    method
        The way quotas were set, see the policy entry ``quotas.method``.
    """

    quotas: QuotaBridge
    ramp: Ramp
    fairness: Fairness
    method: str

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of a plan folder: quota_periods, fairness, ramp."""
        return {
            "quota_periods": self.quotas.by_period,
            "fairness": self.fairness.seats,
            "ramp": self.ramp.territories,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the totals as plain values for plan.json: quotas, fairness, ramp."""
        first = self.quotas.first
        opening, new = int(first.opening.sum()), int(first.new.sum())
        return {
            "quotas": {
                "method": self.method,
                "period_start": first.period.start.isoformat(),
                "period_end": first.period.end.isoformat(),
                "takes_effect_on": first.period.takes_effect_on.isoformat(),
                "n_days": first.period.n_days,
                "n_days_remaining": first.period.n_remaining,
                "opening_cents": opening,
                "new_cents": new,
                "difference_cents": new - opening,
                "teams": self.quotas.teams.to_dicts(),
            },
            "fairness": self.fairness.as_dict(),
            "ramp": self.ramp.as_dict(),
        }


def follow_moves(
    book: Book, policy: Policy, statement: Statement, assigned: NDArray[np.intp], *, basis: RampBasis | None = None
) -> Consequences:
    """Work out quotas, ramp and expected attainment for an assignment.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.
    basis
        Of `evenhand.plan.ramp.learn_ramp` for this book and policy, where it is at hand.
    """
    quotas = bridge_quotas(book, statement, assigned, policy)
    ids = pl.Series(statement.setting.ids, dtype=pl.String)
    moved = np.flatnonzero(assigned != statement.present)
    moves = pl.DataFrame(
        {
            "account_id": statement.accounts["account_id"].gather(moved),
            "from_territory_id": ids.gather(statement.present[moved]),
            "to_territory_id": ids.gather(assigned[moved]),
        }
    )
    ramp = estimate_ramp(book, policy, moves, value_accounts(book, statement, policy, quotas), basis)
    lost = ramp.lost_within(statement.setting.ids, quotas.first.period.n_remaining)
    fairness = predict_attainment(book, statement, assigned, policy, quotas, lost)
    return Consequences(quotas, ramp, fairness, policy.quotas.method)
