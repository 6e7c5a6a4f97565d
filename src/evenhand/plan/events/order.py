"""Several events at once: one order whatever order they are named in, and no two for one seat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.plan.events.parse import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.plan.events.event import Event, Firm


def order_events(events: Sequence[Event]) -> tuple[Event, ...]:
    """Sort events into the order in which they are applied.

    Notes
    -----
    First what changes the territories (mergers, splits, market expansions, new hires), then what changes the accounts
    (graduation), then what is given up (reps who left, layoffs), so that new seats share in it; new products last, on
    the territories that result. Within a kind by how they are written.
    """
    kinds = list(KINDS)
    return tuple(sorted(events, key=lambda event: (kinds.index(event.kind), str(event))))


def check_conflicts(events: Sequence[Event], firm: Firm) -> None:
    """Refuse events that name the same seat.

    Raises
    ------
    InputError
        Naming each such seat and the events.
    """
    claimed: dict[str, tuple[Event, str]] = {}
    problems: dict[str, str] = {}
    for event in events:
        for subject, what in event.claims(firm).items():
            if subject in claimed:
                other, its = claimed[subject]
                problems[f"events, {subject}"] = f"`{other}` {its} and `{event}` {what}; keep one of them"
            else:
                claimed[subject] = (event, what)
    if problems:
        raise InputError(problems)
