"""What can be traced, and by which name it is asked for."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.trace.account import trace_account
from evenhand.diagnose.trace.measure import trace_measure
from evenhand.diagnose.trace.model import MODELS, trace_model
from evenhand.diagnose.trace.trigger import trace_trigger, trace_verdict
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.diagnose.trace.trace import Trace
    from evenhand.policy import Policy

VERDICT = "verdict"
FIELD = "trace"


def trace_subject(subject: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> Trace:
    """Say how a figure was computed and from which records.

    Parameters
    ----------
    subject
        ``TERRITORY:MEASURE`` (``T07:potential``), ``TERRITORY:verdict``, ``TERRITORY:effects``,
        ``TERRITORY:adjusted_win_rate``, ``TERRITORY:history``, the name of a trigger (``win_rate``), or the id of an
        active account (``A000017``).
    diagnosis, book, policy
        The diagnosis of that book by that policy.

    Raises
    ------
    InputError
        Where there is no such thing, with the nearest that there is.
    """
    triggers = {trigger.name: trigger for trigger in diagnosis.triggers}
    territory_ids = set(diagnosis.territories["territory_id"])
    territory_id, colon, figure = subject.rpartition(":")
    if colon and territory_id in territory_ids:
        if figure in MEASURES:
            return trace_measure(territory_id, figure, diagnosis, book, policy)
        if figure == VERDICT:
            verdict = next(v for v in diagnosis.verdicts if v.territory_id == territory_id)
            return trace_verdict(verdict, diagnosis, policy)
        if figure in MODELS:
            return trace_model(territory_id, figure, diagnosis, book, policy)
        named = [*MEASURES, VERDICT, *MODELS]
        raise InputError({FIELD: f"a territory has no {figure!r}{_nearest(figure, named)}; it has {', '.join(named)}"})
    if subject in triggers:
        return trace_trigger(triggers[subject], book, policy)
    if subject in set(diagnosis.accounts["account_id"]):
        return trace_account(subject, diagnosis, book, policy)
    if colon:
        raise InputError({FIELD: f"there is no territory {territory_id!r}{_nearest(territory_id, territory_ids)}"})
    if subject in set(book.accounts["account_id"]):
        raise InputError({FIELD: f"the account {subject} has churned; figures are those of active accounts"})
    names = [*triggers, *diagnosis.accounts["account_id"]]
    message = (
        f"{subject!r} is no trigger and no active account{_nearest(subject, names)}; ask for TERRITORY:MEASURE "
        f"(for instance {_example(territory_ids)}:potential), TERRITORY:verdict, an account's id, "
        f"or one of the triggers {', '.join(triggers)}"
    )
    raise InputError({FIELD: message})


def _nearest(asked: str, named: Iterable[str]) -> str:
    near = difflib.get_close_matches(asked, sorted(named), n=1)
    return f" (nearest: {near[0]})" if near else ""


def _example(territory_ids: set[str]) -> str:
    return max(territory_ids, default="T01")
