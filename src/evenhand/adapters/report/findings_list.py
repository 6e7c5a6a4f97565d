"""Findings as the page lists them: the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenhand.foundation.findings import Finding

_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by severity, then by code and subject."""
    return sorted(
        findings,
        key=lambda finding: (_GRAVEST_FIRST.index(finding.severity), finding.code, finding.subject, finding.message),
    )
