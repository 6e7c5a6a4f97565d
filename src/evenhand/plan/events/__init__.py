"""What happens at the same time as the plan: each event changes the setting by its own method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.plan.events.layoff import Layoff
from evenhand.plan.events.new_hire import NewHire
from evenhand.plan.events.parse import parse_event
from evenhand.plan.events.rep_left import RepLeft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.plan.setting import Setting

Event = NewHire | RepLeft | Layoff

__all__ = ["Event", "Layoff", "NewHire", "RepLeft", "apply_events", "parse_event"]


def apply_events(setting: Setting, events: Sequence[Event]) -> Setting:
    """Apply events in order.

    Raises
    ------
    InputError
        If an event names a territory that isn't there.
    """
    for event in events:
        setting = event.apply(setting)
    return setting
