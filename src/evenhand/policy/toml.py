"""A policy as a TOML file: reading it, with every mistake named at once, and writing one with its reasons."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import Any

from evenhand.foundation.errors import InputError
from evenhand.policy.entries import DEFAULTS_EFFECTIVE_ON, DEFAULTS_SOURCE
from evenhand.policy.policy import Policy, Provenance
from evenhand.policy.validation import entry_views, overlay, problems_of

HEADER = ("name", "effective_on", "source", "scenario")


def parse_policy(text: str) -> Policy:
    """Read a policy.

    Parameters
    ----------
    text
        TOML: ``name``, ``effective_on`` and ``source`` for the whole; a table for each section; a table
        ``[scenario.NAME.SECTION]`` for each overlay. A value may be a table ``{ value = …, effective_on = …,
        source = … }`` where it has a date or source of its own. What isn't set has its default.

    Raises
    ------
    InputError
        If it isn't TOML, or entries are unknown or out of range: each by name, with the nearest right one.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError({"policy": f"is not TOML: {error}"}) from None
    problems: dict[str, str] = {}
    header = {key: document.pop(key, None) for key in HEADER}
    effective_on = _date(header["effective_on"], DEFAULTS_EFFECTIVE_ON, "effective_on", problems)
    source = str(header["source"] or "the firm's policy file")
    provenance: dict[str, Provenance] = {}
    values = {
        section: _with_provenance(section, table, Provenance(effective_on, source), provenance, problems)
        for section, table in document.items()
    }
    scenarios = header["scenario"] or {}
    if not isinstance(scenarios, dict) or any(not isinstance(changes, dict) for changes in scenarios.values()):
        problems["scenario"] = "must be tables like [scenario.NAME.bands]"
        scenarios = {}
    problems |= problems_of(values)
    for name, changes in scenarios.items():
        found = problems_of(overlay(values, changes))
        problems |= {f"scenario.{name}.{path}": message for path, message in found.items() if path not in problems}
    if problems:
        raise InputError(problems)
    return Policy.of(values, name=str(header["name"] or "policy"), provenance=provenance, scenarios=scenarios)


def render_policy(policy: Policy, *, comments: bool = True) -> str:
    """Write a policy as TOML that `parse_policy` reads back to the same values.

    Parameters
    ----------
    comments
        With what each entry does, its unit, range and source.
    """
    lines = [f"name = {json.dumps(policy.name)}", f"effective_on = {DEFAULTS_EFFECTIVE_ON.isoformat()}"]
    lines.append(f"source = {json.dumps(DEFAULTS_SOURCE)}")
    section = ""
    values = policy.values()
    for view in entry_views():
        head, _, name = view.path.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"[{section}]"]
        if comments:
            allowed = f" Allowed: {view.allowed}." if view.allowed else ""
            unit = f" In {view.unit}." if view.unit else ""
            lines.append(f"# {view.text}{unit}{allowed}")
        text = _toml_value(values[view.path])
        if view.path in policy.provenance:
            origin = policy.provenance[view.path]
            dated = f"effective_on = {origin.effective_on.isoformat()}, source = {json.dumps(origin.source)}"
            text = f"{{ value = {text}, {dated} }}"
        lines.append(f"{name} = {text}")
    for scenario, changes in policy.scenarios.items():
        if not changes:
            lines += ["", f"[scenario.{json.dumps(scenario)}]"]
        for section_name, table in changes.items():
            lines += ["", f"[scenario.{json.dumps(scenario)}.{section_name}]"]
            lines += [f"{key} = {_toml_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _with_provenance(
    section: str, table: Any, default: Provenance, provenance: dict[str, Provenance], problems: dict[str, str]
) -> Any:
    if not isinstance(table, dict):
        return table
    values = {}
    for name, value in table.items():
        path = f"{section}.{name}"
        origin = default
        if isinstance(value, dict) and "value" in value and set(value) <= {"value", "effective_on", "source"}:
            origin = Provenance(
                _date(value.get("effective_on"), default.effective_on, f"{path}.effective_on", problems),
                str(value.get("source", default.source)),
            )
            value = value["value"]  # noqa: PLW2901 - the table stands for its value
        if origin != Provenance(DEFAULTS_EFFECTIVE_ON, DEFAULTS_SOURCE):
            provenance[path] = origin
        values[name] = value
    return values


def _date(value: Any, default: dt.date, path: str, problems: dict[str, str]) -> dt.date:
    if value is None:
        return default
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    problems[path] = f"{value!r} must be a date like 2026-10-01, without quotes"
    return default


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(_toml_value(item) for item in value)}]"
    if isinstance(value, dict):
        items = (f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items() if item != "off")
        return f"{{ {', '.join(items)} }}" if value else "{}"
    return str(value)


def _toml_key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else json.dumps(key)
