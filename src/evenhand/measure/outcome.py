"""The outcome of a plan: kept or not, followed up, and what it cost and brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose import diagnose
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity
from evenhand.measure.codes import CODES
from evenhand.measure.comparison import compare_moved
from evenhand.measure.cost import pool_costs
from evenhand.measure.decay import find_decay, trace_balance
from evenhand.measure.effect import compare_teams
from evenhand.measure.fairness import compare_quotas
from evenhand.measure.fates import sum_fates
from evenhand.measure.follow_up import follow_up
from evenhand.measure.kept import check_kept
from evenhand.measure.shapes import compare_shapes
from evenhand.measure.waiting import list_waits

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose import Diagnosis
    from evenhand.measure.comparison import MatchedComparison
    from evenhand.measure.cost import MoveCost
    from evenhand.measure.decay import Decay
    from evenhand.measure.fairness import QuotaFairness
    from evenhand.measure.kept import PlanKept
    from evenhand.measure.shapes import ShapeChange
    from evenhand.policy import Policy


@dataclass(frozen=True, eq=False)
class Published:
    """What was published of a plan besides its moves; each part may be lacking.

    Attributes
    ----------
    assignment
        account_id, territory_id: where the plan has every account.
    territories
        territory_id, measure, after: what the plan promised.
    fairness
        territory_id, attainment_after and its limits: the attainment that the plan predicted.
    ledger, tasks
        Of the handoff.
    paid, done
        What people said was paid and done, see `evenhand.measure.kept.check_kept`.
    """

    assignment: pl.DataFrame | None = None
    territories: pl.DataFrame | None = None
    fairness: pl.DataFrame | None = None
    ledger: pl.DataFrame | None = None
    tasks: pl.DataFrame | None = None
    paid: pl.DataFrame | None = None
    done: pl.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a plan came to.

    Attributes
    ----------
    before_hash, after_hash
        Of the two books.
    moved_on
        The day from which it is counted.
    followed
        Every moved account, see `evenhand.measure.follow_up.follow_up`.
    fates
        Moves by grade and what became of them, see `evenhand.measure.fates.sum_fates`.
    team
        See `evenhand.measure.effect.compare_teams`.
    shapes
        How attainment, potential and workload are distributed over the seats, before and after.
    balance
        Of each measure from book to book, see `evenhand.measure.decay.trace_balance`.
    decays
        How much of the balance that the plan made is left.
    waits
        New hires and how long they waited, see `evenhand.measure.waiting.list_waits`; null where the book can't tell.
    fairness
        Predicted against actual attainment since the move.
    comparison
        Moved accounts against similar unmoved ones.
    costs
        What a move of each grade did in the quarter after it, from this cycle alone; see
        `evenhand.measure.cost.pool_costs` for several.
    kept
        Whether what was published happened; null where no assignment is known.
    conclusion
        Whether anything needs to change, by the newer book.
    """

    before_hash: str
    after_hash: str
    moved_on: dt.date
    n_days: int
    currency: str
    followed: pl.DataFrame
    fates: pl.DataFrame
    team: pl.DataFrame
    shapes: tuple[ShapeChange, ...]
    balance: pl.DataFrame
    decays: tuple[Decay, ...]
    waits: pl.DataFrame | None
    fairness: QuotaFairness
    comparison: MatchedComparison
    costs: tuple[MoveCost, ...]
    kept: PlanKept | None
    conclusion: str
    findings: tuple[Finding, ...] = field(default=())


def measure_outcome(
    moves: pl.DataFrame,
    grade_of_account: pl.DataFrame,
    before: Book,
    after: Book,
    moved_on: dt.date,
    policy: Policy,
    *,
    published: Published | None = None,
    between: Sequence[Book] = (),
) -> Outcome:
    """Measure what a plan came to.

    Parameters
    ----------
    moves
        The plan's: account_id, name, to_territory_id, grade.
    grade_of_account
        account_id, grade: of every account that could have moved.
    before
        The book the plan was made from.
    after
        A newer one.
    moved_on
        The day on which accounts changed hands.
    published
        What else was published.
    between
        Books of days between the two, for the decay of balance.

    Raises
    ------
    InputError
        If the newer book isn't later than that day.
    """
    if after.as_of <= moved_on:
        raise InputError(
            {"after": f"is of {after.as_of}, but accounts changed hands on {moved_on}; give a later book (ME104)"}
        )
    findings = [
        Finding("ME103", Severity.WARNING, name, f"the newer book has no {name}", CODES["ME103"].fix)
        for name in ("activities", "opportunities")
        if not after.has(name)
    ]
    said = published or Published()
    comparison = compare_moved(moves, grade_of_account, before, after, moved_on, policy)
    was, now = diagnose(before, policy), diagnose(after, policy)
    diagnosed = [(before, was), *((book, diagnose(book, policy)) for book in between), (after, now)]
    balance = trace_balance(diagnosed)
    followed = follow_up(moves, before, after, moved_on, policy)
    kept = None
    if said.assignment is not None:
        kept = check_kept(
            moves, said.assignment, before, after,
            ledger=said.ledger, tasks=said.tasks, paid=said.paid, done=said.done,
        )  # fmt: skip
        findings += _remark_off_plan(kept)
    waits = list_waits(after, policy)
    findings += _remark_waits(waits, policy)
    return Outcome(
        before_hash=before.content_hash,
        after_hash=after.content_hash,
        moved_on=moved_on,
        n_days=(after.as_of - moved_on).days,
        currency=after.currency,
        followed=followed,
        fates=sum_fates(followed, after, moved_on),
        team=compare_teams(was, now, (before, after), policy),
        shapes=compare_shapes(was, now),
        balance=balance,
        decays=_decays(balance, said.territories, was, moved_on),
        waits=waits,
        fairness=compare_quotas(after, now.territories, moved_on, said.fairness),
        comparison=comparison,
        costs=pool_costs([comparison], policy),
        kept=kept,
        conclusion=now.conclusion,
        findings=(*findings, *comparison.findings),
    )


def _decays(
    balance: pl.DataFrame, planned: pl.DataFrame | None, was: Diagnosis, moved_on: dt.date
) -> tuple[Decay, ...]:
    if planned is None:
        return ()
    seats = was.territories.filter("is_seat").select("territory_id", "layer", "capacity_share").unique()
    return find_decay(balance, planned, seats, moved_on)


def _remark_off_plan(kept: PlanKept) -> list[Finding]:
    taken = kept.accounts.filter(pl.col("state") == "moved without a plan")["account_id"].to_list()
    if not taken:
        return []
    shown = ", ".join(taken[:_SHOWN]) + (f" and {len(taken) - _SHOWN:,} more" if len(taken) > _SHOWN else "")
    message = f"accounts that the plan left where they were are in another territory: {shown}"
    return [Finding("ME105", Severity.WARNING, "accounts.territory_id", message, CODES["ME105"].fix, {"ids": taken})]


def _remark_waits(waits: pl.DataFrame | None, policy: Policy) -> list[Finding]:
    late = [] if waits is None else waits.filter("is_late").select("rep_id", "n_days").rows()
    if not late:
        return []
    shown = ", ".join(f"{rep} ({n} days)" for rep, n in late[:_SHOWN])
    message = f"waited over {policy.measure.vacancy_days} days for a territory: {shown}"
    return [Finding("ME106", Severity.WARNING, "coverage", message, CODES["ME106"].fix, {"n_days": dict(late)})]


_SHOWN = 5
