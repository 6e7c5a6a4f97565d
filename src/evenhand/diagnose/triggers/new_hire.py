"""Does a new hire need a territory?"""

from __future__ import annotations

import datetime as dt

import polars as pl

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, TriggerSeverity, cannot_tell, switched_off
from evenhand.diagnose.wording import say_count, say_list

NAME, TITLE, ENTRY = "new_hire", "New hire without a territory", "triggers.new_hire"


def find_new_hires(situation: Situation) -> Trigger:
    """Find reps hired lately, or about to start, whom no present or coming coverage names.

    Notes
    -----
    A new hire was hired within new_hire_days before the book's date, or is to start after it, has not left and is
    nobody's manager. Near: a rep hired longer ago who covers nothing and is nobody's manager.
    """
    book, policy = situation.book, situation.policy
    if not policy.triggers.new_hire:
        return switched_off(NAME, TITLE, ENTRY)
    if not book.has("reps", "hired_on"):
        return cannot_tell(NAME, TITLE, ENTRY, "no reps with hired_on in the book")
    if not book.has("coverage"):
        return cannot_tell(NAME, TITLE, ENTRY, "no coverage in the book")
    covering = book.coverage.filter(pl.col("ends_on").is_null() | (pl.col("ends_on") >= book.as_of))["rep_id"]
    idle = book.reps.filter(
        (pl.col("left_on").is_null() | (pl.col("left_on") > book.as_of))
        & ~pl.col("rep_id").is_in(covering.implode())
        & ~pl.col("rep_id").is_in(book.reps["manager_id"].drop_nulls().implode())
        & pl.col("hired_on").is_not_null()
    ).sort("hired_on", "rep_id")
    since = book.as_of - dt.timedelta(days=policy.triggers.new_hire_days)
    new = idle.filter(pl.col("hired_on") >= since)
    chosen = new if new.height else idle
    state = State.FIRED if new.height else State.NEAR if idle.height else State.QUIET
    who = say_list([f"{rep} (from {day})" for rep, day in chosen.select("rep_id", "hired_on").head(5).iter_rows()])
    more = f" and {chosen.height - 5} more" if chosen.height > 5 else ""
    need = say_count(new.height, "new hire needs a territory", "new hires need territories")
    message = {
        State.FIRED: f"{need}: {who}{more}.",
        State.NEAR: f"No new hire waits; without a territory for longer: {who}{more}.",
        State.QUIET: "Every rep has a territory.",
    }[state]
    return Trigger(
        NAME,
        TITLE,
        state,
        TriggerSeverity.MEDIUM if state is State.FIRED else TriggerSeverity.LOW,
        message,
        ENTRY,
        value=float(new.height),
        threshold=0.0,
        record_ids={"reps": tuple(chosen["rep_id"])} if chosen.height else {},
        figures={"hired_on": {rep: str(day) for rep, day in chosen.select("rep_id", "hired_on").iter_rows()}},
        since=_first(new["hired_on"]),
    )


def _first(days: pl.Series) -> dt.date | None:
    first = days.min()
    return first if isinstance(first, dt.date) else None
