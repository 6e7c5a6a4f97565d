"""Checking a plan by someone who doesn't trust it: everything is worked out again from the files and the book."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.check_overlay import check_overlays
from evenhand.plan.codes import CODES
from evenhand.plan.consequences import follow_moves
from evenhand.plan.edits import parse_edit
from evenhand.plan.events import parse_event
from evenhand.plan.events.outcome import Outcome
from evenhand.plan.grades import GRADES
from evenhand.plan.make import (
    describe_candidates,
    list_assignment,
    list_units,
    spread_to_accounts,
    state,
    tabulate_territories,
)
from evenhand.plan.record import read_assignment, read_certificate, read_problem
from evenhand.plan.roll_up import roll_up
from evenhand.plan.solver import PROVED_GAP, Check, check
from evenhand.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.record import PlanRecord
    from evenhand.plan.solver import Problem
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_CLOSE = 1e-9
_COST_STEP = 2e-6
"""Costs are rounded to a millionth, and may round the other way on another machine."""


@dataclass(frozen=True)
class Verification:
    """What a check came to.

    Attributes
    ----------
    findings
        Everything that doesn't hold; none if the plan is what it says.
    proof
        The figures worked out again, or None where the files don't fit together.
    """

    findings: tuple[Finding, ...]
    proof: Check | None

    @property
    def holds(self) -> bool:
        """Whether the plan is what it says."""
        return not self.findings


def verify_plan(record: PlanRecord, book: Book) -> Verification:
    """Check a plan against the book it was made from.

    Nothing of the solver's search is used: the problem is stated again from the book and the policy; the objective,
    the bound and the gap are recomputed in one pass over it from assignment.csv and certificate.csv; every table is
    worked out again.
    """
    try:
        policy = parse_policy(record.policy_text)
        if record.summary.get("scenario"):
            policy = policy.in_scenario(record.summary["scenario"])
        events = [parse_event(text) for text in record.summary["events"]]
        edits = [parse_edit(text) for text in record.summary.get("edits", ())]
        problem = read_problem(record)
        certificate = read_certificate(record)
        assignment = read_assignment(record, problem)
        proof = check(problem, assignment, certificate)
    except InputError as error:
        unreadable = [_finding("PL207", name, message) for name, message in error.problems.items()]
        return Verification(tuple(unreadable), None)
    findings = list(_compare_figures(record.summary, proof))
    if record.summary["hashes"]["policy"] != policy.content_hash:
        findings.append(_finding("PL201", "policy.toml", "policy.toml isn't the policy whose hash is in plan.json."))
    if record.summary["hashes"]["book"] != book.content_hash:
        message = (
            f"The plan was made from book {record.summary['hashes']['book'][:12]}, this is {book.content_hash[:12]}."
        )
        findings.append(_finding("PL202", "book", message))
    else:
        try:
            statement = state(book, policy, events, edits, record.tables.get("earlier_moves"))
        except InputError as error:
            unknown = [_finding("PL205", name, message) for name, message in error.problems.items()]
            return Verification((*findings, *unknown), proof)
        findings += _compare_problem(record, problem, statement)
        if not findings:
            findings += _compare_tables(record, book, policy, statement, assignment)
    return Verification(tuple(findings), proof)


def _finding(code: str, subject: str, message: str, **evidence: Any) -> Finding:
    return Finding(code, Severity.ERROR, subject, message, CODES[code].fix, evidence)


def _same(stated: object, found: float) -> bool:
    if stated is None:
        return not math.isfinite(found)
    return isinstance(stated, int | float) and math.isclose(float(stated), found, rel_tol=_CLOSE, abs_tol=_CLOSE)


def _compare_figures(summary: Any, proof: Check) -> Iterator[Finding]:
    figures = {
        "violation": proof.violation,
        "cost": proof.cost,
        "objective": proof.objective,
        "bound": proof.bound,
        "gap": proof.gap,
    }
    stated_levels = {level["level"]: level for level in summary["levels"]}
    for level in proof.levels:
        figures[f"levels.{level.name}.value"] = level.value
        figures[f"levels.{level.name}.bound"] = level.bound
    for name, found in figures.items():
        head, _, rest = name.partition(".")
        stated = summary.get(name) if not rest else stated_levels.get(rest.split(".")[0], {}).get(rest.split(".")[1])
        if not _same(stated, found):
            message = f"plan.json says {name} is {stated}; the files give {found:g}."
            yield _finding("PL206", f"plan.json {head}", message, stated=stated, found=found)
    proven = {level.name: level.gap <= PROVED_GAP for level in proof.levels}
    for name, stated in stated_levels.items():
        if stated["proven"] and not proven.get(name):
            yield _finding(
                "PL206", "plan.json levels", f"plan.json says {name} is proven least; the files don't prove it."
            )


def _compare_problem(record: PlanRecord, problem: Problem, statement: Statement) -> Iterator[Finding]:
    ours = statement.problem
    fields = ("candidates", "costs", "grades", "amounts", "lower", "upper", "scale", "max_moves_from", "max_moves_into")
    for name in fields:
        stored, stated = getattr(problem, name), getattr(ours, name)
        if not _arrays_agree(stored, stated, _COST_STEP if name == "costs" else 1e-9):
            yield _finding(
                "PL205", name, f"The {name} of the stored problem aren't what the book and the policy state."
            )
    if problem.max_moves != ours.max_moves:
        yield _finding("PL205", "max_moves", "The limit on moves isn't the policy's.")
    if not record.tables["problem"].select("unit_id", "account_ids").equals(list_units(statement)):
        yield _finding("PL205", "units", "The units of the stored problem aren't what the book and the policy give.")
    if record.summary["candidates_considered"] != describe_candidates(statement):
        yield _finding("PL206", "plan.json", "plan.json misstates which territories the proof covers.")
    if tuple(record.summary["measures"]) != statement.measures:
        yield _finding("PL205", "measures", "The measures aren't those that the policy gives bands.")


def _arrays_agree(a: NDArray[Any] | None, b: NDArray[Any] | None, tolerance: float) -> bool:
    if a is None or b is None:
        return a is b
    if len(a) == len(b) == 0:
        return True
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance))


def _compare_tables(
    record: PlanRecord, book: Book, policy: Policy, statement: Statement, assignment: NDArray[np.int32]
) -> Iterator[Finding]:
    assigned = spread_to_accounts(statement, assignment)
    expected = list_assignment(book, statement, assigned)
    if not record.tables["assignment"].sort("account_id").equals(expected):
        yield _finding("PL203", "assignment.csv", "assignment.csv isn't every account of the book once.")
        return
    consequences = follow_moves(book, policy, statement, assigned)
    quotas = consequences.quotas
    outcome = Outcome(book, policy, statement, assigned, quotas.summary, quotas.lines)
    for file, message in check_overlays(record.tables, outcome):
        yield _finding("PL204", file, message)
    moves = (
        statement.accounts.select("account_id", from_territory_id="territory_id")
        .join(expected, on="account_id")
        .filter(pl.col("from_territory_id") != pl.col("territory_id"))
        .select("account_id", "from_territory_id", to_territory_id="territory_id")
    )
    grade_of = dict(enumerate(GRADES))
    unit_grades = statement.problem.grades if statement.problem.grades is not None else np.zeros(0, np.int8)
    grades = statement.accounts.select(
        "account_id",
        grade=pl.Series(unit_grades[statement.units.unit_of_account]).replace_strict(grade_of, return_dtype=pl.String),
    )
    moves = moves.join(grades, on="account_id").sort("account_id")
    counts = {grade: int((moves["grade"] == grade).sum()) for grade in GRADES}
    if record.summary["moves_by_grade"] != counts or record.summary["n_moves"] != moves.height:
        yield _finding("PL206", "plan.json moves_by_grade", f"plan.json misstates the moves; the files give {counts}.")
    for name, ours in (
        ("moves", moves),
        ("territories", tabulate_territories(statement, assigned, quotas.summary)),
        ("hierarchy", roll_up(book, policy, statement, assigned, consequences)),
        ("quotas", quotas.lines),
        *((name, table) for name, table in consequences.tables.items() if name in record.tables),
    ):
        if not _tables_agree(record.tables[name], ours):
            yield _finding(
                "PL204", f"{name}.csv", f"{name}.csv isn't what the book, the policy and assignment.csv give."
            )


def _tables_agree(stored: pl.DataFrame, ours: pl.DataFrame) -> bool:
    if not set(ours.columns) <= set(stored.columns) or stored.height != ours.height:
        return False
    for name in ours.columns:
        a, b = stored[name], ours[name]
        if b.dtype == pl.Float64:
            if not np.allclose(a.to_numpy(), b.to_numpy(), rtol=_CLOSE, atol=_CLOSE, equal_nan=True):
                return False
        elif not a.cast(b.dtype, strict=False).equals(b, null_equal=True):
            return False
    return True
