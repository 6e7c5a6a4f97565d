"""Solving scenarios together: parents first, children from their parent's plan and prices, siblings side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.accounts import measure_accounts
from evenhand.foundation.errors import InputError
from evenhand.plan.edits import parse_edit
from evenhand.plan.events import parse_event
from evenhand.plan.make import describe_plan, state
from evenhand.plan.ramp import learn_ramp
from evenhand.plan.scenarios.scenario import AGREED, Scenario, order_scenarios
from evenhand.plan.solver import Stop
from evenhand.plan.solver.solve import solve_from
from evenhand.plan.solver.start import start_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.plan import Plan
    from evenhand.plan.ramp import RampBasis
    from evenhand.plan.solver import Progress, Result
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_OF_THE_PLAN_ALONE = (
    "alignment",
    "bands",
    "cadence",
    "events",
    "frontier",
    "grades",
    "handoff",
    "moves",
    "quotas",
    "ramp",
    "review",
    "solve",
)
"""Sections of the policy that no figure of an account depends on."""


@dataclass(frozen=True, eq=False)
class SolvedScenario:
    """A scenario with its plan.

    Attributes
    ----------
    scenario
        With what it inherits from its parent.
    policy
        The one in force.
    """

    scenario: Scenario
    policy: Policy
    plan: Plan


@dataclass(frozen=True, eq=False)
class _Solved:
    statement: Statement
    result: Result


def solve_scenarios(
    book: Book,
    policy: Policy,
    scenarios: Sequence[Scenario],
    *,
    earlier_moves: pl.DataFrame | None = None,
    seed: int | None = None,
    stop: Stop | None = None,
    executor: Executor | None = None,
    n_side_by_side: int = 2,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> tuple[SolvedScenario, ...]:
    """Plan every scenario, and the policy as agreed.

    Parameters
    ----------
    scenarios
        In any order; `AGREED` is added where it isn't there.
    earlier_moves
        Of earlier plans, see `evenhand.plan.churn.recall_owners`.
    seed, stop
        Instead of the policies' ``solve.…``; the limits are those of each scenario.
    executor
        For the work within each solve.
    n_side_by_side
        How many siblings are solved at a time; the plans are the same.
    on_progress
        Told the name of the scenario and how far it is.

    Returns
    -------
    tuple of SolvedScenario
        `AGREED` first, then in the order given.

    Raises
    ------
    InputError
        If a scenario doesn't fit the policy, the book or the others; everything wrong is named.

    Notes
    -----
    A scenario starts from its parent's plan, where that is nearer than none, and from the prices of its parent's
    certificate. So its plan is the same however many are solved at a time, and whatever other scenarios there are.
    """
    ordered = order_scenarios(scenarios)
    policies = _apply(ordered, policy)
    figures = measure_accounts(book, policy)
    solved: dict[str, _Solved] = {}

    def solve_one(scenario: Scenario) -> _Solved:
        mine = policies[scenario.name]
        statement = state(
            book,
            mine,
            [parse_event(text) for text in scenario.events],
            [parse_edit(text) for text in scenario.edits],
            earlier_moves,
            figures=figures if _measures_alike(mine, policy) else None,
        )
        parent = None if scenario.parent is None else solved[scenario.parent]
        result = solve_from(
            statement.problem,
            None if parent is None else carry_over(statement, parent.statement, parent.result.assignment),
            Stop(gap=mine.solve.gap, seconds=mine.solve.seconds) if stop is None else stop,
            seed=mine.solve.seed if seed is None else seed,
            executor=executor,
            on_progress=None if on_progress is None else partial(on_progress, scenario.name),
            start_prices=None if parent is None else parent.result.prices,
        )
        return _Solved(statement, result)

    waiting = list(ordered)
    with ThreadPoolExecutor(max_workers=max(1, n_side_by_side)) as threads:
        while waiting:
            ready = [scenario for scenario in waiting if scenario.parent is None or scenario.parent in solved]
            solved |= dict(zip([s.name for s in ready], threads.map(solve_one, ready), strict=True))
            waiting = [scenario for scenario in waiting if scenario.name not in solved]
    bases = _learn_ramps(book, policies)
    return tuple(
        SolvedScenario(
            scenario,
            policies[scenario.name],
            _describe(
                book,
                policies[scenario.name],
                scenario,
                solved[scenario.name],
                seed,
                earlier_moves,
                bases[scenario.name],
            ),
        )
        for scenario in ordered
    )


def _learn_ramps(book: Book, policies: Mapping[str, Policy]) -> dict[str, RampBasis]:
    """Learn the ramp once for all policies that say the same of it."""
    learned: dict[str, RampBasis] = {}
    for policy in policies.values():
        section = policy.ramp.model_dump_json()
        if section not in learned:
            learned[section] = learn_ramp(book, policy)
    return {name: learned[policy.ramp.model_dump_json()] for name, policy in policies.items()}


def carry_over(statement: Statement, other: Statement, assignment: NDArray[np.integer]) -> NDArray[np.int32]:
    """(n_units,) the columns that put every unit where another statement's assignment has its first account.

    Where it may not be there, or isn't known there, it stays or goes where it fits best.
    """
    columns = start_columns(statement.problem)
    index = {territory_id: t for t, territory_id in enumerate(statement.setting.ids)}
    to_mine = np.array([index.get(territory_id, -1) for territory_id in other.setting.ids], dtype=np.intp)
    if not len(columns) or not len(to_mine):
        return columns
    places = pl.DataFrame(
        {
            "account_id": other.accounts["account_id"],
            "territory": to_mine[np.asarray(assignment, dtype=np.intp)[other.units.unit_of_account]],
        }
    )
    wanted = (
        pl.DataFrame({"account_id": statement.unit_ids})
        .join(places, on="account_id", how="left", maintain_order="left")["territory"]
        .fill_null(-1)
        .to_numpy()
    )
    match = (statement.problem.candidates == wanted[:, None]) & (wanted >= 0)[:, None]
    found = match.any(axis=1)
    columns[found] = match[found].argmax(axis=1)
    return columns


def _apply(ordered: Sequence[Scenario], policy: Policy) -> dict[str, Policy]:
    policies: dict[str, Policy] = {}
    problems: dict[str, str] = {}
    for scenario in ordered:
        try:
            policies[scenario.name] = scenario.apply(policy)
        except InputError as error:
            problems |= {f"scenario {scenario.name}, {path}": what for path, what in error.problems.items()}
    if problems:
        raise InputError(problems)
    return policies


def _measures_alike(one: Policy, other: Policy) -> bool:
    """Whether every account's figures are the same under both."""
    mine, theirs = one.tree(), other.tree()
    return all(mine[section] == theirs[section] for section in mine if section not in _OF_THE_PLAN_ALONE)


def _describe(
    book: Book,
    policy: Policy,
    scenario: Scenario,
    solved: _Solved,
    seed: int | None,
    earlier_moves: pl.DataFrame | None,
    basis: RampBasis,
) -> Plan:
    plan = describe_plan(
        book,
        policy,
        solved.statement,
        solved.result,
        seed=policy.solve.seed if seed is None else seed,
        events=scenario.events,
        earlier_moves=earlier_moves,
        basis=basis,
    )
    return replace(plan, scenario=None if scenario.name == AGREED else scenario.name, parent=scenario.parent)
