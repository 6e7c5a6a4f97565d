"""The known name that looks most like a misspelt one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.6
"""How alike two names must be (difflib's ratio, 0 to 1) for one to be taken for the other."""


def find_nearest(name: str, known: Iterable[str], *, cutoff: float = ALIKE) -> str | None:
    """Return the known name that looks most like a misspelt one, or None where none does.

    Capitals, spaces, hyphens and underscores make no difference.
    """
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(_fold(candidate), candidate)
    matches = difflib.get_close_matches(_fold(name), list(folded), n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else None


def say_nearest(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean X?" for the likeliest of the names, else the list of them; "" where there are none."""
    known = list(known)
    close = find_nearest(name, known)
    if close is not None:
        return f" Did you mean {close!r}?"
    return f" There are: {', '.join(known)}." if known else ""


def _fold(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
