"""The truth that the firm's figures follow: what the territory, the rep, the season and chance each contribute.

Attained ÷ quota of a seat in a quarter is exp(level + season + territory + rep + noise), each of the last three
drawn from a normal distribution; a seat without a rep has ``VACANT`` in place of the rep. The log-odds that an
opportunity is won are those of its type and segment + territory + rep + ``TENURE_SLOPE`` · log(1 + years with us),
centred on two years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.app.sample.calendar import History
    from evenhand.app.sample.seats import Layout
    from evenhand.app.sample.staffing import Staffing
    from evenhand.app.sample.streams import Streams

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEVEL = float(np.log(0.94))
SEASONS = (-0.06, -0.01, -0.02, 0.09)
"""Of the calendar quarters."""
SIGMA_TERRITORY, SIGMA_REP, SIGMA_NOISE = 0.14, 0.12, 0.09
VACANT = -0.25

TYPE_LOG_ODDS = {"new": -1.35, "renewal": 1.5, "expansion": -0.35}
SEGMENT_LOG_ODDS = (0.12, 0.0, -0.25)
SIGMA_WIN_TERRITORY, SIGMA_WIN_REP = 0.16, 0.2
TENURE_SLOPE, TENURE_CENTRE_YEARS = 0.25, 2.0
EFFECTS_CORRELATION = 0.5
"""Of an effect on attainment with the same one's effect on winning."""


@dataclass(frozen=True)
class Effects:
    """The effects of territories and reps, in logarithms.

    Attributes
    ----------
    territory, rep
        On attained ÷ quota.
    territory_win, rep_win
        On the odds of winning.
    """

    territory: Floats
    rep: Floats
    territory_win: Floats
    rep_win: Floats


def draw_effects(n_seats: int, n_reps: int, streams: Streams) -> Effects:
    """Draw the effects of every seat and rep."""

    def pair(name: str, n: int, sigma: float, sigma_win: float) -> tuple[Floats, Floats]:
        z, other = streams.normal(f"{name} effect", n), streams.normal(f"{name} win effect", n)
        mixed = EFFECTS_CORRELATION * z + np.sqrt(1 - EFFECTS_CORRELATION**2) * other
        return sigma * z, sigma_win * mixed

    territory, territory_win = pair("territory", n_seats, SIGMA_TERRITORY, SIGMA_WIN_TERRITORY)
    rep, rep_win = pair("rep", n_reps, SIGMA_REP, SIGMA_WIN_REP)
    return Effects(territory, rep, territory_win, rep_win)


@dataclass(frozen=True)
class Attainment:
    """Attained ÷ quota of each seat in each completed quarter, arrays of shape (n_seats, n_quarters).

    Attributes
    ----------
    rep
        The rep whose quarter it is, −1 where the seat was vacant.
    expected
        Without noise.
    ratio
        With it.
    """

    rep: Ints
    expected: Floats
    ratio: Floats


def draw_attainment(
    effects: Effects, staffing: Staffing, layout: Layout, history: History, streams: Streams
) -> Attainment:
    """Draw how much of its quota each seat sold in each quarter."""
    shape = (layout.n_seats, history.n_completed)
    seats, days = np.broadcast_arrays(np.arange(layout.n_seats)[:, None], history.midpoints[None, :])
    spells = staffing.spell_at(seats.ravel(), days.ravel())
    rep = np.where(staffing.covers(spells, days.ravel()), staffing.rep[spells], -1).reshape(shape)
    of_rep = np.where(rep >= 0, effects.rep[rep], VACANT)
    season = np.array(SEASONS)[history.seasons[: history.n_completed]]
    expected = LEVEL + season[None, :] + effects.territory[:, None] + of_rep
    noise = SIGMA_NOISE * streams.normal("attainment", expected.size).reshape(shape)
    return Attainment(rep, np.exp(expected), np.exp(expected + noise))


def win_share(
    kind_log_odds: Floats, segment: Ints, seat: Ints, rep: Ints, tenure_days: Ints, effects: Effects
) -> Floats:
    """Return the share of such opportunities that are won; rep −1 is a seat without a rep."""
    has_rep = rep >= 0
    years = np.maximum(tenure_days, 0) / 365.25
    tenure = TENURE_SLOPE * (np.log1p(years) - np.log1p(TENURE_CENTRE_YEARS))
    log_odds = kind_log_odds + np.array(SEGMENT_LOG_ODDS)[segment] + effects.territory_win[seat]
    log_odds += np.where(has_rep, effects.rep_win[rep] + tenure, 0.0)
    share: Floats = 1 / (1 + np.exp(-log_odds))
    return share
