"""Asking for a plan edited by hand: a plan of its own, with the one it comes from as its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from evenhand.adapters.store import jobs
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.models import EditDraft, PlanRun
from evenhand.foundation.errors import InputError
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.wiring.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.adapters.store.models import User


def ask_edits(
    user: User,
    parent: PlanRun,
    *,
    version: int,
    edits: Sequence[str] = (),
    mend: bool = False,
    repair: bool = False,
    undo: bool = False,
    title: str = "",
) -> PlanRun:
    """Queue the edits of a plan; the plan itself stays as it is.

    Parameters
    ----------
    version
        Of the plan, as it was looked at.
    mend
        Make the suggested shift or swap too.
    repair
        Solve again, with every edit held.
    undo
        Take the last step back, before any edit.

    Raises
    ------
    InputError
        Where nothing is asked.
    ChangedMeanwhileError
        Where the plan is no longer at that version; nothing is changed then.
    """
    if not (edits or undo or repair):
        raise InputError({"edit": "Say what becomes of at least one account."})
    with transaction.atomic():
        is_seen = PlanRun.objects.filter(pk=parent.pk, version=version).update(version=F("version") + 1)
        if not is_seen:
            raise ChangedMeanwhileError
        run = PlanRun.objects.create(
            book=parent.book,
            title=title.strip()[:200] or _title(parent, edits, undo=undo, repair=repair),
            question=parent.question,
            parent=parent,
            change={"edits": list(edits), "mend": mend, "repair": repair, "undo": undo},
            created_by=user,
        )
        jobs.queue(run, enqueue)
        _empty_draft(parent, edits)
        record(user, "plan_run.edited", run, parent=str(parent.pk), n_edits=len(edits), undo=undo, repair=repair)
    return run


def _empty_draft(parent: PlanRun, edits: Sequence[str]) -> None:
    """Empty the draft of a plan whose edits are all made now; one with others in it stays."""
    draft = EditDraft.objects.filter(plan_run=parent).first()
    if draft is not None and draft.edits and set(draft.edits) <= set(edits):
        EditDraft.objects.filter(pk=draft.pk, version=draft.version).update(edits=[], version=F("version") + 1)


def _title(parent: PlanRun, edits: Sequence[str], *, undo: bool, repair: bool) -> str:
    if undo:
        done = "last edit undone"
    elif len(edits) == 1:
        done = edits[0].partition(":")[2].replace("=", " to ") + " by hand"
    else:
        done = f"{len(edits)} edits by hand" if edits else "solved again"
    done += " and repaired" if repair and edits else ""
    return f"{parent.title[: 198 - len(done)]}, {done}"
