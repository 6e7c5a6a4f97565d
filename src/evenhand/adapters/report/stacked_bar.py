"""A bar of moves by grade: open for low, hatched for medium, full for high, so that it reads without colour too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STACKED = ("low", "medium", "high")


@dataclass(frozen=True)
class Segment:
    """One grade's part of a bar, in per cent of the width."""

    grade: str
    left: float
    width: float


def stack_grades(moves: Mapping[str, int], most: int) -> list[Segment]:
    """Lay the grades of some moves side by side; `most` moves fill the width."""
    segments, left = [], 0.0
    for grade in STACKED:
        width = 100 * moves[grade] / most if most else 0.0
        if width:
            segments.append(Segment(grade, round(left, 2), round(width, 2)))
        left += width
    return segments
