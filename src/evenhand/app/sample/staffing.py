"""Who covered which seat when: departures, vacancies, and reps who changed territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.app.sample.calendar import NEVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.seats import Layout
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAVES_PER_QUARTER = 0.05
SWAPS_PER_QUARTER = 0.025
FILLED_FROM_WITHIN = 0.3
"""Share of departures after which a rep of another seat of the pool takes over, and the newcomer gets that one's."""
VACANCIES_DAYS = ((0.6, 0, 1), (0.3, 15, 45), (0.1, 92, 93))
"""Share of vacancies, and the days they last (from, below). 92: a whole quarter."""
RAMPING_SHARE, FEWEST_SEATS_WITH_RAMPING = 0.03, 20
RAMPING_CAPACITY = 0.5


@dataclass
class Staffing:
    """Reps and the spells in which they covered seats.

    Attributes
    ----------
    seat, rep, starts, ends
        One entry a spell, by seat and start; ``ends`` is `NEVER` where it still runs.
    hired, left
        One entry a rep; ``left`` is `NEVER` for those still here.
    """

    seat: Ints
    rep: Ints
    starts: Ints
    ends: Ints
    hired: Ints
    left: Ints

    @property
    def n_reps(self) -> int:
        """Number of reps, those who left included."""
        return len(self.hired)

    def spell_at(self, seats: Ints, days: Ints) -> Ints:
        """Return the spell under way in each seat on each day, or the last one before; −1 where there is none."""
        found = np.searchsorted(_key(self.seat, self.starts), _key(seats, days), side="right") - 1
        return np.where((found >= 0) & (self.seat[found] == seats), found, -1)

    def covers(self, spells: Ints, days: Ints) -> NDArray[np.bool_]:
        """Whether each of those spells has not ended by the day."""
        covered: NDArray[np.bool_] = (spells >= 0) & ((self.ends[spells] == NEVER) | (self.ends[spells] >= days))
        return covered


def _key(seats: Ints, days: Ints) -> Ints:
    return seats.astype(np.int64) * 10_000_000 + days + 5_000_000


class _Roster:
    """The spells as they are written, quarter by quarter."""

    def __init__(self, first_day: int, n_seats: int, streams: Streams) -> None:
        in_seat = first_day - 30 - (1200 * streams.uniform("in_seat_for", n_seats)).astype(np.int64)
        before = (900 * np.maximum(streams.uniform("hired_before", n_seats) - 0.4, 0)).astype(np.int64)
        self.spells = [[seat, seat, int(in_seat[seat]), NEVER] for seat in range(n_seats)]
        self.hired = [int(day) for day in in_seat - before]
        self.left = [NEVER] * n_seats
        self.current = list(range(n_seats))  # the open spell of each seat, −1 where vacant

    def close(self, seat: int, day: int) -> int:
        """End the seat's spell the day before and return its rep."""
        spell = self.spells[self.current[seat]]
        spell[3] = day - 1
        self.current[seat] = -1
        return spell[1]

    def open(self, seat: int, rep: int, day: int) -> None:
        """Put the rep into the seat from that day."""
        self.current[seat] = len(self.spells)
        self.spells.append([seat, rep, day, NEVER])

    def hire(self, seat: int, day: int) -> None:
        """Put a new rep into the seat from that day."""
        self.hired.append(day)
        self.left.append(NEVER)
        self.open(seat, len(self.hired) - 1, day)


def staff_seats(layout: Layout, history: History, streams: Streams) -> Staffing:
    """Play the quarters: reps leave, are replaced after a while, or swap seats.

    Changes fall on the first day of a quarter, and a vacancy is either short or a whole quarter, so that each
    completed quarter of a seat belongs to the one rep who covered its middle, or to none.
    """
    roster = _Roster(history.first_day, layout.n_seats, streams)
    rng = streams("staffing")
    pool = layout.pool
    starts = history.starts[: history.n_completed + 1]
    for number in range(1, history.n_completed):
        day, is_last = int(starts[number]), number == history.n_completed - 1
        settled = np.array([spell >= 0 and roster.spells[spell][2] < day for spell in roster.current])
        leaving = np.flatnonzero((rng.random(layout.n_seats) < LEAVES_PER_QUARTER) & settled)
        settled[leaving] = False
        for seat in leaving:
            _replace(roster, int(seat), day, settled, pool, rng, may_wait=not is_last)
        n_swaps = max(round(SWAPS_PER_QUARTER * layout.n_seats), int(number == history.n_completed // 2))
        for _ in range(n_swaps):
            _swap(roster, day, settled, pool, rng)
    spells = np.array(roster.spells, dtype=np.int64)
    spells = spells[np.lexsort((spells[:, 2], spells[:, 0]))]
    seat, rep, spell_starts, ends = spells.T.copy()
    hired, left = np.array(roster.hired, dtype=np.int64), np.array(roster.left, dtype=np.int64)
    return Staffing(seat, rep, spell_starts, ends, hired, left)


def _replace(
    roster: _Roster,
    seat: int,
    day: int,
    settled: NDArray[np.bool_],
    pool: Ints,
    rng: np.random.Generator,
    *,
    may_wait: bool,
) -> None:
    roster.left[roster.close(seat, day)] = day - 1
    inside = np.flatnonzero(settled & (pool == pool[seat]))
    if len(inside) and rng.random() < FILLED_FROM_WITHIN:
        donor = int(rng.choice(inside))
        settled[donor] = False
        roster.open(seat, roster.close(donor, day), day)
        seat = donor
    u = rng.random()
    wait = 0
    for share, low, high in VACANCIES_DAYS:
        wait = int(rng.integers(low, high))
        if u < share:
            break
        u -= share
    roster.hire(seat, day + (wait if may_wait else min(wait, 45)))


def _swap(roster: _Roster, day: int, settled: NDArray[np.bool_], pool: Ints, rng: np.random.Generator) -> None:
    able = np.flatnonzero(settled)
    if not len(able):
        return
    one = int(rng.choice(able))
    partners = able[(pool[able] == pool[one]) & (able != one)]
    if not len(partners):
        return
    other = int(rng.choice(partners))
    settled[[one, other]] = False
    rep_one, rep_other = roster.close(one, day), roster.close(other, day)
    roster.open(one, rep_other, day)
    roster.open(other, rep_one, day)


def ramping_seats(staffing: Staffing, layout: Layout, history: History) -> Ints:
    """Return the few seats that a newcomer is still growing into: those last filled from outside."""
    wanted = round(RAMPING_SHARE * layout.n_seats) if layout.n_seats >= FEWEST_SEATS_WITH_RAMPING else 0
    recent = history.as_of - 200
    is_newcomer = (staffing.ends == NEVER) & (staffing.hired[staffing.rep] == staffing.starts)
    spells = np.flatnonzero(is_newcomer & (staffing.starts > recent))
    latest = spells[np.argsort(-staffing.starts[spells], kind="stable")]
    return np.sort(staffing.seat[latest[:wanted]])
