"""Measuring what a plan on disk came to, from the book it was made from and a newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.app.policies import read_stored_policy
from evenhand.foundation.errors import InputError
from evenhand.measure.outcome import measure_outcome

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.measure.outcome import Outcome


def measure_plan(
    outside: Outside, plan_folder: Path, before_folder: Path, after_folder: Path, moved_on: dt.date | None = None
) -> Outcome:
    """Measure a plan.

    Parameters
    ----------
    moved_on
        The day on which accounts changed hands; None: the day after the date of the book before.

    Raises
    ------
    InputError
        If the plan isn't of the book before, or the other book isn't newer.
    """
    record, _ = outside.read_plan(plan_folder)
    before, after = outside.read_book(before_folder), outside.read_book(after_folder)
    if record.summary["hashes"]["book"] != before.content_hash:
        raise InputError({"before": f"{before_folder} isn't the book that {plan_folder} was made from"})
    units = record.tables["problem"].select("account_ids", "grade").explode("account_ids")
    grades = units.select(account_id="account_ids", grade="grade")
    policy = read_stored_policy(record)
    day = moved_on or before.as_of
    return measure_outcome(record.tables["moves"], grades, before, after, day, policy)
