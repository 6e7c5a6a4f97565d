"""Opportunities and days, counted so that accounts in new hands can be compared with those that stayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.plan.ramp.records import YEAR_DAYS, pair_deals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.ramp.records import Records

    Floats = NDArray[np.float64]
    Index = NDArray[np.intp]

N_GROUPS = 50
"""Families are dealt into so many groups; how much an estimate moves as each is left out is its uncertainty."""
_BLOCK_DAYS = 30


@dataclass(frozen=True, eq=False)
class Counts:
    """Opportunities and days by group (axis 0); a cell is a segment in a block of the calendar.

    Attributes
    ----------
    deals, days
        (groups, steps + 1) and (groups, steps + 1, cells) of the accounts that changed hands; step 0 is the year
        before.
    stayed_deals, stayed_days
        (groups, cells) of those that never did.
    block
        (cells,) the block of the calendar of each cell.
    """

    deals: Floats
    days: Floats
    stayed_deals: Floats
    stayed_days: Floats
    block: Index


def count_deals(records: Records, ends: Floats, before_days: int) -> Counts:
    """Count opportunities and days before and after the transfers, and of accounts that stayed.

    Parameters
    ----------
    ends
        (n_steps,) days after the transfer at which each step ends.
    before_days
        Days just before a transfer that belong to neither.
    """
    n_segments = int(records.segment.max(initial=0)) + 1
    n_blocks = (records.as_of - records.first_day) // _BLOCK_DAYS + 1
    stayed_deals, stayed_days = _count_stayed(records, n_segments, n_blocks)
    return Counts(
        _count_transferred_deals(records, ends, before_days),
        _count_transferred_days(records, ends, before_days, n_segments, n_blocks),
        stayed_deals,
        stayed_days,
        np.tile(np.arange(n_blocks), n_segments),
    )


def _count_stayed(records: Records, n_segments: int, n_blocks: int) -> tuple[Floats, Floats]:
    group = records.family % N_GROUPS
    stayed = np.flatnonzero(records.stayed)
    days = np.zeros((N_GROUPS, n_segments, n_blocks))
    row = group[stayed] * n_segments + records.segment[stayed]
    for block in range(n_blocks):
        last = records.as_of - _BLOCK_DAYS * block
        first = np.maximum(last - _BLOCK_DAYS + 1, np.maximum(records.first_day, records.grown_on[stayed]))
        length = np.clip(np.minimum(last, records.churned_on[stayed] - 1) - first + 1, 0, None)
        days[:, :, block] = np.bincount(row, length, N_GROUPS * n_segments).reshape(N_GROUPS, n_segments)
    day, account = records.deal_day, records.deal_account
    counted = records.stayed[account] & (day >= records.first_day) & (day >= records.grown_on[account])
    counted &= day < records.churned_on[account]
    n_cells = n_segments * n_blocks
    cell = records.segment[account] * n_blocks + (records.as_of - day) // _BLOCK_DAYS
    deals = np.bincount((group[account] * n_cells + cell)[counted], minlength=N_GROUPS * n_cells)
    return deals.reshape(N_GROUPS, n_cells).astype(np.float64), days.reshape(N_GROUPS, n_cells)


def _count_transferred_days(records: Records, ends: Floats, before_days: int, n_segments: int, n_blocks: int) -> Floats:
    owner, moved_on, n_cells = records.transfer_account, records.transfer_day, n_segments * n_blocks
    row = (records.family % N_GROUPS)[owner] * n_cells + records.segment[owner] * n_blocks
    counts_from, normal_from = _counts_from(records)
    total = np.zeros((N_GROUPS, len(ends) + 1, n_cells))
    starts = np.concatenate([[0.0], ends[:-1]])
    back = [(start, min(start + _BLOCK_DAYS, YEAR_DAYS)) for start in range(0, YEAR_DAYS, _BLOCK_DAYS)]
    pieces = [(0, -before_days - end, -before_days - start) for start, end in back]
    pieces += [(s + 1, int(starts[s]), int(ends[s])) for s in range(len(ends))]
    for step, first, end in pieces:
        begin = np.maximum(moved_on + first, counts_from if step else normal_from)
        until = np.minimum(moved_on + end, records.until)
        some = until > begin
        # A piece is in the block of its middle; it is no longer than a block or two.
        block = np.clip((records.as_of - (begin + until) // 2) // _BLOCK_DAYS, 0, n_blocks - 1)
        days = np.bincount((row + block)[some], (until - begin)[some], N_GROUPS * n_cells)
        total[:, step] += days.reshape(N_GROUPS, n_cells)
    return total


def _count_transferred_deals(records: Records, ends: Floats, before_days: int) -> Floats:
    counts_from, normal_from = _counts_from(records)
    row, deal = pair_deals(records, records.transfer_account)
    day = records.deal_day[deal]
    since = day - records.transfer_day[row]
    is_before = (since < -before_days) & (since >= -before_days - YEAR_DAYS) & (day >= normal_from[row])
    is_after = (since >= 0) & (since < ends[-1]) & (day < records.until[row]) & (day >= counts_from[row])
    step = np.where(is_before, 0, np.searchsorted(ends, since, side="right") + 1)
    group = (records.family % N_GROUPS)[records.transfer_account][row]
    counted = is_before | is_after
    n = len(ends) + 1
    deals = np.bincount((group * n + step)[counted], minlength=N_GROUPS * n)
    return deals.reshape(N_GROUPS, n).astype(np.float64)


def _counts_from(records: Records) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n_transfers,) the day from which each account counts, and from which what it brings is normal."""
    counts_from = np.maximum(records.first_day, records.grown_on[records.transfer_account])
    return counts_from, np.maximum(counts_from, records.settled_on)
