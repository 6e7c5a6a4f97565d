"""Tracing the frontier of a book on disk into a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evenhand.app.events import read_events
from evenhand.app.policies import load_policy
from evenhand.plan.edits import parse_edit
from evenhand.plan.frontier import trace_frontier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.frontier import Frontier
    from evenhand.plan.solver import Progress

MARKER = "frontier.json"
"""The file by which a folder is known as that of a frontier."""


def trace_book(
    outside: Outside,
    book_folder: Path,
    *,
    to: Path,
    policy: Path | None = None,
    scenario: str | None = None,
    events: Sequence[str] = (),
    edits: Sequence[str] = (),
    replace: bool = False,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Frontier:
    """Plan a book at every tolerance and write the frontier as frontier.csv, frontier.json and frontier.html.

    Parameters
    ----------
    to
        Folder to write.
    events, edits
        As on the command line.
    replace
        True to replace an older frontier in that folder.
    """
    outside.check_target(to, MARKER, replace)
    chosen = load_policy(outside, policy, scenario)
    parsed = read_events(outside, events), [parse_edit(edit) for edit in edits]
    book = outside.read_book(book_folder)
    frontier = trace_frontier(
        book, chosen, events=parsed[0], edits=parsed[1], executor=executor, on_progress=on_progress
    )
    texts = {
        "frontier.csv": frontier.points.write_csv(),
        "frontier.html": outside.render_frontier_report(frontier, book),
        MARKER: json.dumps(frontier.summary(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
    outside.write_texts(to, texts, marker=MARKER, replace=replace)
    return frontier
