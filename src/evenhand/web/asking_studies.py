"""Asking for a study of a book: its frontier, or scenarios side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import Study, StudyKind
from evenhand.foundation.errors import InputError, Refusal
from evenhand.plan.scenarios import parse_scenarios
from evenhand.web.requesting import firm_policy
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from evenhand.adapters.store.models import Book, User

MOST_SCENARIOS = 8


def ask_study(user: User, book: Book, kind: StudyKind, text: str = "", title: str = "") -> Study:
    """Queue a study.

    Parameters
    ----------
    text
        Scenarios as TOML; nothing for a frontier.

    Raises
    ------
    InputError
        Naming what is wrong with the scenarios.
    Refusal
        Where the book isn't ready.
    """
    if not book.is_ready:
        raise Refusal("WS102", f"{book.name} isn't ready to plan from.", "Wait until it is, or bring it in again.")
    said = "" if kind is StudyKind.FRONTIER else text.replace("\r\n", "\n").strip() + "\n"
    with transaction.atomic():
        study = Study.objects.create(
            book=book,
            kind=kind,
            text=said,
            title=title.strip()[:200] or ("What balance costs" if kind is StudyKind.FRONTIER else _name(said)),
            created_by=user,
        )
        jobs.queue(study, enqueue)
        record(user, "study.asked", study, book=str(book.pk), kind=str(kind))
    return study


def _name(text: str) -> str:
    """Check the scenarios, and name them in a line."""
    policy = firm_policy()
    listed = parse_scenarios(text, policy.scenarios)
    if len(listed) < 2:
        raise InputError({"scenarios": "Write two or more, each as a table [scenario.NAME]."})
    if len(listed) > MOST_SCENARIOS:
        raise InputError({"scenarios": f"These are {len(listed)}; {MOST_SCENARIOS} side by side are the most."})
    return " against ".join(scenario.name for scenario in listed)[:200]
