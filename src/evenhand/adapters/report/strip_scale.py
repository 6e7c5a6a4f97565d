"""Where a figure stands on a strip, in per cent of its width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MARGIN_PERCENT = 2.5


@dataclass(frozen=True)
class Tick:
    """A line of the grid; a minor one has no room for its label on a phone."""

    at: float
    label: str
    is_zero: bool
    is_minor: bool


@dataclass(frozen=True)
class StripScale:
    """From figures to per cent of the width; what is beyond the ends stands at the edge."""

    low: float
    high: float

    def at(self, figure: float) -> float:
        """Return the place of a figure in per cent."""
        inside = (min(max(figure, self.low), self.high) - self.low) / (self.high - self.low)
        return round(_MARGIN_PERCENT + (100 - 2 * _MARGIN_PERCENT) * inside, 2)


def round_step(width: float, most: int) -> float:
    """Return the smallest of 1, 2, 2.5 and 5 times a power of ten that goes into a width at most so often."""
    least = width / most
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * lead for lead in (1.0, 2.0, 2.5, 5.0, 10.0) if power * lead >= least * (1 - 1e-9))


def lay_ticks(scale: StripScale, step: float, label: Callable[[float], str]) -> list[Tick]:
    """Return a tick at each multiple of a step within the scale; a third of them keep their labels on a phone."""
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    every = max(2, math.ceil((last - first + 1) / 3))
    return [Tick(scale.at(n * step), label(n * step), n == 0, n % every != 0) for n in range(first, last + 1)]
