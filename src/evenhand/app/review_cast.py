"""Whom a plan concerns: the managers and reps of the territories that it touches, and who approves it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.review.chain import find_approvers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from evenhand.book.book import Book
    from evenhand.policy import Policy


@dataclass(frozen=True)
class Cast:
    """Whom a plan concerns.

    Attributes
    ----------
    teams
        The touched territories by the manager of whoever covers them.
    reps
        The same by the rep who covers them.
    chain
        Who approves, in order.
    """

    teams: Mapping[str, frozenset[str]]
    reps: Mapping[str, frozenset[str]]
    chain: tuple[str, ...]


def find_cast(
    book: Book,
    touched: Collection[str],
    policy: Policy,
    *,
    here: Collection[str],
    holders: Mapping[str, str],
    leave_out: Collection[str],
) -> Cast:
    """Find whom a plan concerns.

    Parameters
    ----------
    touched
        Territories that give or get an account.
    here
        Those who can act in the workspace: only they can approve.
    holders
        Who holds each title.
    leave_out
        Who may not approve: those who asked for the plan or put it forward.

    References
    ----------
    Policy entries ``review.approval_levels`` and ``review.approvers``.
    """
    covered = book.coverage.filter(
        pl.col("territory_id").is_in(sorted(touched)),
        pl.col("starts_on") <= book.as_of,
        pl.col("ends_on").is_null() | (pl.col("ends_on") >= book.as_of),
    )
    manager_of = {
        rep: manager for rep, manager in book.reps.select("rep_id", "manager_id").iter_rows() if manager is not None
    }
    reps: defaultdict[str, set[str]] = defaultdict(set)
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for rep, territory in covered.select("rep_id", "territory_id").iter_rows():
        reps[rep].add(territory)
        if rep in manager_of:
            teams[manager_of[rep]].add(territory)
    absent = (set(manager_of.values()) - set(here)) | set(leave_out)
    chain = find_approvers(reps, manager_of, levels=policy.review.approval_levels, leave_out=absent)
    # The direct managers of touched teams validate; they approve only where the policy's titles name nobody.
    validates = set(teams)
    above = tuple(who for who in chain if who not in validates)
    return Cast(
        {manager: frozenset(found) for manager, found in teams.items()},
        {rep: frozenset(found) for rep, found in reps.items()},
        above or _titles(policy.review.approvers, holders, leave_out) or chain,
    )


def _titles(titles: Sequence[str], holders: Mapping[str, str], leave_out: Collection[str]) -> tuple[str, ...]:
    found = (holders[title] for title in titles if title in holders)
    return tuple(dict.fromkeys(who for who in found if who not in leave_out))
