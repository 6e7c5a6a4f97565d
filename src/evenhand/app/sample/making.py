"""The parts of a made firm as columns of numbers, before they are written out as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.activity import Contacts, make_contacts
from evenhand.app.sample.calendar import History, history_of
from evenhand.app.sample.customers import Customers, make_customers
from evenhand.app.sample.deals import Deals, make_deals, match_attainment, quota_level
from evenhand.app.sample.effects import Attainment, Effects, draw_attainment, draw_effects
from evenhand.app.sample.history import Handovers, hand_over
from evenhand.app.sample.seats import Layout, lay_out_seats, level_pools, place_customers
from evenhand.app.sample.staffing import RAMPING_CAPACITY, Staffing, ramping_seats, staff_seats
from evenhand.app.sample.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evenhand.app.sample.request import FirmRequest

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

QUOTA_GROWTH_PER_QUARTER, SIGMA_QUOTA = 0.015, 0.04
QUOTA_STEP = 500


@dataclass
class Made:
    """Everything about the firm, by index of account, seat and rep.

    Attributes
    ----------
    quota
        Units of currency, shape (n_seats, quarters in ``history.starts``).
    attained
        Units of currency, shape (n_seats, completed quarters).
    """

    request: FirmRequest
    streams: Streams
    history: History
    customers: Customers
    layout: Layout
    capacity_share: Floats
    staffing: Staffing
    effects: Effects
    handovers: Handovers
    attainment: Attainment
    deals: Deals
    contacts: Contacts
    quota: Ints
    attained: Ints


def make_parts(request: FirmRequest, empty_seats: Callable[[Staffing, Layout, History], None]) -> Made:
    """Make the firm from its arguments.

    Parameters
    ----------
    request
        Checked arguments.
    empty_seats
        What the story does to the seats before anything is sold; it changes the staffing.
    """
    streams, history = Streams(request.seed), history_of(request)
    customers = make_customers(request.n_accounts, history, streams)
    layout = lay_out_seats(customers, request.n_territories)
    staffing = staff_seats(layout, history, streams)
    capacity_share = np.ones(layout.n_seats)
    capacity_share[ramping_seats(staffing, layout, history)] = RAMPING_CAPACITY
    customers.potential = level_pools(customers, layout, capacity_share)
    empty_seats(staffing, layout, history)

    effects = draw_effects(layout.n_seats, staffing.n_reps, streams)
    placement = place_customers(customers, layout, capacity_share, effects.territory, history.first_day, streams)
    handovers = hand_over(customers, placement, layout, history, streams)
    attainment = draw_attainment(effects, staffing, layout, history, streams)
    deals = make_deals(customers, handovers, layout, staffing, effects, capacity_share, history, streams)
    quota = _quotas(quota_level(deals, capacity_share, history), capacity_share, history, streams)
    attained = match_attainment(deals, quota, attainment, history)
    contacts = make_contacts(customers, handovers, staffing, history, streams)
    return Made(
        request,
        streams,
        history,
        customers,
        layout,
        capacity_share,
        staffing,
        effects,
        handovers,
        attainment,
        deals,
        contacts,
        quota,
        attained,
    )


def _quotas(level: float, capacity_share: Floats, history: History, streams: Streams) -> Ints:
    """Quotas follow the seat's capacity and grow; they did not follow the accounts, which is the firm's trouble."""
    shape = (len(capacity_share), len(history.starts))
    quarters = np.arange(shape[1]) - (history.n_completed - 1) / 2
    growth = (1 + QUOTA_GROWTH_PER_QUARTER) ** quarters
    noise = np.exp(SIGMA_QUOTA * streams.normal("quota", shape[0] * shape[1])).reshape(shape)
    exact = level * capacity_share[:, None] * growth[None, :] * noise
    return np.maximum(np.rint(exact / QUOTA_STEP).astype(np.int64), 1) * QUOTA_STEP
