"""Two people at the same thing: nobody's change is silently lost."""

from __future__ import annotations


class ChangedMeanwhileError(Exception):
    """Somebody else changed it since it was looked at."""
