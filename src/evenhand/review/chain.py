"""Who approves: the nearest leader above all teams that a plan touches, and those further up; and their delegates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.errors import Refusal
from evenhand.review.codes import CODES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

MOST_LEVELS = 30
"""More levels of managers than any firm has; ends the climb where people report to one another in a circle."""


def find_line(rep_id: str, manager_of: Mapping[str, str]) -> list[str]:
    """Return those above somebody, the nearest first."""
    line: list[str] = []
    above = manager_of.get(rep_id, "")
    while above and above not in line and above != rep_id and len(line) < MOST_LEVELS:
        line.append(above)
        above = manager_of.get(above, "")
    return line


def find_approvers(
    touched: Iterable[str], manager_of: Mapping[str, str], *, levels: int, leave_out: Collection[str]
) -> tuple[str, ...]:
    """Return who approves a plan, in order.

    Parameters
    ----------
    touched
        Reps whose territories the plan touches.
    manager_of
        Whom each rep reports to.
    levels
        How many approve.
    leave_out
        Who may not: those who asked for the plan or put it forward, and whoever can't answer.

    Returns
    -------
    tuple of str
        Rep ids, the nearest first; fewer than `levels` where the line ends, none where nobody is above all of them.

    Notes
    -----
    The direct manager of a single touched team is above all of it, but has flagged or confirmed already: managers
    validate. So approval starts above the direct managers, unless there is nobody.
    """
    lines = [find_line(rep, manager_of) for rep in sorted(set(touched))]
    lines = [line for line in lines if line]
    if not lines:
        return ()
    common = [who for who in lines[0] if all(who in line for line in lines)]
    managers = {line[0] for line in lines}
    above = [who for who in common if who not in managers] or common
    return tuple(who for who in above if who not in leave_out)[:levels]


@dataclass(frozen=True)
class Delegation:
    """Somebody's approvals and signatures are given by another for a time, both days included."""

    of: str
    to: str
    starts_on: dt.date
    ends_on: dt.date

    def holds_on(self, day: dt.date) -> bool:
        """Say whether it holds on a day."""
        return self.starts_on <= day <= self.ends_on


def check_delegation(delegation: Delegation, today: dt.date) -> None:
    """Refuse a delegation that can't be.

    Raises
    ------
    Refusal
        To oneself, or whose days are over or the wrong way round.
    """
    said = ""
    if delegation.of == delegation.to:
        said = "Nobody is their own delegate."
    elif delegation.ends_on < delegation.starts_on:
        said = "It ends before it starts."
    elif delegation.ends_on < today:
        said = "Its days are over."
    if said:
        raise Refusal("RV301", said, CODES["RV301"].fix)


def stand_for(person_id: str, delegations: Sequence[Delegation], day: dt.date) -> frozenset[str]:
    """Return those whose delegate somebody is on a day; a delegate doesn't delegate further."""
    return frozenset(d.of for d in delegations if d.to == person_id and d.holds_on(day))
