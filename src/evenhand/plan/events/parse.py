"""Reading an event as it is written on the command line: ``new-hire:territory=T99,capacity_share=0.5``."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError
from evenhand.plan.events.layoff import Layoff
from evenhand.plan.events.new_hire import NewHire
from evenhand.plan.events.rep_left import RepLeft
from evenhand.policy.validation import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS: dict[str, type[NewHire | RepLeft | Layoff]] = {"new-hire": NewHire, "rep-left": RepLeft, "layoff": Layoff}

_READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "float": float,
    "tuple[str, ...]": lambda text: tuple(part.strip() for part in text.split(";") if part.strip()),
}


def parse_event(text: str) -> NewHire | RepLeft | Layoff:
    """Read an event.

    Parameters
    ----------
    text
        ``kind:name=value,name=value``; several values of one name are separated by ``;``.

    Raises
    ------
    InputError
        Naming everything that is wrong with it.
    """
    name, _, rest = text.partition(":")
    kind = KINDS.get(name.strip())
    if kind is None:
        raise InputError({"event": f"there is no event {name!r}.{nearest(name, KINDS)}"})
    declared = {field.name: field for field in fields(kind)}
    given: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in rest.split(","))):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if key not in declared or not equals:
            problems[f"event {name}, {key}"] = f"is not one of its settings.{nearest(key, declared)}"
            continue
        try:
            given[key] = _READERS[str(declared[key].type)](value)
        except ValueError:
            problems[f"event {name}, {key}"] = f"{value!r} is not a number"
    for key, field in declared.items():
        if field.default is MISSING and not given.get(key) and f"event {name}, {key}" not in problems:
            problems[f"event {name}, {key}"] = f"is missing: write {name}:{key}=…"
    if problems:
        raise InputError(problems)
    return kind(**given)
