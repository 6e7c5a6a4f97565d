"""The outcome of a plan: kept or not, followed up, and what it cost and brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.diagnose import diagnose
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity
from evenhand.measure.codes import CODES
from evenhand.measure.comparison import compare_moved
from evenhand.measure.effect import compare_teams
from evenhand.measure.follow_up import follow_up

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from evenhand.book.book import Book
    from evenhand.measure.comparison import MatchedComparison
    from evenhand.policy import Policy


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
    team
        See `evenhand.measure.effect.compare_teams`.
    comparison
        Moved accounts against similar unmoved ones.
    """

    before_hash: str
    after_hash: str
    moved_on: dt.date
    n_days: int
    followed: pl.DataFrame
    team: pl.DataFrame
    comparison: MatchedComparison
    findings: tuple[Finding, ...]


def measure_outcome(
    moves: pl.DataFrame, grade_of_account: pl.DataFrame, before: Book, after: Book, moved_on: dt.date, policy: Policy
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
    comparison = compare_moved(moves, grade_of_account, before, after, moved_on, policy)
    team = compare_teams(diagnose(before, policy), diagnose(after, policy), (before, after), policy)
    return Outcome(
        before.content_hash,
        after.content_hash,
        moved_on,
        (after.as_of - moved_on).days,
        follow_up(moves, before, after, moved_on, policy),
        team,
        comparison,
        (*findings, *comparison.findings),
    )
