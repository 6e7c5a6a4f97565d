"""When each account was handed from its old seat to its present one, and what it was in before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.calendar import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.customers import Customers
    from evenhand.app.sample.seats import Layout, Placement
    from evenhand.app.sample.streams import Streams

    Ints = NDArray[np.int64]

EARLIER_SHARE = 0.06
"""Share of the old accounts that had one more owner before the history begins."""
LEAN_TO_EARLY = 1.5


@dataclass(frozen=True)
class Handovers:
    """The seats an account has been in.

    Attributes
    ----------
    before
        The seat before ``home``, −1 where there was none.
    before_until
        The day it left that one, `NEVER` where there was none.
    home, now
        The seat at the start of the history, and today's.
    moved_on
        First day in today's, `NEVER` where it is the same.
    """

    before: Ints
    before_until: Ints
    home: Ints
    now: Ints
    moved_on: Ints

    def seat_at(self, account: Ints, day: Ints) -> Ints:
        """Return the seat each account was in on that day of the history."""
        moved = self.moved_on[account]
        return np.where((moved != NEVER) & (day < moved), self.home[account], self.now[account])


def hand_over(
    customers: Customers, placement: Placement, layout: Layout, history: History, streams: Streams
) -> Handovers:
    """Date the hand-overs; a family goes on one day.

    An account that came later, or had left by then, was in today's seat all along.
    """
    n, head = customers.n, customers.head
    span = history.as_of - history.first_day
    days = 60 + (span - 90) * streams.uniform("moved_on", n) ** LEAN_TO_EARLY
    # Hand-overs were done on Mondays; 1970-01-05 was one.
    day = history.first_day + days.astype(np.int64)
    day = (day - (day - 4) % 7)[head]
    arrived_later = customers.created_on >= day - 30
    gone = (customers.churned_on != NEVER) & (customers.churned_on <= day)
    now = placement.now
    home = np.where(arrived_later | gone, now, placement.home)
    moved_on = np.where(home != now, day, NEVER)

    neighbour = np.where(home + 1 < layout.n_seats, home + 1, home - 1)
    neighbour = np.where(layout.pool[neighbour] == layout.pool[home], neighbour, home - 1)
    same_pool = (neighbour >= 0) & (layout.pool[neighbour] == layout.pool[home])
    until = history.first_day - 30 - (700 * streams.uniform("before_until", n)).astype(np.int64)
    had = (streams.uniform("had_before", n) < EARLIER_SHARE) & same_pool & (customers.created_on < until - 60)
    return Handovers(np.where(had, neighbour, -1), np.where(had, until, NEVER), home, now, moved_on)
