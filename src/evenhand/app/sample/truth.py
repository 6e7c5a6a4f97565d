"""What is true of a made firm, so that what is found can be compared with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample import effects as model
from evenhand.app.sample import ramp
from evenhand.app.sample.account_rows import account_ids
from evenhand.app.sample.calendar import NEVER, as_dates
from evenhand.app.sample.columns import pick
from evenhand.app.sample.customers import SEGMENTS

if TYPE_CHECKING:
    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import PeopleNames, SeatNames

STATES = ("quiet", "warm", "hot")


def truth_of(made: Made, names: SeatNames, people: PeopleNames) -> dict[str, Any]:
    """Return the truth by name: tables, and the constants of the model."""
    accounts = account_ids(made.customers.n)
    return {
        "model": _constants(made),
        "territory_effects": pl.DataFrame(
            {
                "territory_id": names.seats,
                "attainment_log_effect": made.effects.territory,
                "win_log_odds_effect": made.effects.territory_win,
            }
        ),
        "rep_effects": pl.DataFrame(
            {
                "rep_id": people.reps,
                "attainment_log_effect": made.effects.rep,
                "win_log_odds_effect": made.effects.rep_win,
            }
        ),
        "attainment": _attainment(made, names, people),
        "drift": _drift(made, names),
        "moves": _moves(made, names, accounts),
        "departures": _departures(made, names, people),
        "rep_moves": _rep_moves(made, names, people),
        "account_states": pl.DataFrame({"account_id": accounts, "state": pick(STATES, made.customers.state)}),
    }


def _constants(made: Made) -> dict[str, Any]:
    return {
        "as_of": str(made.request.as_of),
        "attainment": {
            "level": model.LEVEL,
            "seasons": list(model.SEASONS),
            "sigma_territory": model.SIGMA_TERRITORY,
            "sigma_rep": model.SIGMA_REP,
            "sigma_noise": model.SIGMA_NOISE,
            "vacant": model.VACANT,
        },
        "winning": {
            "type_log_odds": model.TYPE_LOG_ODDS,
            "segment_log_odds": dict(zip(SEGMENTS, model.SEGMENT_LOG_ODDS, strict=True)),
            "sigma_territory": model.SIGMA_WIN_TERRITORY,
            "sigma_rep": model.SIGMA_WIN_REP,
            "tenure_slope": model.TENURE_SLOPE,
            "tenure_centre_years": model.TENURE_CENTRE_YEARS,
        },
        "ramp": {"start_share": ramp.START_SHARE, "days": ramp.RAMP_DAYS, "lost_days": ramp.LOST_DAYS},
    }


def _attainment(made: Made, names: SeatNames, people: PeopleNames) -> pl.DataFrame:
    n_seats, n_quarters = made.attainment.ratio.shape
    return pl.DataFrame(
        {
            "territory_id": pick(names.seats, np.repeat(np.arange(n_seats), n_quarters)),
            "period_start": as_dates(np.tile(made.history.starts[:n_quarters], n_seats)),
            "rep_id": pick(people.reps, made.attainment.rep.ravel()),
            "expected": made.attainment.expected.ravel(),
            "ratio": made.attainment.ratio.ravel(),
        }
    )


def _drift(made: Made, names: SeatNames) -> pl.DataFrame:
    customers, handovers, n = made.customers, made.handovers, made.layout.n_seats
    existed = customers.created_on < made.history.first_day
    moved = handovers.moved_on != NEVER

    def total(seat: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.rint(np.bincount(seat[mask], customers.potential[mask], n)).astype(np.int64)

    return pl.DataFrame(
        {
            "territory_id": names.seats,
            "potential_at_start": total(handovers.home, existed),
            "potential_arrived": total(handovers.now, moved),
            "potential_handed_over": total(handovers.home, moved),
            "potential_grown": total(handovers.home, ~existed),
            "potential_churned": total(handovers.now, ~customers.is_active),
            "potential_now": total(handovers.now, customers.is_active),
        }
    )


def _moves(made: Made, names: SeatNames, accounts: pl.Series) -> pl.DataFrame:
    handovers = made.handovers
    moved = np.flatnonzero(handovers.moved_on != NEVER)
    return pl.DataFrame(
        {
            "account_id": pick(accounts, moved),
            "from_territory_id": pick(names.seats, handovers.home[moved]),
            "to_territory_id": pick(names.seats, handovers.now[moved]),
            "moved_on": as_dates(handovers.moved_on[moved]),
        }
    )


def _departures(made: Made, names: SeatNames, people: PeopleNames) -> pl.DataFrame:
    staffing = made.staffing
    last = (staffing.left[staffing.rep] != NEVER) & (staffing.ends == staffing.left[staffing.rep])
    spells = np.flatnonzero(last)
    spells = spells[np.argsort(staffing.ends[spells], kind="stable")]
    return pl.DataFrame(
        {
            "rep_id": pick(people.reps, staffing.rep[spells]),
            "territory_id": pick(names.seats, staffing.seat[spells]),
            "left_on": as_dates(staffing.ends[spells]),
        }
    )


def _rep_moves(made: Made, names: SeatNames, people: PeopleNames) -> pl.DataFrame:
    staffing = made.staffing
    order = np.lexsort((staffing.starts, staffing.rep))
    one, other = order[:-1], order[1:]
    same = staffing.rep[one] == staffing.rep[other]
    one, other = one[same], other[same]
    return pl.DataFrame(
        {
            "rep_id": pick(people.reps, staffing.rep[one]),
            "from_territory_id": pick(names.seats, staffing.seat[one]),
            "to_territory_id": pick(names.seats, staffing.seat[other]),
            "moved_on": as_dates(staffing.starts[other]),
        }
    )
