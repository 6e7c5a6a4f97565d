"""Scenarios as a TOML file, beside those that the policy has itself."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError
from evenhand.plan.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TEXTS = ("description", "parent")
_LISTS = ("event", "edit", "lock")


def parse_scenarios(text: str, of_policy: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Scenario, ...]:
    """Read scenarios.

    Parameters
    ----------
    text
        TOML: a table ``[scenario.NAME]`` for each, with ``description``, ``parent``, and the lists ``event``
        (``"rep-left:territory=T07"``), ``edit`` (``"move:A000016=T07"``) and ``lock`` (ids of accounts); and a table
        ``[scenario.NAME.SECTION]`` for each section of the policy that it sets otherwise.
    of_policy
        The overlays that the policy has itself; they come first.

    Raises
    ------
    InputError
        If it isn't TOML, or says something that no scenario has; everything wrong is named.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError({"scenarios": f"is not TOML: {error}"}) from None
    tables = document.pop("scenario", {})
    problems = dict.fromkeys(document, "has no place in a file of scenarios; write [scenario.NAME]")
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise InputError({**problems, "scenario": "must be tables like [scenario.NAME]"})
    found: list[Scenario] = []
    given = {**{name: dict(changes) for name, changes in (of_policy or {}).items() if name not in tables}, **tables}
    for name, table in given.items():
        try:
            found.append(_read(name, dict(table)))
        except InputError as error:
            problems |= error.problems
    if problems:
        raise InputError(problems)
    return tuple(found)


def _read(name: str, table: dict[str, Any]) -> Scenario:
    problems = {}
    for key in _TEXTS:
        if not isinstance(table.get(key, ""), str):
            problems[f"scenario {name}, {key}"] = "must be text"
    for key in _LISTS:
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            problems[f"scenario {name}, {key}"] = "must be a list of texts"
    if problems:
        raise InputError(problems)
    texts = {key: table.pop(key, None) for key in _TEXTS}
    events, edits, locks = (tuple(table.pop(key, ())) for key in _LISTS)
    return Scenario(
        name,
        table,
        events,
        (*(f"lock:{account}" for account in locks), *edits),
        texts["parent"],
        texts["description"] or "",
    )


def render_scenarios(scenarios: Iterable[Scenario]) -> str:
    """Write scenarios as TOML that `parse_scenarios` reads back to the same."""
    lines: list[str] = []
    for scenario in scenarios:
        head = f"scenario.{_quote(scenario.name)}"
        lines += ["", f"[{head}]"]
        if scenario.description:
            lines.append(f"description = {_quote(scenario.description)}")
        if scenario.parent is not None:
            lines.append(f"parent = {_quote(scenario.parent)}")
        for key, values in (("event", scenario.events), ("edit", scenario.edits)):
            if values:
                lines.append(f"{key} = [{', '.join(map(_quote, values))}]")
        for section, table in scenario.changes.items():
            lines += ["", f"[{head}.{section}]"]
            lines += [f"{name} = {_value(value)}" for name, value in table.items()]
    return "\n".join(lines).lstrip("\n") + "\n"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_quote(key)} = {_value(item)}' for key, item in value.items())} }}"
    return repr(value)
