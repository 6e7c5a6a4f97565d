"""What a territory can be called, and where its performance can come from."""

from __future__ import annotations

from enum import StrEnum


class Call(StrEnum):
    """What a territory is."""

    OVERLOADED = "overloaded"
    STARVED = "starved"
    HEALTHY = "healthy"
    MIXED = "mixed"
    CANNOT_TELL = "can't tell"


class Driver(StrEnum):
    """Where a performance out of range comes from."""

    VOLUME = "volume"
    PRODUCTIVITY = "productivity"
    BOTH = "volume and productivity"
    NEITHER = "neither"
    NONE = "in range"
    UNKNOWN = "unknown"
