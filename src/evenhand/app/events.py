"""Reading the events that a command is given: as text, or from TOML files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError
from evenhand.plan.events import parse_event, parse_events_toml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.app.ports import Outside
    from evenhand.plan.events import Event

SUFFIX = ".toml"


def read_events(outside: Outside, given: Sequence[str]) -> tuple[Event, ...]:
    """Read events.

    Parameters
    ----------
    given
        Each as on the command line (``rep-left:territory=T07``), or the path of a TOML file of several.

    Raises
    ------
    InputError
        With everything that is wrong with any of them.
    """
    events: list[Event] = []
    problems: dict[str, str] = {}
    for text in given:
        try:
            if text.strip().endswith(SUFFIX) and ":" not in Path(text).name:
                events += parse_events_toml(outside.read_text(Path(text.strip())), text.strip())
            else:
                events.append(parse_event(text))
        except InputError as error:
            for key, message in error.problems.items():
                problems[key if key not in problems else f"{key} ({len(problems) + 1})"] = message
    if problems:
        raise InputError(problems)
    return tuple(events)
