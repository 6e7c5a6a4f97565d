"""Making a plan of a plan that was edited: nothing else moves, and the proof says how far from the best it now is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError, Refusal
from evenhand.plan.codes import CODES
from evenhand.plan.edits.log import CHANGES_SCHEMA
from evenhand.plan.edits.origin import Origin, find_origin
from evenhand.plan.make import describe_plan, find_columns, state
from evenhand.plan.plan import Step
from evenhand.plan.record import parse_certificate
from evenhand.plan.solver import Certificate, Stop, check
from evenhand.plan.solver.certificate import Part
from evenhand.plan.solver.solve import conclude, solve_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.plan import Plan
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.solver import Progress
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy


def check_origin(origin: Origin, book: Book, policy: Policy) -> None:
    """Refuse (InputError) a book or policy that the plan wasn't made from."""
    problems = {}
    if origin.book_hash != book.content_hash:
        problems["book"] = f"the plan was made from book {origin.book_hash[:12]}, this is {book.content_hash[:12]}"
    if origin.policy_hash != policy.content_hash:
        problems["policy"] = "the plan was made under another policy"
    if problems:
        raise InputError(problems)


def state_origin(origin: Origin, book: Book, policy: Policy) -> Statement:
    """State the problem of a plan again."""
    return state(book, policy, origin.events, origin.edits, origin.earlier_moves)


def settle(origin: Origin, book: Book, policy: Policy, statement: Statement | None = None) -> Plan:
    """Make the plan that an assignment with its edits and certificate is.

    Notes
    -----
    Nothing is solved: the certificate's prices bound the problem with the edits too, as any prices do, only less
    closely. A part of the certificate that names what the problem no longer has is left out, and proves nothing.
    """
    statement = state_origin(origin, book, policy) if statement is None else statement
    places = place_units(statement, origin.assignment)
    certificate = read_fitting(statement, origin.certificate, places)
    result = conclude(
        statement.problem,
        find_columns(statement, places).astype(np.int32),
        certificate,
        solved_bounds=[{}],
        is_interrupted=origin.is_interrupted,
        n_work=0,
        watch=Stop().start(),
        seconds=origin.seconds,
        seed=origin.seed,
    )
    plan = describe_plan(
        book,
        policy,
        statement,
        result,
        seed=origin.seed,
        events=tuple(str(event) for event in origin.events),
        steps=origin.steps,
        earlier_moves=origin.earlier_moves,
    )
    is_carried_over = any(part.levels for part in certificate.parts)
    table = origin.certificate.with_columns(pl.col("level").fill_null("")) if is_carried_over else plan.certificate
    return replace(plan, certificate=table, scenario=origin.scenario, parent=origin.parent)


def repair_plan(
    origin: Origin,
    book: Book,
    policy: Policy,
    *,
    stop: Stop | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Solve again with every edit held, from the plan as it is: never worse than that, and with a proof of its own."""
    statement = state_origin(origin, book, policy)
    places = place_units(statement, origin.assignment)
    result = solve_from(
        statement.problem,
        find_columns(statement, places).astype(np.int32),
        Stop(gap=policy.solve.gap, seconds=policy.solve.seconds) if stop is None else stop,
        seed=origin.seed,
        executor=executor,
        on_progress=on_progress,
        start_prices=read_fitting(statement, origin.certificate, places),
    )
    made = describe_plan(
        book, policy, statement, result, seed=origin.seed, events=tuple(str(event) for event in origin.events),
        earlier_moves=origin.earlier_moves,
    )  # fmt: skip
    step = Step((), list_changes(origin.assignment, made.assignment), origin.certificate, origin.seconds)
    return replace(made, steps=(*origin.steps, step), scenario=origin.scenario, parent=origin.parent)


def undo_step(made: Plan | PlanRecord, book: Book, policy: Policy) -> Plan:
    """Undo the last step of a plan: what comes out is the plan before, to the byte.

    Raises
    ------
    Refusal
        If nothing was done to the plan after it was made.
    InputError
        If the book or the policy is another.
    """
    origin = find_origin(made)
    check_origin(origin, book, policy)
    if not origin.steps:
        entry = CODES["PL310"]
        raise Refusal(entry.code, "There is nothing to undo: the plan is as it was made.", entry.fix)
    last = origin.steps[-1]
    back = last.changes.select("account_id", before="from_territory_id")
    assignment = origin.assignment.join(back, on="account_id", how="left", maintain_order="left").select(
        "account_id", territory_id=pl.coalesce("before", "territory_id")
    )
    before = replace(
        origin,
        edits=origin.edits[: len(origin.edits) - len(last.texts)],
        assignment=assignment,
        certificate=origin.certificate if last.certificate_before is None else last.certificate_before,
        seconds=origin.seconds if last.seconds_before is None else last.seconds_before,
        steps=origin.steps[:-1],
    )
    return settle(before, book, policy)


def list_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """List the accounts that two assignments put in different territories."""
    return (
        before.rename({"territory_id": "from_territory_id"})
        .join(after.rename({"territory_id": "to_territory_id"}), on="account_id")
        .filter(pl.col("from_territory_id") != pl.col("to_territory_id"))
        .select(*CHANGES_SCHEMA)
        .sort("account_id")
    )


def place_units(statement: Statement, assignment: pl.DataFrame) -> NDArray[np.int32]:
    """(n_units,) index of the territory of every unit.

    Raises
    ------
    InputError
        If the accounts of a unit are apart, or one is where it may not be.
    """
    index = {territory_id: t for t, territory_id in enumerate(statement.setting.ids)}
    placed = statement.accounts.select("account_id").join(
        assignment, on="account_id", how="left", maintain_order="left"
    )["territory_id"]
    of_account = placed.replace_strict(index, default=-1, return_dtype=pl.Int32).to_numpy()
    places = of_account[statement.units.first_account].astype(np.int32)
    apart = np.flatnonzero(places[statement.units.unit_of_account] != of_account)
    allowed = ((statement.problem.candidates == places[:, None]) & (places >= 0)[:, None]).any(axis=1)
    problems = {}
    if len(apart):
        problems["assignment"] = f"{statement.accounts['account_id'][int(apart[0])]} is apart from its family"
    elif not allowed.all():
        account = statement.unit_ids[int(np.flatnonzero(~allowed)[0])]
        problems["assignment"] = f"{account} is where it may not be"
    if problems:
        raise InputError(problems)
    return places


def read_fitting(statement: Statement, table: pl.DataFrame, places: NDArray[np.int32]) -> Certificate:
    """Read a certificate for a problem that edits have changed; one without proof where it doesn't fit any more."""
    nothing = Certificate((Part(np.arange(len(statement.setting.ids), dtype=np.int32), {}),))
    try:
        certificate = parse_certificate(
            table, statement.setting.ids, statement.unit_ids.to_list(), list(statement.measures)
        )
        check(statement.problem, places, certificate)
    except InputError:
        return nothing
    return certificate
