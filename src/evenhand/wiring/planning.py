"""Solving a plan run in the background."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.adapters.store.models import PlanRun
from evenhand.app.edit import edit_plan
from evenhand.app.plan import plan_book
from evenhand.app.policies import load_policy
from evenhand.app.question import Question, check_question, name_plan
from evenhand.foundation.errors import InputError
from evenhand.foundation.hashing import hash_values
from evenhand.policy import render_policy
from evenhand.wiring.container import connect_outside
from evenhand.wiring.executors import open_executor
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.plan.solver import Progress
    from evenhand.wiring.working import Hand

NAME_LENGTH = 40
"""Of the name of a plan folder."""

LEVELS = {
    "violation": "meeting the bands",
    "high": "sparing high disruptions",
    "medium": "sparing medium disruptions",
    "low": "sparing low disruptions",
    "cost": "finding the best fit",
}
"""What the solver does on each level, as the page says it; in the order of importance."""

SHOWN = (
    "status",
    "n_moves",
    "moves_by_grade",
    "violation",
    "gap",
    "seconds",
    "events",
    "currency",
    "as_of",
    "measures",
)


def solve_run(run_id: str) -> None:
    """Take the job up if it still waits, and solve it, or edit its parent; what goes wrong ends up on its page."""
    work_at(PlanRun, run_id, lambda hand, job: _edit(hand, job) if job.parent_id else _solve(hand, job))


def summarise(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what lists show of a plan.json."""
    outside = {name: summary[name] for name in SHOWN}
    return outside | {"hashes": dict(summary["hashes"])}


def _solve(hand: Hand, job: PlanRun) -> dict[str, Any]:
    shelf, outside = open_shelf(), connect_outside()
    question = Question.of(job.question)
    policy = check_question(question, load_policy(outside, shelf.policy))
    name = name_plan(job.book.content_hash, policy, question.events)
    to = shelf.plan(name)
    if not to.exists():
        said = shelf.root / "questions" / f"{name}.toml"
        said.parent.mkdir(parents=True, exist_ok=True)
        outside.write_text(said, render_policy(policy))
        hand.tell(stage="stating the problem and solving it", share=None)
        with open_executor() as executor:
            # A worker that lost the job may still write the folder: the same question has the same plan, so the
            # later one replaces the earlier by the same.
            plan_book(
                outside,
                shelf.book(job.book.content_hash),
                to=to,
                policy=said,
                events=question.events,
                replace=True,
                executor=executor,
                on_progress=lambda step: tell_progress(hand, step),
            )
    record, _ = outside.read_plan(to)
    return {"folder": name, "summary": summarise(record.summary)}


def _edit(hand: Hand, job: PlanRun) -> dict[str, Any]:
    shelf, outside, parent = open_shelf(), connect_outside(), job.parent
    if parent is None or not parent.has_plan:
        raise InputError({"plan": "the plan that was to be edited is gone"})
    change = {"edits": (), "mend": False, "repair": False, "undo": False} | job.change
    name = hash_values([parent.folder, *(change[key] for key in sorted(change)), __version__])[:NAME_LENGTH]
    to = shelf.plan(name)
    if not to.exists():
        hand.tell(stage="solving again with the edits held" if change["repair"] else "making the edits", share=None)
        with open_executor() as executor:
            edit_plan(
                outside,
                shelf.plan(parent.folder),
                shelf.book(job.book.content_hash),
                to=to,
                **change,
                replace=True,
                executor=executor,
                on_progress=lambda step: tell_progress(hand, step),
            )
    record, _ = outside.read_plan(to)
    return {"folder": name, "summary": summarise(record.summary)}


def tell_progress(hand: Hand, step: Progress) -> None:
    """Say on the job's page how far the solver is."""
    hand.tell(
        stage=LEVELS.get(step.level, step.level),
        level=step.level,
        value=round(step.value, 6),
        bound=round(step.bound, 6),
        gap=step.gap if math.isfinite(step.gap) else None,
        part=step.part + 1,
        n_parts=step.n_parts,
        seconds=round(step.seconds, 1),
    )
