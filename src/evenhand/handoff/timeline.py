"""When each account is introduced and changes hands: critical ones first, within what the reps can do."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.wording import say_count
from evenhand.foundation.findings import Finding, Severity
from evenhand.handoff.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.foundation.working_days import WorkingDays
    from evenhand.policy import Policy

_N_DAYS = 5
"""Working days of a week of introductions."""

E_MAIL, WARM, JOINT = "e-mail", "warm introduction", "joint call"
KINDS = (E_MAIL, WARM, JOINT)
"""How the customer meets the new rep, the lightest first."""

INTRODUCTIONS_SCHEMA = {
    "unit_id": pl.String,
    "account_id": pl.String,
    "from_rep_id": pl.String,
    "to_rep_id": pl.String,
    "kind": pl.String,
    "introduce_on": pl.Date,
    "transfers_on": pl.Date,
    "week": pl.Int64,
}


@dataclass(frozen=True)
class Span:
    """The days of a handoff, each a working day.

    Attributes
    ----------
    starts_on
        The first conversation with a rep who loses accounts.
    conversations_until
        The last day for these.
    told_on
        Reps who gain are told; never before all conversations are held.
    introductions_from
        The first introduction.
    earliest_on, latest_on
        Accounts change hands between these days, as far as the reps' time allows.
    """

    starts_on: dt.date
    conversations_until: dt.date
    told_on: dt.date
    introductions_from: dt.date
    earliest_on: dt.date
    latest_on: dt.date


def lay_out(starts_on: dt.date, policy: Policy, days: WorkingDays) -> Span:
    """Lay out the days of a handoff.

    References
    ----------
    Policy entries ``handoff.conversation_days``, ``handoff.transition_weeks_low``, ``handoff.transition_weeks_high``.
    """
    handoff = policy.handoff
    first = days.add(starts_on, 0)
    until = days.add(first, handoff.conversation_days - 1)
    told = days.after(until)
    introductions = days.after(told)
    earliest = max(days.add(first + dt.timedelta(weeks=handoff.transition_weeks_low), 0), days.after(introductions))
    latest = max(days.before(first + dt.timedelta(weeks=handoff.transition_weeks_high)), earliest)
    return Span(first, until, told, introductions, earliest, latest)


@dataclass(frozen=True, eq=False)
class Timeline:
    """Every moved account's introduction and transfer.

    Attributes
    ----------
    introductions
        See `INTRODUCTIONS_SCHEMA`, in the order of the days; an account is introduced before it changes hands. `week`
        counts the weeks of introductions, five working days each, from 1.
    """

    span: Span
    introductions: pl.DataFrame
    findings: tuple[Finding, ...]


def schedule(units: pl.DataFrame, span: Span, policy: Policy, days: Mapping[str, WorkingDays]) -> Timeline:
    """Give every account its day.

    Parameters
    ----------
    units
        A row for each family that moves from one seat to another, the most critical first: unit_id, account_ids,
        from_rep_id (null: nobody is there to introduce), to_rep_id (null: nobody there yet), kind of `KINDS`,
        country (null: unknown), due_on (the earliest renewal that is due, else null).
    days
        Working days by country; "" for those of the firm.

    Notes
    -----
    In order: each takes the first week in which both reps still have time for an introduction, and within the week
    the next free working day of the former rep. Introductions by e-mail take nobody's time and are spread over the
    shortest transition. An account changes hands on the first working day after its introduction, but not before
    the shortest transition is over. What doesn't fit within the longest transition is planned after it, and said.

    References
    ----------
    Policy entries ``handoff.introductions_per_week``, ``handoff.transition_weeks_low``.
    """
    most = policy.handoff.introductions_per_week
    used: Counter[tuple[str, int]] = Counter()
    n_mails: Counter[str] = Counter()
    ours = days[""]
    mail_days = ours.between(span.introductions_from, ours.before(span.earliest_on - dt.timedelta(days=1)))
    mail_days = mail_days or [span.introductions_from]
    rows: list[tuple[object, ...]] = []
    late: Counter[str] = Counter()
    n_late = 0
    for unit in units.iter_rows(named=True):
        reps = sorted({rep for rep in (unit["from_rep_id"], unit["to_rep_id"]) if rep is not None})
        if unit["kind"] == E_MAIL:
            key = unit["from_rep_id"] or ""
            turn = n_mails[key] % len(mail_days)
            day, week = mail_days[turn], turn // _N_DAYS
            n_mails[key] += 1
        else:
            week = 0
            while any(used[rep, week] >= most for rep in reps):
                week += 1
            place = max((used[rep, week] for rep in reps), default=0)
            used.update((rep, week) for rep in reps)
            day = ours.add(span.introductions_from, week * _N_DAYS + place * _N_DAYS // most)
        introduced = days.get(unit["country"] or "", ours).add(day, 0)
        transfers = max(ours.after(introduced), span.earliest_on)
        if transfers > span.latest_on:
            late.update(reps)
            n_late += 1
        rows.extend(
            (
                unit["unit_id"], account, unit["from_rep_id"], unit["to_rep_id"], unit["kind"], introduced, transfers,
                week + 1,
            )
            for account in unit["account_ids"]
        )  # fmt: skip
    introductions = pl.DataFrame(rows, schema=INTRODUCTIONS_SCHEMA, orient="row")
    findings = tuple(_remark(introductions, n_late, late, span, most))
    return Timeline(span, introductions.sort("introduce_on", "unit_id", "account_id"), findings)


def _remark(introductions: pl.DataFrame, n_late: int, late: Counter[str], span: Span, most: int) -> Iterator[Finding]:
    if not n_late:
        return
    last = max(introductions["transfers_on"])
    reps = ", ".join(sorted(late))
    yield Finding(
        "HO201",
        Severity.WARNING,
        "handoff.introductions_per_week",
        f"{say_count(n_late, 'family', 'families')} ({reps}) can't be introduced in time to change hands by "
        f"{span.latest_on.isoformat()} at {say_count(most, 'introduction')} a rep and week; the "
        f"last accounts change hands on {last.isoformat()}",
        CODES["HO201"].fix,
        {"n_late": n_late, "by_rep": dict(sorted(late.items())), "last_on": last.isoformat()},
    )
