"""What a push is asked to do."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What a push is asked to do."""

    PREVIEW = "dry-run"
    APPLY = "apply"
    RESUME = "resume"
    BACK = "rollback"
