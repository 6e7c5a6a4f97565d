"""Opportunities: those that closed in the firm's history and those still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.calendar import NEVER
from evenhand.app.sample.customers import HOT, MEDIAN_POTENTIAL, QUIET, WARM
from evenhand.app.sample.effects import TYPE_LOG_ODDS, win_share
from evenhand.app.sample.ramp import came_about

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.customers import Customers
    from evenhand.app.sample.effects import Attainment, Effects
    from evenhand.app.sample.history import Handovers
    from evenhand.app.sample.seats import Layout
    from evenhand.app.sample.staffing import Staffing
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CLOSED_PER_QUARTER = np.array([0.23, 0.9, 1.85])
"""Opportunities that close a quarter with a quiet, warm or hot account of median potential, over the whole history."""
TYPES = tuple(TYPE_LOG_ODDS)
TYPE_SHARES_OF_CUSTOMERS = np.array([0.15, 0.4, 0.45])
TYPE_SIZE = np.array([0.45, 0.4, 0.2])
"""Amount as a share of the account's yearly potential, by type."""
SIGMA_AMOUNT = 0.45
CYCLE_DAYS, SIGMA_CYCLE = np.array([45, 80, 130]), 0.4
WON_STAGE, LOST_STAGE = 6, 7
STAGES = ("", "Discovery", "Qualification", "Evaluation", "Proposal", "Negotiation", "Closed won", "Closed lost")
STAGE_AGE = np.array([0.0, 0.12, 0.3, 0.5, 0.7, 0.88])
"""How much of its cycle an opportunity in the stage has behind it."""
MORE_OPEN, OPEN_SIZE = 1.1, 1.5
"""Further open opportunities of a hot account; what is hoped for against what deals turn out to be."""
LEAST_SCALE, MOST_SCALE = 0.2, 5.0
AMOUNT_STEP = 50


@dataclass
class Deals:
    """Opportunities as columns, one entry each, in the order they were created.

    Attributes
    ----------
    seat
        The seat the account was in when it closed, or is in.
    rep
        Index of the rep who owns it, −1 where it closed while the seat was vacant.
    kind
        Index in `TYPES`.
    closed_on
        For an open one the day it is expected to.
    """

    account: Ints
    seat: Ints
    rep: Ints
    kind: Ints
    stage: Ints
    amount: Ints
    created_on: Ints
    closed_on: Ints

    @property
    def is_closed(self) -> NDArray[np.bool_]:
        """Whether each has closed."""
        closed: NDArray[np.bool_] = self.stage >= WON_STAGE
        return closed

    @property
    def is_won(self) -> NDArray[np.bool_]:
        """Whether each was won."""
        won: NDArray[np.bool_] = self.stage == WON_STAGE
        return won


def make_deals(
    customers: Customers,
    handovers: Handovers,
    layout: Layout,
    staffing: Staffing,
    effects: Effects,
    capacity_share: Floats,
    history: History,
    streams: Streams,
) -> Deals:
    """Draw the opportunities; amounts are not yet brought in line with what the seats attained."""
    rate = _rates(customers, handovers.now, layout, effects, capacity_share)
    closed, closed_on = _closings(customers, rate, history, streams)
    opened, stage, created_on, expected_on = _open(customers, history, streams)
    n_closed = len(closed)
    account = np.concatenate([closed, opened])
    day = np.concatenate([closed_on, expected_on])
    seat = handovers.seat_at(account, np.minimum(day, history.as_of))
    spell = staffing.spell_at(seat, np.minimum(day, history.as_of))
    covered = staffing.covers(spell, day)
    covered[n_closed:] = spell[n_closed:] >= 0  # an open one still carries the name of a rep who left
    rep = np.where(covered, staffing.rep[spell], -1)
    kind = _kinds(customers, account, day, streams)

    tenure = np.where(rep >= 0, day - staffing.hired[rep], 0)
    segment = customers.segment[account]
    log_odds = np.array(list(TYPE_LOG_ODDS.values()))[kind]
    share = win_share(log_odds, segment, seat, rep, tenure, effects)[:n_closed]
    won = streams.uniform("won", n_closed) < share
    cycle = CYCLE_DAYS[segment] * np.exp(SIGMA_CYCLE * streams.normal("cycle", len(account)))
    started = np.concatenate([closed_on - cycle[:n_closed].astype(np.int64) - 1, created_on])
    started = np.maximum(started, customers.created_on[account])
    amount = customers.potential[account] * TYPE_SIZE[kind]
    amount *= np.exp(SIGMA_AMOUNT * streams.normal("amount", len(account)))
    amount[n_closed:] *= OPEN_SIZE
    stages = np.concatenate([np.where(won, WON_STAGE, LOST_STAGE), stage])
    order = np.lexsort((account, day, started))
    # What is open today was chosen to be; of what has closed, some never came about in new hands.
    is_there = came_about(handovers, account, started, streams) | (stages < WON_STAGE)
    order = order[is_there[order]]
    columns = (account, seat, rep, kind, stages, np.rint(amount).astype(np.int64), started, day)
    return Deals(*(column[order] for column in columns))


def match_attainment(deals: Deals, quota: Ints, attainment: Attainment, history: History) -> Ints:
    """Scale the amounts of each seat and quarter so that what was won is what was attained; return that, in units.

    Where nothing was recorded as won, or the factor would be absurd, the attained amount stands by itself: business
    that came in without an opportunity.
    """
    n_seats, n_quarters = attainment.ratio.shape
    attained = np.rint(quota[:, :n_quarters] * attainment.ratio).astype(np.int64)
    quarter = history.quarter_of(deals.closed_on)
    in_history = deals.is_closed & (quarter >= 0) & (quarter < n_quarters)
    cell = deals.seat * n_quarters + np.clip(quarter, 0, n_quarters - 1)
    counted = in_history & deals.is_won
    won = np.bincount(cell[counted], deals.amount[counted], n_seats * n_quarters)
    scale = np.divide(attained.ravel(), won, out=np.ones(won.shape), where=won > 0)
    scale = np.clip(scale, LEAST_SCALE, MOST_SCALE)
    usual = np.median(scale.reshape(n_seats, n_quarters), axis=1)
    factor = np.where(in_history, scale[cell], usual[deals.seat])
    deals.amount = np.maximum(np.rint(deals.amount * factor / AMOUNT_STEP).astype(np.int64), 1) * AMOUNT_STEP
    won = np.rint(np.bincount(cell[counted], deals.amount[counted], n_seats * n_quarters)).astype(np.int64)
    is_close = np.abs(won - attained.ravel()) <= 0.005 * attained.ravel()
    return np.where(is_close, won, attained.ravel()).reshape(n_seats, n_quarters)


def quota_level(deals: Deals, capacity_share: Floats, history: History) -> float:
    """Return the quota of a full seat in a quarter that what was won would just meet."""
    closes_in = history.quarter_of(deals.closed_on)
    counted = deals.is_won & (closes_in >= 0) & (closes_in < history.n_completed)
    return float(deals.amount[counted].sum()) / (float(capacity_share.sum()) * history.n_completed)


def _rates(customers: Customers, now: Ints, layout: Layout, effects: Effects, capacity_share: Floats) -> Floats:
    """Return how many opportunities close with each account a quarter.

    A seat's total follows what it will attain, so that a strong territory has more deals, not larger ones.
    """
    rate = CLOSED_PER_QUARTER[customers.state] * (customers.potential / MEDIAN_POTENTIAL) ** 0.15
    worth = np.bincount(now, rate * customers.potential, layout.n_seats) / capacity_share
    wanted = np.exp(effects.territory)
    factor = np.clip(wanted / wanted.mean() * worth.mean() / np.maximum(worth, 1e-9), 0.5, 2.0)
    rates: Floats = rate * factor[now]
    return rates


def _closings(customers: Customers, rate: Floats, history: History, streams: Streams) -> tuple[Ints, Ints]:
    """Draw on which days opportunities closed with which account.

    Nothing closed with a quiet account in the last twelve months; so that business doesn't seem to have shrunk since,
    the others' closings lean towards those months.
    """
    n_quarters = history.n_completed
    n = streams("closings").poisson(rate * n_quarters)
    account = np.repeat(np.arange(customers.n), n)
    is_quiet = customers.state[account] == QUIET
    quiet_total = float(rate[customers.state == QUIET].sum()) * n_quarters
    total = float(rate.sum()) * n_quarters
    engaged_total = max(total - quiet_total, 1e-9)
    early_share = np.clip((total * (n_quarters - 4) / n_quarters - quiet_total) / engaged_total, 0, 1)
    is_early = is_quiet | (streams.uniform("closes_early", len(account)) < early_share)
    low = np.where(is_early, history.first_day, history.last_year)
    high = np.where(is_early, history.last_year - 1, history.as_of)
    u = streams.uniform("closed_on", len(account))
    day = low + (u * (high - low + 1)).astype(np.int64)
    quarter = history.quarter_of(day)
    length = 91
    into = np.clip((day - history.starts[quarter]) / length, 0, 1)
    day = np.clip(history.starts[quarter] + (length * into**0.7).astype(np.int64), low, high)  # the quarter-end rush
    churned = customers.churned_on[account]
    keep = (day > customers.created_on[account] + 14) & ((churned == NEVER) | (day < churned)) & (low <= high)
    return account[keep], day[keep]


def _open(customers: Customers, history: History, streams: Streams) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw the open opportunities: hot accounts have one past discovery, and some warm ones an early one."""
    n = customers.n
    more = streams("more open").poisson(MORE_OPEN, n) * (customers.state == HOT)
    early = (streams.uniform("early open", n) < 0.5) & (customers.state == WARM)
    first = customers.state == HOT
    account = np.concatenate([np.flatnonzero(first), np.flatnonzero(early), np.repeat(np.arange(n), more)])
    late_stage = 3 + np.searchsorted([0.5, 0.8], streams.uniform("late stage", int(first.sum())))
    early_stage = 1 + np.searchsorted([0.6], streams.uniform("early stage", int(early.sum())))
    any_stage = 1 + np.searchsorted([0.3, 0.55, 0.75, 0.9], streams.uniform("any stage", int(more.sum())))
    stage = np.concatenate([late_stage, early_stage, any_stage]).astype(np.int64)
    cycle = CYCLE_DAYS[customers.segment[account]] * np.exp(SIGMA_CYCLE * streams.normal("open cycle", len(account)))
    behind = STAGE_AGE[stage] * (0.6 + 0.8 * streams.uniform("open age", len(account)))
    created = history.as_of - np.maximum(cycle * behind, 1).astype(np.int64)
    expected = history.as_of + np.maximum(cycle * (1 - STAGE_AGE[stage]), 3).astype(np.int64)
    return account, stage, created, expected


def _kinds(customers: Customers, account: Ints, day: Ints, streams: Streams) -> Ints:
    since = customers.customer_since[account]
    is_customer = (since != NEVER) & (since < day)
    cumulative = np.cumsum(TYPE_SHARES_OF_CUSTOMERS)
    drawn = np.minimum(np.searchsorted(cumulative, streams.uniform("type", len(account)), side="right"), 2)
    return np.where(is_customer, drawn, 0)
