"""The accounts themselves: size, industry, place, family and how much business is going on with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.calendar import NEVER
from evenhand.app.sample.places import CANADA_SHARE_OF_WEIGHT, CITIES
from evenhand.app.sample.words import VERTICAL_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

SEGMENTS = ("small business", "mid-market", "enterprise")
SEGMENT_EMPLOYEES = (0, 100, 1000)
"""Fewest employees of each segment."""
ENTERPRISE = 2

MEDIAN_EMPLOYEES, SIGMA_EMPLOYEES = 74, 1.6
MOST_EMPLOYEES = 400_000
MEDIAN_REVENUE_PER_EMPLOYEE, SIGMA_REVENUE = 210_000, 0.55
MEDIAN_POTENTIAL, EMPLOYEE_ELASTICITY, SIGMA_POTENTIAL = 36_000, 0.45, 0.55

VERTICALS = tuple(VERTICAL_WORDS)
VERTICAL_SHARES = np.array([0.17, 0.12, 0.11, 0.12, 0.08, 0.13, 0.06, 0.05, 0.12, 0.04])
VERTICAL_FIT = np.array([1.15, 1.0, 1.35, 0.85, 1.0, 1.4, 0.7, 1.05, 0.95, 0.6])
"""How much more a customer of the vertical is worth than one of the same size elsewhere."""

CHILD_SHARE = 0.075
MOST_CHILDREN = 5
CITY_SPREAD_DEGREES = 0.16
NEW_SHARE, CHURNED_SHARE = 0.16, 0.025

QUIET, WARM, HOT = 0, 1, 2
"""What goes on with an account: nothing; some activity; an opportunity past discovery."""
WARM_SHARE, HOT_SHARE = 0.24, 0.115


@dataclass
class Customers:
    """The accounts as columns of numbers, one entry an account.

    Attributes
    ----------
    head
        Index of the account's parent, or its own.
    segment
        Index in `SEGMENTS`; a family has the segment of its parent.
    position
        How far along the walk through `CITIES` the account is; the parent's for a child.
    state
        `QUIET`, `WARM` or `HOT`.
    customer_since
        The day it first bought, `NEVER` for a prospect.
    churned_on
        The day it was lost, `NEVER` while active.
    """

    head: Ints
    city: Ints
    latitude: Floats
    longitude: Floats
    position: Floats
    vertical: Ints
    employees: Ints
    annual_revenue: Ints
    segment: Ints
    potential: Floats
    created_on: Ints
    churned_on: Ints
    state: Ints
    customer_since: Ints

    @property
    def n(self) -> int:
        """Number of accounts."""
        return len(self.head)

    @property
    def is_active(self) -> Flags:
        """Whether each account has not churned."""
        active: Flags = self.churned_on == NEVER
        return active


def make_customers(n: int, history: History, streams: Streams) -> Customers:
    """Draw the accounts.

    Size is log-normal, and revenue and potential follow it with their own noise, so that a few accounts are worth as
    much as hundreds. Each column has its own stream: the first accounts of a larger firm are those of a smaller one.
    """
    head = _families(n, streams)
    is_child = head != np.arange(n)
    weights = np.array([c.people * (CANADA_SHARE_OF_WEIGHT if c.country == "CA" else 1) for c in CITIES])
    city = _choose(weights, streams.uniform("city", n))
    east, north = streams.normal("east", n), streams.normal("north", n)
    size = streams.normal("employees", n) - 0.4 * is_child
    employees = np.minimum(np.rint(MEDIAN_EMPLOYEES * np.exp(SIGMA_EMPLOYEES * size)), MOST_EMPLOYEES)
    employees = np.maximum(employees, 2)
    vertical = _choose(VERTICAL_SHARES, streams.uniform("vertical", n))[head]
    revenue = employees * MEDIAN_REVENUE_PER_EMPLOYEE * np.exp(SIGMA_REVENUE * streams.normal("revenue", n))
    worth = (employees / MEDIAN_EMPLOYEES) ** EMPLOYEE_ELASTICITY * VERTICAL_FIT[vertical]
    potential = MEDIAN_POTENTIAL * worth * np.exp(SIGMA_POTENTIAL * streams.normal("potential", n))
    created_on = _created(city, history, streams)
    state = _states(potential, streams)
    churned_on = _churned(state, created_on, history, streams)
    state[churned_on != NEVER] = QUIET
    return Customers(
        head=head,
        city=city,
        latitude=np.round(np.array([c.latitude for c in CITIES])[city] + CITY_SPREAD_DEGREES * north, 4),
        longitude=np.round(np.array([c.longitude for c in CITIES])[city] + CITY_SPREAD_DEGREES * east, 4),
        position=(city + _normal_share(east))[head],
        vertical=vertical,
        employees=employees.astype(np.int64),
        annual_revenue=(np.rint(revenue / 10_000) * 10_000).astype(np.int64),
        segment=segment_of(employees)[head],
        potential=potential,
        created_on=created_on,
        churned_on=churned_on,
        state=state,
        customer_since=_customers_since(state, created_on, churned_on, history, streams),
    )


def segment_of(employees: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index in `SEGMENTS` that the number of employees puts an account in."""
    return np.searchsorted(np.array(SEGMENT_EMPLOYEES[1:]), employees, side="right")


def _choose(weights: Floats, uniform: Floats) -> Ints:
    cumulative = np.cumsum(weights) / np.sum(weights)
    return np.minimum(np.searchsorted(cumulative, uniform, side="right"), len(weights) - 1)


def _normal_share(z: Floats) -> Floats:
    """Map standard normal numbers to (0, 1), close to their distribution function."""
    return 1 / (1 + np.exp(-1.702 * z))


def _families(n: int, streams: Streams) -> Ints:
    """Return each account's parent: at most `MOST_CHILDREN` rows above it in the file, itself for most."""
    index = np.arange(n)
    is_child = streams.uniform("is_child", n) < CHILD_SHARE
    is_child[0] = False
    back = 1 + (streams.uniform("sibling", n) * MOST_CHILDREN).astype(np.int64)
    head = np.where(is_child, np.maximum(index - back, 0), index)
    # A child's child would be a third generation; it stands alone instead.
    return np.where(is_child[head], index, head)


def _created(city: Ints, history: History, streams: Streams) -> Ints:
    n = len(city)
    is_new = streams.uniform("is_new", n) < NEW_SHARE * np.array([c.growth for c in CITIES])[city]
    u = streams.uniform("created_on", n)
    recent = history.first_day + u * (history.as_of - history.first_day - 30)
    earlier = history.first_day - 1 - (3200 * u**1.6)
    return np.where(is_new, recent, earlier).astype(np.int64)


def _states(potential: Floats, streams: Streams) -> Ints:
    """Larger accounts are more often worked."""
    n = len(potential)
    lean = np.log(potential / MEDIAN_POTENTIAL)
    hot = np.clip(HOT_SHARE * np.exp(0.22 * lean), 0, 0.5)
    warm = np.clip(WARM_SHARE * np.exp(0.1 * lean), 0, 0.45)
    u = streams.uniform("state", n)
    return np.where(u < hot, HOT, np.where(u < hot + warm, WARM, QUIET)).astype(np.int64)


def _churned(state: Ints, created_on: Ints, history: History, streams: Streams) -> Ints:
    n = len(state)
    quiet_share = 1 - WARM_SHARE - HOT_SHARE
    leaves = (streams.uniform("churns", n) < CHURNED_SHARE / quiet_share) & (state == QUIET)
    leaves &= created_on < history.first_day
    span = history.as_of - history.first_day
    day = history.first_day + (streams.uniform("churned_on", n) * span).astype(np.int64)
    return np.where(leaves, day, NEVER)


def _customers_since(state: Ints, created_on: Ints, churned_on: Ints, history: History, streams: Streams) -> Ints:
    n = len(state)
    share = np.array([0.22, 0.5, 0.55])[state]
    bought = (streams.uniform("is_customer", n) < share) & (created_on < history.first_day) | (churned_on != NEVER)
    return np.where(bought, created_on + 60, NEVER)
