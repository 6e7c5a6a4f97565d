"""A push as tables: the difference it makes, by kind of change, and every record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.push.pushing import N_EXAMPLES
from evenhand.app.push.standing import PROBLEMS, State
from evenhand.app.push.words import say_kind, say_write

if TYPE_CHECKING:
    from evenhand.app.push.pushing import Pushed
    from evenhand.handoff.change_set import Write

DIFFERENCE_SCHEMA = {
    "what": pl.String,
    "from_on": pl.Date,
    "until_on": pl.Date,
    "n": pl.Int64,
    "n_to_write": pl.Int64,
    "n_done": pl.Int64,
    "n_no_need": pl.Int64,
    "n_problems": pl.Int64,
    "examples": pl.String,
}
RECORDS_SCHEMA = {
    "on": pl.Date,
    "object": pl.String,
    "id": pl.String,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
    "state": pl.String,
    "is_back": pl.Boolean,
    "value": pl.String,
    "code": pl.String,
    "words": pl.String,
    "fix": pl.String,
}


def tell_difference(pushed: Pushed) -> pl.DataFrame:
    """Return what changes, by kind in the order of a day, with the days and examples by name.

    Returns
    -------
    pl.DataFrame
        See `DIFFERENCE_SCHEMA`. `n_no_need`: was so already, or isn't used by the firm. When taking back, `n_done` are
        those that are as they were.
    """
    groups: dict[tuple[int, str], list[Write]] = {}
    for write in pushed.writes:
        groups.setdefault((write.order, say_kind(write)), []).append(write)
    rows = []
    for (_, what), writes in sorted(groups.items(), key=lambda group: group[0]):
        states = [pushed.standing(write).state for write in writes]
        n_problems = sum(state in PROBLEMS for state in states)
        n_done, n_no_need = states.count(State.DONE), states.count(State.FOUND) + states.count(State.LEFT)
        examples = "; ".join(say_write(write, pushed.names) for write in writes[:N_EXAMPLES])
        days, n = [write.on for write in writes], len(writes)
        n_left = n - n_problems - n_done - n_no_need
        rows.append((what, min(days), max(days), n, n_left, n_done, n_no_need, n_problems, examples))
    return pl.DataFrame(rows, schema=DIFFERENCE_SCHEMA, orient="row")


def list_records(pushed: Pushed) -> pl.DataFrame:
    """Return every write with what became of it; see `RECORDS_SCHEMA`."""
    rows = []
    for write in pushed.writes:
        standing = pushed.standing(write)
        rows.append((
            write.on, write.object, write.id, write.field, write.before, write.after, str(standing.state),
            standing.is_back, standing.value, standing.code, standing.words, standing.fix,
        ))  # fmt: skip
    return pl.DataFrame(rows, schema=RECORDS_SCHEMA, orient="row")
