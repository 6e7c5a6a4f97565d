"""What drifted from book to book, in the words of someone who has to explain it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.wording import say_count, say_list, say_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.policy import Policy

LEAST_SEEN = 0.005
"""A change by a smaller share isn't said: it would be rounded away."""

MOST_MEASURES = 3
"""A sentence says so many measures; the table has all of them."""


def say_drift(
    seat: str,
    rows: Sequence[Mapping[str, Any]],
    arrived: Sequence[str],
    left: Sequence[str],
    reps: Sequence[str],
    currency: str,
    policy: Policy,
) -> str:
    """Say how far a territory drifted, since when, and what happened meanwhile.

    Parameters
    ----------
    rows
        Its drifted measures as in `CHANGE_SCHEMA`, the furthest first.
    arrived, left
        Ids of accounts.
    reps
        Who covered it on each book's date; empty where no book tells.
    """
    said = [_say_measure(row, currency) for row in rows[:MOST_MEASURES]]
    if len(rows) > MOST_MEASURES:
        said.append(say_count(len(rows) - MOST_MEASURES, "further measure"))
    steepest = rows[0]
    when = f"mostly between {steepest['steepest_since']} and {steepest['steepest_until']}"
    return f"{seat} drifted: {say_list(said)}; {when}. {_say_why(rows, arrived, left, reps, currency, policy)}"


def _say_measure(row: Mapping[str, Any], currency: str) -> str:
    first, last = (say_value(row[end], row["unit"], currency) for end in ("first", "last"))
    away = f"{100 * row['relative_change']:+.0f} %".replace("-", "−")
    steadily = " steadily" if row["trend"] else ""
    return f"{MEASURES[row['measure']].title} went{steadily} from {first} to {last} ({away} against the team)"


def _say_why(
    rows: Sequence[Mapping[str, Any]],
    arrived: Sequence[str],
    left: Sequence[str],
    reps: Sequence[str],
    currency: str,
    policy: Policy,
) -> str:
    sums = sorted(
        (row for row in rows if row["arrived"] is not None and row["measure"] != "accounts"),
        key=lambda row: row["measure"] != "potential",
    )
    added = sums[0] if sums else None
    named = policy.history.accounts_named
    reasons = []
    for ids, verb, part, sign in ((arrived, "came", "arrived", "+"), (left, "left", "left", "−")):
        if ids:
            amount = f", {sign}{_amount(added, part, currency)}" if added else ""
            reasons.append(f"{say_count(len(ids), 'account')} {verb} ({_name(ids, named)}{amount})")
    if added and _is_seen(added["stayed_changed"], added):
        change = added["stayed_changed"]
        sign = "+" if change > 0 else "−"
        reasons.append(f"those that stayed changed by {sign}{_amount(added, 'stayed_changed', currency)}")
    in_turn = [rep for rep, _ in groupby(reps)]
    if len(in_turn) > 1:
        reasons.append(f"the rep changed ({' → '.join(in_turn)})")
    if not reasons:
        return "No account came or left and the rep is the same."
    of = f" ({_UNITS.get(added['measure'], MEASURES[added['measure']].title)})" if added else ""
    return f"Meanwhile{of}: {say_list(reasons)}."


_UNITS = {"workload_share": "hours a year"}
"""What the parts of a measure are in, where that isn't the measure's unit."""


def _amount(row: Mapping[str, Any], part: str, currency: str) -> str:
    unit = "count" if row["measure"] in _UNITS else row["unit"]
    return say_value(abs(row[part]), unit, currency)


def _is_seen(change: float, row: Mapping[str, Any]) -> bool:
    """Say whether a change is more than rounding."""
    return bool(abs(change) > LEAST_SEEN * abs(row["first"]))


def _name(ids: Sequence[str], most: int) -> str:
    if not most:
        return "see the table"
    more = len(ids) - most
    return ", ".join(ids[:most]) + (f" and {more:,} more" if more > 0 else "")
