"""Planning a book on disk into a plan folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.app.earlier import read_earlier_moves
from evenhand.app.events import read_events
from evenhand.app.policies import load_policy
from evenhand.diagnose.diagnosis import diagnose
from evenhand.plan.edits import parse_edit
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.policy import render_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.plan import Plan
    from evenhand.plan.solver import Progress


def plan_book(
    outside: Outside,
    book_folder: Path,
    *,
    to: Path,
    policy: Path | None = None,
    scenario: str | None = None,
    events: Sequence[str] = (),
    edits: Sequence[str] = (),
    earlier_plans: Sequence[Path] = (),
    seed: int | None = None,
    gap: float | None = None,
    seconds: float | None = None,
    replace: bool = False,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Make a plan for a book and write it as a folder with its report.

    Parameters
    ----------
    to
        Folder of the plan.
    events
        As on the command line, for instance ``new-hire:territory=T99,capacity_share=0.5``, or paths of TOML files.
    edits
        Decisions by hand that the plan has to keep, for instance ``move:A000016=T07``.
    earlier_plans
        Folders of earlier plans, whose moves count for the cool-down.
    seed, gap, seconds
        Instead of the policy's ``solve.…``.
    replace
        True to replace an older plan in that folder.
    """
    outside.check_plan_target(to, replace)
    chosen = load_policy(outside, policy, scenario)
    overrides = {"solve.seed": seed, "solve.gap": gap, "solve.seconds": seconds}
    chosen = chosen.with_values({name: value for name, value in overrides.items() if value is not None})
    parsed = read_events(outside, events)
    held = [parse_edit(edit) for edit in edits]
    book = outside.read_book(book_folder)
    earlier = read_earlier_moves(outside, earlier_plans)
    plan = make_plan(
        book, chosen, events=parsed, edits=held, earlier_moves=earlier, executor=executor, on_progress=on_progress
    )
    report = outside.render_plan_report(plan, book, diagnose(book, chosen))
    outside.write_plan(to, write_record(plan, render_policy(chosen)), report, replace=replace)
    return plan
