"""What the firm's ramp is taken to be: learned from its own transfers where there are enough, else by the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.plan.ramp.productivity import Productivity, measure_productivity
from evenhand.plan.ramp.records import read_records
from evenhand.plan.ramp.transfers import list_transfers
from evenhand.plan.ramp.waits import Waits, measure_waits

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

LEARNED, TABLE = "learned", "policy"


@dataclass(frozen=True)
class RampBasis:
    """How long accounts take in new hands, and how that is known.

    Attributes
    ----------
    source
        "learned" or "policy".
    why
        Which was used and why, in a sentence.
    n_transfers
        Past transfers that could be followed.
    productivity, waits
        What was learned; None where the table is used.
    """

    source: str
    why: str
    n_transfers: int
    productivity: Productivity | None = None
    waits: Waits | None = None

    @property
    def curve(self) -> pl.DataFrame:
        """Days (end of the step), share of normal business, low, high; empty where the table is used."""
        steps = self.productivity
        empty = np.zeros(0)
        columns = (steps.ends, steps.share, steps.low, steps.high) if steps is not None else (empty,) * 4
        return pl.DataFrame(dict(zip(("days", "share", "low", "high"), columns, strict=True)))

    def lost_by(self, days: float) -> float:
        """Return which share of what a ramp loses is lost within so many days (learned only)."""
        steps = self.productivity
        if steps is None:
            return 1.0
        loss = np.maximum(1 - steps.share, 0) * np.diff(steps.ends, prepend=0.0)
        reached = np.clip((days - np.append(0.0, steps.ends[:-1])) / np.diff(steps.ends, prepend=0.0), 0, 1)
        return float((loss * reached).sum() / loss.sum()) if loss.sum() > 0 else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        steps, waits = self.productivity, self.waits
        summary: dict[str, Any] = {"source": self.source, "why": self.why, "n_transfers": self.n_transfers}
        if steps is not None:
            summary["lost_days"] = [round(days, 3) for days in (steps.lost_days, steps.lost_low, steps.lost_high)]
            normal = (steps.normal_days, steps.normal_low, steps.normal_high)
            summary["normal_days"] = [days if days is None else round(days, 1) for days in normal]
            summary["curve"] = [{name: round(value, 4) for name, value in row.items()} for row in self.curve.to_dicts()]
        if waits is not None:
            summary["waits"] = {name: wait and wait.as_dict() for name, wait in vars(waits).items()}
        return summary


def learn_ramp(book: Book, policy: Policy) -> RampBasis:
    """Learn from the firm's own past transfers how long accounts take to sell as before, where there are enough.

    Notes
    -----
    Accounts that changed territory are learned from; where they are too few, also those whose territory changed rep.
    A transfer counts where it can be followed for a step (``ramp.step_days``).

    References
    ----------
    Policy entries ``ramp.*``.
    """
    least = policy.ramp.least_transfers
    if not book.has("opportunities", "created_on"):
        return RampBasis(
            TABLE, "The book doesn't say when opportunities were created, so the policy's table is used.", 0
        )
    n = 0
    for with_new_reps in (False, True):
        transfers = list_transfers(book, with_new_reps=with_new_reps)
        records = read_records(book, transfers, policy)
        n = int((records.until - records.transfer_day >= policy.ramp.step_days).sum())
        if n < least:
            continue
        productivity = measure_productivity(records, policy)
        if productivity is None:
            break
        kinds = "changed territory" if not with_new_reps else "changed territory or rep"
        why = (
            f"Learned from {n:,} past transfers: accounts that {kinds} in the last {policy.ramp.history_months} "
            f"months, compared with the year before and with {int(records.stayed.sum()):,} accounts that stayed."
        )
        return RampBasis(LEARNED, why, n, productivity, measure_waits(records, policy))
    if n >= least:
        why = "Nothing was created with transferred accounts in the year before, so there is no normal to compare with"
    else:
        why = f"The book tells of {n:,} past transfers that can be followed, fewer than the {least:,} it takes to learn"
    return RampBasis(TABLE, f"{why}; the policy's table of familiarity is used.", n)
