"""Finding everything that is wrong with the values of a policy, each by name with the nearest right one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.policy.entries import EntryView, iterate_entries
from evenhand.policy.sections import Entries

if TYPE_CHECKING:
    from collections.abc import Mapping


def entry_views() -> tuple[EntryView, ...]:
    """Return every entry that a policy has, in order."""
    return _VIEWS


def validate_entries(values: Mapping[str, Any]) -> Entries:
    """Make entries of nested plain values.

    Raises
    ------
    InputError
        With every unknown or out-of-range entry.
    """
    if problems := problems_of(values):
        raise InputError(problems)
    return Entries.model_validate(_offs(values))


def problems_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with nested plain values, by the dotted name of the entry."""
    try:
        Entries.model_validate(_offs(values))
    except ValidationError as error:
        return dict(_explain(item) for item in error.errors())
    return {}


def overlay(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the changes laid over them, section by section."""
    merged = dict(values)
    for name, value in changes.items():
        below = merged.get(name)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[name] = {**below, **value} if both and isinstance(below, dict) else value
    return merged


def _offs(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn "off" into None for the entries that can be switched off."""
    optional = {view.path for view in entry_views() if view.allowed.endswith(", or off")}
    return {
        section: {
            name: None if value == "off" and f"{section}.{name}" in optional else value for name, value in table.items()
        }
        if isinstance(table, dict)
        else table
        for section, table in _without_null_bounds(values).items()
    }


def _without_null_bounds(values: Mapping[str, Any]) -> dict[str, Any]:
    ranges = values.get("ranges")
    if not isinstance(ranges, dict):
        return dict(values)
    cleaned = {
        name: {key: item for key, item in spec.items() if item != "off"} if isinstance(spec, dict) else spec
        for name, spec in ranges.items()
    }
    return {**values, "ranges": cleaned}


def _explain(item: Any) -> tuple[str, str]:
    path = ".".join(str(part) for part in item["loc"])
    value = item.get("input")
    view = next((view for view in entry_views() if path == view.path or path.startswith(f"{view.path}.")), None)
    if item["type"] == "extra_forbidden":
        section = path.split(".", maxsplit=1)[0]
        known = [entry.path for entry in entry_views()]
        if section not in Entries.model_fields:
            hint = say_nearest(path, Entries.model_fields) if "." not in path else say_nearest(path, known)
            return path, f"there is no such section.{hint}"
        elsewhere = [name for name in known if name.rpartition(".")[2] == path.rpartition(".")[2]]
        within = [name for name in known if name.startswith(f"{section}.")]
        close = elsewhere[:1] or difflib.get_close_matches(path, within, n=1, cutoff=0.6)
        return path, f"there is no such entry.{f' Did you mean {close[0]!r}?' if close else say_nearest(path, known)}"
    reason = item["msg"].removeprefix("Value error, ")
    allowed = f" Allowed: {view.allowed}." if view and view.allowed else ""
    shown = "" if item["type"] == "value_error" else f"{value!r}: "
    return path, f"{shown}{reason[0].lower()}{reason[1:]}.{allowed}"


_VIEWS = tuple(iterate_entries(Entries))
