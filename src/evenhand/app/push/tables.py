"""A push as tables: the difference it makes, by day and kind of record, and every record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.app.push.pushing import N_EXAMPLES
from evenhand.app.push.standing import PROBLEMS, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.app.push.pushing import Pushed
    from evenhand.handoff.change_set import Write

DIFFERENCE_SCHEMA = {
    "on": pl.Date,
    "what": pl.String,
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

_WORDS = {
    ("Account", "OwnerId"): "account: another owner",
    ("Opportunity", "OwnerId"): "deal: another owner",
    ("Opportunity", "Territory2Id"): "deal: another territory",
    ("ForecastingQuota", "QuotaAmount"): "quota: another amount",
    ("companies", "hubspot_owner_id"): "company: another owner",
    ("contacts", "hubspot_owner_id"): "contact: another owner",
    ("deals", "hubspot_owner_id"): "deal: another owner",
    ("companies", "territory"): "company: another territory",
}


def tell_difference(pushed: Pushed) -> pl.DataFrame:
    """Return what changes, by day and kind, with examples by name.

    Returns
    -------
    pl.DataFrame
        See `DIFFERENCE_SCHEMA`. `n_no_need`: was so already, or isn't used by the firm. When taking back, `n_done` are
        those that are as they were.
    """
    groups: dict[tuple[Any, ...], list[Write]] = {}
    for write in pushed.writes:
        groups.setdefault((write.on, write.order, _what(write)), []).append(write)
    rows = []
    for (on, _, what), writes in groups.items():
        states = [pushed.standing(write).state for write in writes]
        n_problems = sum(state in PROBLEMS for state in states)
        n_done, n_no_need = states.count(State.DONE), states.count(State.FOUND) + states.count(State.LEFT)
        examples = "; ".join(_example(write, pushed.names) for write in writes[:N_EXAMPLES])
        n = len(writes)
        rows.append((on, what, n, n - n_problems - n_done - n_no_need, n_done, n_no_need, n_problems, examples))
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


def _what(write: Write) -> str:
    if write.field == "exists":
        return "account: leaves its territory" if write.after is None else "account: joins its territory"
    return _WORDS.get((write.object, write.field), f"{write.object}: another {write.field}")


def _example(write: Write, names: Mapping[str, str]) -> str:
    record, _, other = write.id.partition("|")
    name, other = names.get(record, record), names.get(other, other)
    if write.field == "exists":
        return f"{name} {'leaves' if write.after is None else 'joins'} {other}"
    before, after = ("nobody" if text is None else names.get(text, text) for text in (write.before, write.after))
    return f"{name}{f' from {other}' if other else ''}: {before} → {after}"
