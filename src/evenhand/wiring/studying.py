"""Tracing a frontier or solving scenarios in the background."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from evenhand._version import __version__
from evenhand.adapters.store.models import Study, StudyKind
from evenhand.app.frontier import MARKER as FRONTIER_MARKER
from evenhand.app.frontier import trace_book
from evenhand.app.policies import load_policy
from evenhand.app.scenarios import MARKER as SCENARIOS_MARKER
from evenhand.app.scenarios import plan_scenarios
from evenhand.foundation.hashing import hash_values
from evenhand.wiring.container import connect_outside
from evenhand.wiring.executors import open_executor
from evenhand.wiring.planning import NAME_LENGTH, tell_progress
from evenhand.wiring.shelf import open_shelf
from evenhand.wiring.working import work_at

if TYPE_CHECKING:
    from pathlib import Path

    from evenhand.wiring.working import Hand

REPORTS = {StudyKind.FRONTIER: "frontier.html", StudyKind.SCENARIOS: "comparison.html"}
"""The page in a study's folder."""

_MARKERS = {StudyKind.FRONTIER: FRONTIER_MARKER, StudyKind.SCENARIOS: SCENARIOS_MARKER}


def solve_study(study_id: str) -> None:
    """Take the job up if it still waits, and do it; whatever goes wrong ends up on its page."""
    work_at(Study, study_id, _solve)


def _solve(hand: Hand, job: Study) -> dict[str, Any]:
    shelf, outside = open_shelf(), connect_outside()
    policy, kind = load_policy(outside, shelf.policy), StudyKind(job.kind)
    name = hash_values([kind.value, job.book.content_hash, policy.content_hash, job.text, __version__])[:NAME_LENGTH]
    to = shelf.study(name)
    if not (to / _MARKERS[kind]).exists():
        hand.tell(stage="stating the problem", share=None)
        to.parent.mkdir(parents=True, exist_ok=True)
        (_trace if kind is StudyKind.FRONTIER else _compare)(hand, job, to)
    return {"folder": name, "summary": json.loads(outside.read_text(to / _MARKERS[kind]))}


def _trace(hand: Hand, job: Study, to: Path) -> None:
    shelf = open_shelf()
    with open_executor() as executor:
        trace_book(
            connect_outside(),
            shelf.book(job.book.content_hash),
            to=to,
            policy=shelf.policy,
            replace=True,
            executor=executor,
            on_progress=lambda step: tell_progress(hand, step),
        )


def _compare(hand: Hand, job: Study, to: Path) -> None:
    shelf, outside = open_shelf(), connect_outside()
    said = shelf.root / "questions" / f"{to.name}.scenarios.toml"
    said.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text(said, job.text)
    with open_executor() as executor:
        plan_scenarios(
            outside,
            shelf.book(job.book.content_hash),
            to=to,
            scenarios=said,
            policy=shelf.policy,
            replace=True,
            executor=executor,
            on_progress=lambda _, step: tell_progress(hand, step),
        )
