"""The tables with a row for each thing that happened: ownership, opportunities, activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.app.sample.activity import KINDS
from evenhand.app.sample.calendar import NEVER, as_dates
from evenhand.app.sample.columns import ids, pick, width_for
from evenhand.app.sample.deals import STAGES, TYPES

if TYPE_CHECKING:
    from evenhand.app.sample.making import Made


def ownership_rows(made: Made, account_ids: pl.Series, territory_ids: pl.Series) -> pl.DataFrame:
    """Return which territory each account was in when, by account and date."""
    handovers, created = made.handovers, made.customers.created_on
    had = np.flatnonzero(handovers.before >= 0)
    moved = np.flatnonzero(handovers.moved_on != NEVER)
    first_start = np.where(handovers.before >= 0, handovers.before_until, created)
    at_home = np.arange(made.customers.n)
    home_until = np.where(handovers.moved_on != NEVER, handovers.moved_on - 1, NEVER)
    account = np.concatenate([had, at_home, moved])
    seat = np.concatenate([handovers.before[had], handovers.home, handovers.now[moved]])
    starts = np.concatenate([created[had], first_start, handovers.moved_on[moved]])
    ends = np.concatenate([handovers.before_until[had] - 1, home_until, np.full(len(moved), NEVER)])
    churned = made.customers.churned_on[account]
    ends = np.where((ends == NEVER) & (churned != NEVER), churned, ends)
    order = np.lexsort((starts, account))
    return pl.DataFrame(
        {
            "account_id": pick(account_ids, account[order]),
            "territory_id": pick(territory_ids, seat[order]),
            "starts_on": as_dates(starts[order]),
            "ends_on": as_dates(ends[order]),
        }
    )


def opportunity_rows(made: Made, account_ids: pl.Series, rep_ids: pl.Series, manager_ids: pl.Series) -> pl.DataFrame:
    """Return the opportunities; one that closed while the seat was vacant is in the name of its manager."""
    deals = made.deals
    n = len(deals.account)
    owners = pl.concat([rep_ids, manager_ids])
    owner = np.where(deals.rep >= 0, deals.rep, len(rep_ids) + made.layout.area[deals.seat])
    return pl.DataFrame(
        {
            "opportunity_id": ids("O", n, width_for(n, 7)),
            "account_id": pick(account_ids, deals.account),
            "rep_id": pick(owners, owner),
            "type": pick(TYPES, deals.kind),
            "stage": pick(STAGES, deals.stage),
            "stage_number": deals.stage,
            "amount": deals.amount,
            "created_on": as_dates(deals.created_on),
            "closed_on": as_dates(deals.closed_on),
            "is_closed": deals.is_closed,
            "is_won": deals.is_won,
        }
    )


def activity_rows(made: Made, account_ids: pl.Series, rep_ids: pl.Series) -> pl.DataFrame:
    """Return the contacts in order of day."""
    contacts = made.contacts
    return pl.DataFrame(
        {
            "account_id": pick(account_ids, contacts.account),
            "rep_id": pick(rep_ids, contacts.rep),
            "kind": pick(KINDS, contacts.kind),
            "happened_on": as_dates(contacts.day),
        }
    )
