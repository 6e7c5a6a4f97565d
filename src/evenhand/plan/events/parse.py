"""Reading events as they are written on the command line or in a TOML file, with every problem at once."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.plan.events.graduation import Graduation
from evenhand.plan.events.layoff import Layoff
from evenhand.plan.events.market_expansion import MarketExpansion
from evenhand.plan.events.merge import Merge
from evenhand.plan.events.new_hire import NewHire
from evenhand.plan.events.new_product import NewProduct
from evenhand.plan.events.rep_left import RepLeft
from evenhand.plan.events.split import Split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from evenhand.plan.events.event import Event

KINDS: dict[str, type[Event]] = {
    event.kind: event for event in (Merge, Split, MarketExpansion, NewHire, Graduation, RepLeft, Layoff, NewProduct)
}
"""Every kind of event, in the order in which they are applied."""


def parse_event(text: str) -> Event:
    """Read an event.

    Parameters
    ----------
    text
        ``kind:name=value,name=value``; several values of one name are separated by ``;``, a value that has one of
        ``, ; =`` in it is put in double quotes.

    Raises
    ------
    InputError
        Naming everything that is wrong with it.
    """
    name, _, rest = text.partition(":")
    settings: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for part in _cut(rest, ","):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            problems[f"event {name}, {key}"] = "has no value; write name=value"
        elif key in settings:
            problems[f"event {name}, {key}"] = "is there twice"
        settings[key] = value
    return _make(name.strip(), settings, problems)


def parse_events(texts: Sequence[str]) -> tuple[Event, ...]:
    """Read several events, naming what is wrong with any of them at once.

    Raises
    ------
    InputError
        With the problems of all of them.
    """
    return _collect({str(number): lambda text=text: parse_event(text) for number, text in enumerate(texts)}, "")  # type: ignore[misc]  # a default binds the text


def parse_events_toml(text: str, name: str = "events.toml") -> tuple[Event, ...]:
    """Read events from a TOML file: a table ``[[event]]`` for each, with ``kind`` and its settings.

    Raises
    ------
    InputError
        With everything that is wrong in the file.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError({name: f"is not TOML: {error}"}) from None
    tables = document.pop("event", [])
    problems = {f"{name}: {key}": f"is not known.{say_nearest(key, ['event'])} Write [[event]]." for key in document}
    if not isinstance(tables, list) or any(not isinstance(table, dict) for table in tables):
        raise InputError({**problems, f"{name}: event": "must be tables, each headed [[event]]"})
    if not tables and not problems:
        problems[name] = "has no event; head each with [[event]]"
    readers = {}
    for number, table in enumerate(tables, 1):
        settings = {key: _plain(value) for key, value in table.items() if key != "kind"}
        kind = str(table.get("kind", ""))
        readers[f"{name}: event {number}"] = lambda kind=kind, settings=settings: _make(kind, settings, {})
    return _collect(readers, ": ", problems)


def spell_events(texts: Sequence[str]) -> tuple[str, ...]:
    """Write events out as on the command line, wherever a text has several: a line each, or TOML.

    Parameters
    ----------
    texts
        Each one event, several on lines of their own, or the content of a TOML file of ``[[event]]`` tables.

    Raises
    ------
    InputError
        With the problems of all of them.
    """
    readers: dict[str, Callable[[], tuple[Event, ...]]] = {}
    for text in texts:
        if any(line.lstrip().startswith("[") for line in text.splitlines()):
            readers[f"{len(readers)}"] = lambda text=text: parse_events_toml(text, "events")  # type: ignore[misc]  # a default binds the text
            continue
        for line in filter(None, map(str.strip, text.splitlines())):
            readers[f"{len(readers)}"] = lambda line=line: (parse_event(line),)  # type: ignore[misc]  # as above
    events: list[Event] = []
    problems: dict[str, str] = {}
    for read in readers.values():
        try:
            events += read()
        except InputError as error:
            for key, message in error.problems.items():
                problems[key if key not in problems else f"{key} ({len(problems) + 1})"] = message
    if problems:
        raise InputError(problems)
    return tuple(str(event) for event in events)


def _collect(
    readers: Mapping[str, Callable[[], Event]], separator: str, problems: dict[str, str] | None = None
) -> tuple[Event, ...]:
    found, problems = [], dict(problems or {})
    for where, read in readers.items():
        try:
            found.append(read())
        except InputError as error:
            for key, message in error.problems.items():
                label = f"{where}{separator}{key}" if separator else key
                problems[label if label not in problems else f"{label} ({len(problems) + 1})"] = message
    if problems:
        raise InputError(problems)
    return tuple(found)


def _make(name: str, settings: Mapping[str, Any], problems: dict[str, str]) -> Event:
    kind = KINDS.get(name)
    if kind is None:
        raise InputError({"event": f"there is no event {name!r}.{say_nearest(name, KINDS)}"})
    declared = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # events are dataclasses
    given: dict[str, Any] = {}
    for key, value in settings.items():
        label = f"event {name}, {key}"
        if label in problems:
            continue
        if key not in declared:
            problems[label] = f"is not one of its settings.{say_nearest(key, declared)}"
            continue
        try:
            given[key] = _READERS[str(declared[key].type)](value)
        except ValueError:
            problems[label] = f"{value!r} is not a {'whole ' if declared[key].type == 'int' else ''}number"
    for key, field in declared.items():
        label = f"event {name}, {key}"
        needed = field.default is MISSING and field.default_factory is MISSING
        if needed and not given.get(key) and label not in problems:
            problems[label] = f"is missing: write {name}:{key}=…"
    if problems:
        raise InputError(problems)
    try:
        return kind(**given)
    except InputError as error:
        raise InputError({f"event {name}, {key}": message for key, message in error.problems.items()}) from None


def _plain(value: Any) -> Any:
    """Turn a value of a TOML file into what the command line would have."""
    if isinstance(value, list):
        return ";".join(f'"{item}"' for item in value)
    return f'"{value}"' if isinstance(value, str) and ";" not in value else str(value)


def _cut(text: str, separator: str) -> list[str]:
    """Cut at the separators that aren't within double quotes; empty parts are left out."""
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _unquote(text: str) -> str:
    return text.strip().removeprefix('"').removesuffix('"').strip()


def _read_texts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_unquote, _cut(text, ";"))))


_READERS: dict[str, Callable[[str], Any]] = {
    "str": _unquote,
    "float": lambda text: float(_unquote(text)),
    "int": lambda text: int(_unquote(text)),
    "tuple[str, ...]": _read_texts,
    "tuple[float, ...]": lambda text: tuple(float(part) for part in _read_texts(text)),
}
