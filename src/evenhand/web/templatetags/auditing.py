"""How an event of the audit trail is told: what it changed, and nothing that stayed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

register = template.Library()

_KEY = re.compile(r"[0-9a-f]{32,}|[0-9a-f]{8}-[0-9a-f-]{27}")
"""Hashes and record ids: their beginning is enough to tell them apart."""
_NOTHING: tuple[object, ...] = ("", None, [], {})


@register.filter
def tell(detail: Mapping[str, Any]) -> list[str]:
    """Return what an event changed ("stage: in review → approved") and what was said with it, a clause each."""
    before, after = detail.get("before"), detail.get("after")
    said: list[str] = []
    if isinstance(before, dict) and isinstance(after, dict):
        said = list(_compare(before, after))
        detail = {name: value for name, value in detail.items() if name not in ("before", "after")}
    return said + [f"{_words(name)}: {_short(value)}" for name, value in detail.items() if value not in _NOTHING]


def _compare(before: Mapping[str, Any], after: Mapping[str, Any], within: str = "") -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        old, new, title = before.get(name), after.get(name), f"{within}{_words(name)}"
        if old == new:
            continue
        if isinstance(old, dict | None) and isinstance(new, dict | None):
            yield from _compare(old or {}, new or {}, f"{title} ")
        elif isinstance(old, list) and isinstance(new, list):
            parts = [f"+ {_short(one)}" for one in new if one not in old]
            parts += [f"\N{MINUS SIGN} {_short(one)}" for one in old if one not in new]
            yield f"{title}: {', '.join(parts) or 'in another order'}"
        elif old in _NOTHING:
            yield f"{title}: {_short(new)}"
        else:
            yield f"{title}: {_short(old)} → {_short(new)}"


def _words(name: str) -> str:
    return _short(name).replace("_", " ")


def _short(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{_words(name)} {_short(one)}" for name, one in value.items())
    if value in _NOTHING:
        return "nothing"
    return _KEY.sub(lambda found: found[0][:12].rstrip("-"), str(value))
