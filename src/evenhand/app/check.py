"""Checking a plan folder against its book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.codes import CODES
from evenhand.plan.verify import Verification, verify_plan

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.book.book import Book


def check_plan(outside: Outside, plan_folder: Path, book: Book) -> Verification:
    """Work everything in a plan folder out again, and say what doesn't hold."""
    record, changed = outside.read_plan(plan_folder)
    verification = verify_plan(record, book)
    edited = tuple(
        Finding("PL201", Severity.ERROR, name, f"{name} is not as it was written.", CODES["PL201"].fix)
        for name in changed
    )
    return Verification((*edited, *verification.findings), verification.proof)
