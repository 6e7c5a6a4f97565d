"""What came of the events of a plan, laid out for reading: the sentence, then a line for each seat it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.foundation.findings import Severity
from evenhand.plan.events.codes import CODES

if TYPE_CHECKING:
    from evenhand.plan.plan import Plan

_LEAST_PARTS = 3
"""A sentence of at least so many parts, divided by semicolons, is shown as a list."""


@dataclass(frozen=True)
class Happening:
    """One finding about an event.

    Attributes
    ----------
    blocks
        In order: a string is a paragraph, a tuple a list.
    """

    is_warning: bool
    blocks: tuple[str | tuple[str, ...], ...]


def say_happenings(plan: Plan) -> list[Happening]:
    """Return what the findings about the plan's events say, in the plan's order."""
    return [
        Happening(finding.severity is not Severity.NOTE, lay_out(finding.message))
        for finding in plan.findings
        if finding.code in CODES
    ]


def lay_out(message: str) -> tuple[str | tuple[str, ...], ...]:
    """Divide a message into paragraphs, and lists where a sentence has many parts; brackets stay whole."""
    blocks: list[str | tuple[str, ...]] = []
    for sentence in _divide(message, ". "):
        parts = _divide(sentence, "; ")
        if len(parts) >= _LEAST_PARTS:
            lead, colon, first = parts[0].partition(": ")
            if colon:
                blocks.append(f"{lead}:")
            parts = [*([first] if colon else [lead]), *parts[1:]]
            blocks.append(tuple(part.removesuffix(".") for part in parts))
            continue
        ended = sentence if sentence.endswith(".") else f"{sentence}."
        if blocks and isinstance(blocks[-1], str) and not blocks[-1].endswith(":"):
            blocks[-1] = f"{blocks[-1]} {ended}"
        else:
            blocks.append(ended)
    return tuple(blocks)


def _divide(text: str, mark: str) -> list[str]:
    """Divide at the mark wherever it isn't within brackets."""
    pieces, depth = [""], 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == mark[-1] and depth == 0 and text[: i + 1].endswith(mark):
            pieces[-1] = pieces[-1][: 1 - len(mark)]
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece for piece in pieces if piece]
