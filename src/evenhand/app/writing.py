"""What a system says to a write, and what it means for the one who asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evenhand.foundation.errors import SourceError


class Said(StrEnum):
    """What came of one write."""

    DONE = "done"
    REFUSED = "refused"
    """Not done, and asking again won't help."""
    BUSY = "busy"
    """Surely not done; asking again soon may help (a record that somebody else has locked)."""
    LOST = "lost"
    """Perhaps done: the answer didn't come. Read back before anything else."""


@dataclass(frozen=True)
class Answered:
    """What the system said to one write.

    Attributes
    ----------
    code
        The system's own code; "" where it has none.
    words
        What it said, in its words.
    fix
        What a person can do about it.
    """

    said: Said
    code: str = ""
    words: str = ""
    fix: str = ""


DONE = Answered(Said.DONE)


class LimitSpentError(SourceError):
    """The system takes no more requests for now; nothing of what was asked last was done.

    Parameters
    ----------
    goes_on
        When it will take more again, in words.
    """

    def __init__(self, system: str, message: str, goes_on: str) -> None:
        super().__init__(system, message, transient=True)
        self.goes_on = goes_on

    def __reduce__(self) -> tuple[object, tuple[str, str, str]]:  # type: ignore[override]  # one more word to keep
        return type(self), (self.system, self.message, self.goes_on)
