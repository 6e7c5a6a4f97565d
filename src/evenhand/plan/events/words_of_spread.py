"""Saying who takes over how much of a territory that is given up, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.findings import Severity
from evenhand.plan.events.asked import INHERITED
from evenhand.plan.events.outcome import as_evidence, count, join_words, percent, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.outcome import Outcome

_LEAST_HOURS = 0.5
_NOTICEABLE = 0.1
"""A part that differs from that by spare hours alone by more than so much of it is explained."""


def tell_spread(outcome: Outcome, territory_ids: tuple[str, ...]) -> Iterator[Finding]:
    """Say who takes over the accounts of these territories, and whether the team has room for them."""
    accounts = outcome.accounts.filter(pl.col("origin").is_in(list(territory_ids)))
    moved = accounts.filter("moved")
    which, verb = (
        join_words([_name(outcome, seat) for seat in territory_ids]),
        "is" if len(territory_ids) == 1 else "are",
    )
    subject = ";".join(territory_ids)
    if not accounts.height:
        message = f"{which} {verb} given up and had no accounts; nothing moves for it."
        yield outcome.finding("PL151", subject, message)
        return
    took = outcome.receivers(territory_ids)
    together = _say_others(outcome, territory_ids)
    seats = outcome.seats
    parts = [
        f"{seat} takes {count(n, 'account')}, {hours:,.0f} hours ({percent(seats[seat]['load_before'])} of its hours "
        f"used before, {percent(seats[seat]['load_after'])} after; its share {outcome.allotted_hours(seat):,.0f} "
        f"hours)"
        for seat, n, _, hours in took.iter_rows()
    ]
    message = (
        f"{which} {verb} given up: {count(moved.height, 'account')} that need {moved['hours'].sum():,.0f} hours a year "
        f"go to {count(took.height, 'seat')} by spare capacity, not evenly{together} "
        f"({outcome.say_grades(moved)}).{_say_uneven(outcome)} {shorten(parts)}."
    )
    yield outcome.finding(
        "PL151", subject, message,
        n_accounts=moved.height, hours=round(float(moved["hours"].sum()), 2), receivers=as_evidence(took),
    )  # fmt: skip
    if territory_ids[0] == min(outcome.statement.setting.spread):
        yield from _tell_lack(outcome)


def _name(outcome: Outcome, seat: str) -> str:
    rep = outcome.rep_of(seat)
    return f"{seat} ({rep})" if rep not in ("", seat) else seat


def _say_uneven(outcome: Outcome) -> str:
    """Say who takes another part than by its spare hours alone, because not every seat may take every account."""
    asked, ids = outcome.statement.asked, outcome.statement.setting.ids
    arriving = np.where(outcome.statement.setting.is_emptied, 0.0, outcome.statement.bands.targets[:, -1])
    spare = np.where(arriving > _LEAST_HOURS, asked.spare_hours, 0.0) if len(asked.spare_hours) else np.zeros(0)
    if not len(spare) or spare.sum() <= 0 or arriving.sum() > spare.sum():
        return ""
    alone = arriving.sum() * spare / spare.sum()
    differs = np.abs(arriving - alone) > np.maximum(_NOTICEABLE * alone, _LEAST_HOURS)
    if not differs.any():
        return ""
    units = outcome.statement.units
    allowed = asked.eligibility.allowed[asked.eligibility.kind_of_unit]
    only = (allowed.sum(axis=1) == 1)[units.unit_of_account] & (asked.amounts[INHERITED] > 0)
    seat_of = np.argmax(allowed, axis=1)[units.unit_of_account]
    counts = np.bincount(seat_of[only], minlength=len(ids))
    parts = [
        f"{count(int(counts[t]), 'account')} may go to {ids[t]} alone ({arriving[t]:,.0f} hours, by spare hours alone "
        f"{alone[t]:,.0f})"
        for t in np.flatnonzero(differs & (counts > 0)).tolist()
    ]
    return f" Not every seat may take every account{f': {shorten(parts, 4)}' if parts else ''}."


def _say_others(outcome: Outcome, territory_ids: tuple[str, ...]) -> str:
    others = sorted(set(outcome.statement.setting.spread) - set(territory_ids))
    return f", together with those of {join_words(others)}" if others else ""


def _tell_lack(outcome: Outcome) -> Iterator[Finding]:
    """Say where the team has too few spare hours, with the figures."""
    statement = outcome.statement
    spare = statement.asked.spare_hours
    if not len(spare):
        return
    bands = statement.bands
    arriving = np.where(statement.setting.is_emptied, 0.0, bands.targets[:, -1])
    short = arriving - spare
    if short.sum() <= 0 and short.max(initial=0.0) <= _LEAST_HOURS:
        return
    over = np.flatnonzero(short > _LEAST_HOURS)
    if not len(over):
        return
    ids = statement.setting.ids
    hours = statement.setting.territories["capacity_hours"].to_numpy()
    ceiling = outcome.policy.bands.workload_ceiling or 1.0
    needed, there, lacking = arriving.sum(), np.minimum(spare, arriving).sum(), short[over].sum()
    loads = [
        f"{ids[t]} {percent(float((ceiling * hours[t] - spare[t] + arriving[t]) / hours[t]))}"
        for t in over.tolist()
        if hours[t] > 0 and spare[t] > 0
    ]
    team = "The whole team has" if len(over) == int((arriving > _LEAST_HOURS).sum()) else "Those who may take them have"
    after = f" By their shares {shorten(loads, 6)} of their hours would be used." if loads else ""
    message = (
        f"{team} no room for all: the accounts given up need {needed:,.0f} hours a year, {there:,.0f} can be spared "
        f"below the ceiling of {percent(ceiling)}, {lacking:,.0f} hours are too many.{after}"
    )
    yield outcome.finding(
        "PL152", ";".join(ids[t] for t in over.tolist()), message, Severity.WARNING,
        needed_hours=round(float(needed), 2), spare_hours=round(float(spare.sum()), 2),
        lacking_hours=round(float(lacking), 2),
    )  # fmt: skip
