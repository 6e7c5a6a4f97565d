"""A mapping as the text of its file, and lines that are put into it, for instance those that a finding shows."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from evenhand.book.mapping import read_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.mapping import SourceMapping

MARK = "add to the mapping file:\n"
"""What stands before the lines in the hint of a finding."""


def render_mapping(mapping: SourceMapping) -> str:
    """Write a mapping as TOML that `read_mapping` reads back to the same.

    Nothing is written that the file would mean without it, so that a person can read what remains.
    """
    return tomli_w.dumps(mapping_values(mapping))


def mapping_values(mapping: SourceMapping) -> dict[str, Any]:
    """Return a mapping as the plain values of its file."""
    values = mapping.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
    derive = [entry.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True) for entry in mapping.derive]
    for entry, said in zip(derive, mapping.derive, strict=True):
        entry["kind"] = said.kind
    if derive:
        values["derive"] = [{"kind": entry.pop("kind"), **entry} for entry in derive]
    for table in values.get("tables", {}).values():
        if len(table.get("from", ())) == 1:
            (table["from"],) = table["from"]
    plain: dict[str, Any] = _plain(values)
    return plain


def find_lines(hint: str) -> str:
    """Return the lines for the mapping file that a finding's hint shows; empty where it shows none."""
    _, mark, lines = hint.partition(MARK)
    if not mark:
        return ""
    try:
        tomllib.loads(lines)
    except tomllib.TOMLDecodeError:
        return ""
    return lines


def add_lines(mapping: SourceMapping, lines: str, file: str = "mapping") -> SourceMapping:
    """Put further lines into a mapping; where both say something, the lines count.

    Parameters
    ----------
    lines
        TOML, such as a finding's hint shows. Entries of a list are added to those that are there.

    Raises
    ------
    InputError
        Where the lines aren't TOML, or name what no mapping knows.
    """
    read_mapping(lines, file)
    return read_mapping(tomli_w.dumps(_merge(mapping_values(mapping), tomllib.loads(lines))), file)


def _merge(values: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in more.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merge(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = [*before, *(item for item in value if item not in before)]
        else:
            merged[key] = value
    return merged


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
