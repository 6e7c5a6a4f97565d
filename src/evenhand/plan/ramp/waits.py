"""How long it takes after a transfer until an account has an opportunity again, and its normal pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.ramp.records import YEAR_DAYS, pair_deals
from evenhand.plan.ramp.survival import Survival, estimate_survival

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.ramp.records import Records
    from evenhand.policy import Policy

    Days = NDArray[np.int64]
    Index = NDArray[np.intp]

_QUARTERS = 4


@dataclass(frozen=True)
class Waits:
    """How long accounts waited, those that were transferred and those that stayed.

    Attributes
    ----------
    first_opportunity, first_opportunity_stayed
        Until the first opportunity is created.
    normal_pipeline, normal_pipeline_stayed
        Until as much pipeline has been created as the account used to bring in a quarter of the year before; of
        accounts that brought some.
    """

    first_opportunity: Survival | None
    first_opportunity_stayed: Survival | None
    normal_pipeline: Survival | None
    normal_pipeline_stayed: Survival | None


def measure_waits(records: Records, policy: Policy) -> Waits:
    """Measure how long accounts waited after a transfer, and how long those that stayed wait from such days on.

    Notes
    -----
    An account that was transferred again, lost, or hasn't got there by the book's date counts for as long as it could
    be followed. Accounts that stayed are followed from the days of the transfers, dealt out among them in turn.
    """
    day = records.transfer_day
    n = len(day)
    stayed = np.flatnonzero(records.stayed)
    turn = np.sort(day)[np.arange(len(stayed)) % n] if n else np.zeros(len(stayed), dtype=np.int64)
    alive = (turn >= records.grown_on[stayed]) & (turn < records.churned_on[stayed])
    stayed, turn = stayed[alive], turn[alive]
    end = np.minimum(records.churned_on[stayed], records.as_of + 1)
    grown = day >= records.grown_on[records.transfer_account]
    moved = (records.transfer_account[grown], day[grown], records.until[grown], records.settled_on[grown])
    still = (stayed, turn, end, np.full(len(stayed), records.first_day))
    confidence = policy.ramp.confidence_share
    return Waits(
        _until_first(records, moved, confidence),
        _until_first(records, still, confidence),
        _until_normal(records, moved, policy.ramp.before_days, confidence),
        _until_normal(records, still, policy.ramp.before_days, confidence),
    )


def _until_first(records: Records, rows: tuple[Index, Days, Days, Days], confidence: float) -> Survival | None:
    account, day, until, _ = rows
    row, deal = pair_deals(records, account)
    when = records.deal_day[deal]
    after = (when >= day[row]) & (when < until[row])
    first = np.full(len(account), np.iinfo(np.int64).max)
    np.minimum.at(first, row[after], when[after])
    return _survive(first, day, until, confidence)


def _until_normal(
    records: Records, rows: tuple[Index, Days, Days, Days], before_days: int, confidence: float
) -> Survival | None:
    account, day, until, settled_on = rows
    row, deal = pair_deals(records, account)
    when, amount = records.deal_day[deal], records.deal_amount[deal]
    year_from = day - before_days - YEAR_DAYS
    before = (when >= year_from[row]) & (when < (day - before_days)[row])
    normal = np.bincount(row[before], amount[before], len(account)) / _QUARTERS
    after = (when >= day[row]) & (when < until[row])
    row, when, amount = row[after], when[after], amount[after]
    running = np.cumsum(amount)
    starts = np.searchsorted(row, np.arange(len(account)))
    offset = np.append(0, running)[starts]
    enough = running - offset[row] >= normal[row]
    first = np.full(len(account), np.iinfo(np.int64).max)
    np.minimum.at(first, row[enough], when[enough])
    known = (normal > 0) & (year_from >= np.maximum(records.first_day, settled_on))
    return _survive(first[known], day[known], until[known], confidence)


def _survive(first: Days, day: Days, until: Days, confidence: float) -> Survival | None:
    happened = first < until
    # The day itself counts as half a day, since a time of 0 can't be told from never having waited.
    length = np.maximum(np.where(happened, first, until) - day, 0.5)
    return estimate_survival(length.astype(np.float64), happened, confidence)
