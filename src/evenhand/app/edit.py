"""Editing a plan folder by hand into another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.app.policies import read_stored_policy
from evenhand.diagnose.diagnosis import diagnose
from evenhand.foundation.errors import InputError
from evenhand.plan.edits import parse_edit
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.record import write_record
from evenhand.policy import render_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.edits.consequence import Consequence
    from evenhand.plan.plan import Plan
    from evenhand.plan.solver import Progress


@dataclass(frozen=True, eq=False)
class Edited:
    """A plan that was edited.

    Attributes
    ----------
    plan
        None where it was only asked what the edits would do.
    consequence
        Of the edits together; None where a step was undone.
    """

    plan: Plan | None
    consequence: Consequence | None


def edit_plan(
    outside: Outside,
    plan_folder: Path,
    book_folder: Path,
    *,
    to: Path | None,
    edits: Sequence[str] = (),
    undo: bool = False,
    mend: bool = False,
    repair: bool = False,
    replace: bool = False,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Edited:
    """Edit a plan by hand, or undo its last step.

    Parameters
    ----------
    to
        Folder of the plan to write; None to only say what the edits would do.
    edits
        For instance ``move:A000016=T07``; together they are one step.
    undo
        Undo the last step, before any edit.
    mend
        Take the shift or swap that is suggested, as a step of its own.
    repair
        Solve again with every edit held, as a step of its own.

    Raises
    ------
    InputError
        If the plan was changed since it was written, is of another book, or an edit names what isn't there.
    Refusal
        If there is nothing to undo or to mend.
    """
    if to is not None:
        outside.check_plan_target(to, replace)
    parsed = [parse_edit(edit) for edit in edits]
    if not (parsed or undo or repair):
        raise InputError({"edit": "give an edit (--move, --lock, --exclude), --undo or --repair"})
    record, changed = outside.read_plan(plan_folder)
    if changed:
        raise InputError({str(plan_folder / name): "is not as it was written" for name in changed})
    policy = read_stored_policy(record)
    book = outside.read_book(book_folder)
    draft = open_draft(record, book, policy)
    draft = draft.undo() if undo else draft
    draft = draft.apply(*parsed) if parsed else draft
    consequence = draft.consequence
    if mend:
        draft = draft.apply_suggestion()
    if repair:
        draft = draft.repair(executor=executor, on_progress=on_progress)
    if to is None:
        return Edited(None, consequence)
    made = draft.plan()
    report = outside.render_plan_report(made, book, diagnose(book, policy))
    outside.write_plan(to, write_record(made, render_policy(policy)), report, replace=replace)
    return Edited(made, consequence)
