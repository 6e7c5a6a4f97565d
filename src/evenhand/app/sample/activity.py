"""Calls, meetings and mails with accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.calendar import NEVER
from evenhand.app.sample.customers import QUIET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.customers import Customers
    from evenhand.app.sample.history import Handovers
    from evenhand.app.sample.staffing import Staffing
    from evenhand.app.sample.streams import Streams

    Ints = NDArray[np.int64]

KINDS = ("email", "call", "meeting", "demo")
KIND_SHARES = (0.45, 0.35, 0.15, 0.05)
CONTACTS = np.array([0.8, 3.2, 7.0])
"""Contacts on record with a quiet, warm or hot account, besides the latest one of those not quiet."""
MEAN_AGE_DAYS = np.array([0.0, 110.0, 80.0])
QUIET_DAYS = 95
"""Nobody has been in touch with a quiet account for at least so long."""
LATEST_WITHIN_DAYS = 80
NO_TRACE_SHARE = 0.4
"""Share of the accounts without a contact on record whose last one isn't known either."""


@dataclass
class Contacts:
    """Contacts as columns in order of day, and the day of each account's last one (`NEVER` where unknown)."""

    account: Ints
    rep: Ints
    kind: Ints
    day: Ints
    last_on: Ints


def make_contacts(
    customers: Customers, handovers: Handovers, staffing: Staffing, history: History, streams: Streams
) -> Contacts:
    """Draw the contacts of the history; each is by the rep who covered the account's seat that day."""
    n, state = customers.n, customers.state
    engaged = np.flatnonzero(state != QUIET)
    n_earlier = streams("contacts").poisson(CONTACTS[state])
    earlier = np.repeat(np.arange(n), n_earlier)
    u = streams.uniform("contact day", len(earlier))
    age = np.where(
        state[earlier] == QUIET,
        QUIET_DAYS + u * (history.as_of - history.first_day - QUIET_DAYS),
        -np.log1p(-u) * MEAN_AGE_DAYS[state[earlier]],
    )
    latest_age = LATEST_WITHIN_DAYS * streams.uniform("latest contact", len(engaged)) ** 1.5
    account = np.concatenate([earlier, engaged])
    day = history.as_of - np.concatenate([age, latest_age]).astype(np.int64)
    created = customers.created_on[account]
    is_latest = np.arange(len(account)) >= len(earlier)
    day = np.where(is_latest, np.maximum(day, np.minimum(created + 1, history.as_of)), day)
    churned = customers.churned_on[account]
    keep = (day >= history.first_day) & (day >= created) & ((churned == NEVER) | (day <= churned))
    # People rarely write at weekends: what falls on one is put on the Friday before, unless that's too early.
    weekend = np.maximum((day + 3) % 7 - 4, 0)
    day = np.where(day - weekend >= created, day - weekend, day)
    keep &= day >= history.first_day
    account, day = account[keep], day[keep]
    order = np.lexsort((account, day))
    account, day = account[order], day[order]

    seat = handovers.seat_at(account, day)
    spell = staffing.spell_at(seat, day)
    rep = np.where(staffing.covers(spell, day), staffing.rep[spell], -1)
    cumulative = np.cumsum(KIND_SHARES)
    kind = np.minimum(np.searchsorted(cumulative, streams.uniform("contact kind", len(day)), side="right"), 3)
    last_on = np.full(n, NEVER, dtype=np.int64)
    last_on[account] = day  # in order of day: the last one stays
    return Contacts(account, rep, kind, day, _with_older(last_on, customers, history, streams))


def _with_older(last_on: Ints, customers: Customers, history: History, streams: Streams) -> Ints:
    """Give accounts without a contact on record one from before the history, where they are that old."""
    end = np.minimum(history.first_day - 1, history.as_of - QUIET_DAYS)
    old = (last_on == NEVER) & (customers.created_on < end)
    old &= streams.uniform("has trace", customers.n) >= NO_TRACE_SHARE
    u = streams.uniform("old contact", customers.n)
    day = customers.created_on + (u * (end - customers.created_on)).astype(np.int64)
    return np.where(old, day, last_on)
