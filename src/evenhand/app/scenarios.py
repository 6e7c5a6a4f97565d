"""Solving the scenarios of a book on disk into a folder: a plan folder for each, and what compares them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.app.earlier import read_earlier_moves
from evenhand.app.policies import load_policy
from evenhand.diagnose.diagnosis import diagnose
from evenhand.foundation.errors import InputError
from evenhand.plan.record import write_record
from evenhand.plan.scenarios import Side, compare, parse_scenarios, render_scenarios, solve_scenarios
from evenhand.policy import render_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.plan.scenarios import Comparison, SolvedScenario
    from evenhand.plan.solver import Progress

MARKER = "scenarios.json"
"""The file by which a folder is known as that of scenarios."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Scenarios, solved and side by side."""

    scenarios: tuple[SolvedScenario, ...]
    comparison: Comparison


def plan_scenarios(
    outside: Outside,
    book_folder: Path,
    *,
    to: Path,
    scenarios: Path | None = None,
    policy: Path | None = None,
    only: Sequence[str] = (),
    earlier_plans: Sequence[Path] = (),
    replace: bool = False,
    executor: Executor | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Choice:
    """Plan every scenario of a book and write them into one folder.

    Parameters
    ----------
    to
        Folder to write: a plan folder for each scenario, comparison.html, comparison.csv, territories.csv,
        differences.csv, scenarios.toml and scenarios.json.
    scenarios
        File of scenarios; those of the policy file come first.
    only
        Names of the scenarios to solve, with those that they start from; all where none is given.
    earlier_plans
        Folders of earlier plans, whose moves count for the cool-down.
    replace
        True to replace older scenarios in that folder.

    Raises
    ------
    InputError
        If there is no scenario, or one is wrong: all that is wrong is named.
    """
    outside.check_target(to, MARKER, replace)
    chosen = load_policy(outside, policy)
    text = "" if scenarios is None else outside.read_text(scenarios)
    try:
        listed = parse_scenarios(text, chosen.scenarios)
    except InputError as error:
        raise InputError({f"{scenarios or policy}: {where}": what for where, what in error.problems.items()}) from None
    listed = tuple(s for s in listed if not only or s.name in _with_parents(only, {x.name: x.parent for x in listed}))
    if not listed:
        where = {"scenarios": "there is none: write a file of scenarios, or [scenario.NAME.SECTION] into the policy"}
        raise InputError(where)
    book = outside.read_book(book_folder)
    earlier = read_earlier_moves(outside, earlier_plans)
    solved = solve_scenarios(book, chosen, listed, earlier_moves=earlier, executor=executor, on_progress=on_progress)
    comparison = compare([Side.of_plan(one.scenario.name, one.plan) for one in solved])
    diagnosis = diagnose(book, chosen)
    plans = {
        one.scenario.name: (
            write_record(one.plan, render_policy(one.policy)),
            outside.render_plan_report(one.plan, book, diagnosis),
        )
        for one in solved
    }
    texts = {
        "scenarios.toml": render_scenarios(listed),
        **write_comparison(comparison),
        "comparison.html": outside.render_comparison_report(comparison, book),
        MARKER: json.dumps(_summary(solved, book.content_hash), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    }
    outside.write_scenarios(to, plans, texts, replace=replace)
    return Choice(solved, comparison)


def write_comparison(comparison: Comparison) -> dict[str, str]:
    """Lay a comparison out as CSV files by name."""
    differences = [
        difference.accounts.select(
            pl.lit(difference.first).alias("first"), pl.lit(difference.second).alias("second"), pl.all()
        )
        for difference in comparison.differences
    ]
    return {
        "comparison.csv": comparison.figures.write_csv(),
        "territories.csv": comparison.territories.write_csv(),
        "differences.csv": pl.concat(differences).write_csv(),
    }


def _with_parents(names: Sequence[str], parent_of: dict[str, str | None]) -> set[str]:
    unknown = {f"scenario {name}": "isn't there" for name in names if name not in parent_of}
    if unknown:
        raise InputError(unknown)
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            parent = parent_of.get(name)
            waiting += [] if parent is None or parent not in parent_of else [parent]
    return wanted


def _summary(solved: Sequence[SolvedScenario], book_hash: str) -> dict[str, Any]:
    return {
        "book": book_hash,
        "scenarios": [
            {
                "name": one.scenario.name,
                "description": one.scenario.description,
                "parent": one.scenario.parent,
                "hash": one.scenario.content_hash,
                "policy_hash": one.policy.content_hash,
                "events": list(one.scenario.events),
                "edits": list(one.scenario.edits),
                "status": one.plan.status,
                "moves_by_grade": dict(one.plan.moves_by_grade),
                "gap": one.plan.gap if one.plan.gap != float("inf") else None,
            }
            for one in solved
        ],
    }
