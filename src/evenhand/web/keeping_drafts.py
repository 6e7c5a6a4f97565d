"""Edits that aren't made yet, kept with a plan for everyone who works on it; nobody writes over somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import EditDraft
from evenhand.foundation.errors import InputError
from evenhand.plan.edits import parse_edit
from evenhand.web.meanwhile import ChangedMeanwhileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.adapters.store.models import PlanRun, User

MOST_EDITS = 500


def find_draft(run: PlanRun) -> EditDraft | None:
    """Return the edits kept with a plan; None where there never were any."""
    return EditDraft.objects.select_related("updated_by").filter(plan_run=run).first()


def keep_draft(user: User, run: PlanRun, edits: Sequence[str], version: int) -> EditDraft:
    """Keep edits in place of those kept before.

    Parameters
    ----------
    edits
        None to keep nothing any more.
    version
        Of the draft as it was seen; 0 where there was none.

    Raises
    ------
    InputError
        Naming what is no edit.
    ChangedMeanwhileError
        Where somebody else kept other edits meanwhile; theirs stay.
    """
    said = _check(edits)
    try:
        with transaction.atomic():
            if version == 0:
                EditDraft.objects.create(plan_run=run, edits=said, updated_by=user)
            elif not EditDraft.objects.filter(plan_run=run, version=version).update(
                edits=said, updated_by=user, updated_at=timezone.now(), version=F("version") + 1
            ):
                raise ChangedMeanwhileError
            record(user, "draft.kept", run, n_edits=len(said))
    except IntegrityError:
        raise ChangedMeanwhileError from None
    return EditDraft.objects.select_related("updated_by").get(plan_run=run)


def _check(edits: Sequence[str]) -> list[str]:
    problems: dict[str, str] = {}
    said: list[str] = []
    for n, text in enumerate(edits, start=1):
        try:
            said.append(str(parse_edit(text)))
        except InputError as error:
            problems[f"edit {n}"] = " ".join(error.problems.values())
    if len(said) > MOST_EDITS:
        problems["edits"] = f"{MOST_EDITS} edits at a time are the most."
    if problems:
        raise InputError(problems)
    return list(dict.fromkeys(said))
