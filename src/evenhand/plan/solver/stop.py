"""When the solver may stop before it has proved that nothing better exists."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Stop:
    """Stop at a gap, after some seconds, after some work, or when told to.

    Without `seconds` and `cancel` the plan depends on the problem and the seed alone, never on how fast
    the machine is. Where the seconds do run out, the result's status is `interrupted`.

    Parameters
    ----------
    gap
        (plan − bound) ÷ bound that is good enough. Small problems are solved to the end all the same.
    seconds
        The most seconds; None for no limit.
    work
        The most steps of search, counted the same on every machine; None for no limit.
    cancel
        Asked now and then; True ends the search with the best plan so far.
    clock
        Seconds from any fixed moment, for `seconds` and for the result's duration.
    """

    gap: float = 1e-3
    seconds: float | None = None
    work: int | None = None
    cancel: Callable[[], bool] | None = None
    clock: Callable[[], float] = field(default=time.perf_counter, repr=False)

    def start(self) -> Watch:
        """Start the clock of one solve."""
        return Watch(self, self.clock())


@dataclass
class Watch:
    """How far one solve has come towards its limits."""

    stop: Stop
    started_at: float
    n_work: int = 0
    is_interrupted: bool = False
    """Whether the clock or the caller ended the search, so that another run may end elsewhere."""

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self.stop.clock() - self.started_at

    @property
    def seconds_left(self) -> float:
        """Seconds until the limit; inf where there is none."""
        return float("inf") if self.stop.seconds is None else max(0.0, self.stop.seconds - self.seconds)

    @property
    def work_left(self) -> float:
        """Steps until the limit; inf where there is none."""
        return float("inf") if self.stop.work is None else max(0, self.stop.work - self.n_work)

    def is_over(self) -> bool:
        """Whether the search has to end now; remembers why."""
        if self.seconds_left <= 0 or (self.stop.cancel is not None and self.stop.cancel()):
            self.is_interrupted = True
        return self.is_interrupted or self.work_left <= 0
