"""Problems in the data, as values: all of them at once, each with a stable code and a way out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The rows named are rejected, or the whole input where no row is named."""
    WARNING = "warning"
    """Accepted, but something was switched off or looks wrong."""
    NOTE = "note"
    """Worth knowing; nothing to do."""


@dataclass(frozen=True)
class CodeEntry:
    """What a code means, for `evenhand explain`."""

    code: str
    title: str
    meaning: str
    why: str
    fix: str


@dataclass(frozen=True)
class Finding:
    """One kind of problem at one place, with what it means for the user and what to do.

    Attributes
    ----------
    code
        Stable and never reused: BK… (book), PO… (policy), DG… (diagnosis), PL… (plan).
    severity
        error, warning or note.
    subject
        Where: for a book ``table`` or ``table.column``, else the territory or entry concerned.
    message
        What is wrong, in a sentence with the value.
    hint
        What is allowed and how to fix it.
    evidence
        Figures and record ids; for a book ``file``, ``row`` (as a spreadsheet counts), ``column``, ``value`` and
        ``n_rows`` (how many rows have the same problem).
    """

    code: str
    severity: Severity
    subject: str
    message: str
    hint: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain values for JSON."""
        return {**asdict(self), "severity": str(self.severity)}
