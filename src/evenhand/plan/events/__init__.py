"""What happens at the same time as the plan: each event changes the setting by its own method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.plan.events.event import Event, Firm
from evenhand.plan.events.graduation import Graduation
from evenhand.plan.events.layoff import Layoff
from evenhand.plan.events.market_expansion import MarketExpansion
from evenhand.plan.events.merge import Merge
from evenhand.plan.events.new_hire import NewHire
from evenhand.plan.events.new_product import NewProduct
from evenhand.plan.events.order import check_conflicts, order_events
from evenhand.plan.events.parse import parse_event, parse_events, parse_events_toml, spell_events
from evenhand.plan.events.rep_left import RepLeft
from evenhand.plan.events.split import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.plan.setting import Setting

__all__ = [
    "Event",
    "Firm",
    "Graduation",
    "Layoff",
    "MarketExpansion",
    "Merge",
    "NewHire",
    "NewProduct",
    "RepLeft",
    "Split",
    "apply_events",
    "order_events",
    "parse_event",
    "parse_events",
    "parse_events_toml",
    "spell_events",
]


def apply_events(setting: Setting, events: Sequence[Event], firm: Firm) -> Setting:
    """Apply events, in the order of `order_events` whatever order they are given in.

    Raises
    ------
    InputError
        Naming every territory that isn't there, and every seat that several events name.
    """
    events = order_events(events)
    check_conflicts(events, firm)
    problems: dict[str, str] = {}
    for event in events:
        try:
            setting = event.apply(setting, firm)
        except InputError as error:
            problems |= {f"event {event.kind}, {key}": message for key, message in error.problems.items()}
    if problems:
        raise InputError(problems)
    return replace(setting, events=events) if events else setting
