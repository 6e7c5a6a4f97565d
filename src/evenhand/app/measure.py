"""Measuring what a plan on disk came to, from the book it was made from and a newer one."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.app.outcome_files import MARKER, lay_out, list_tables, read_parts
from evenhand.app.policies import read_stored_policy
from evenhand.foundation.errors import InputError
from evenhand.handoff.ledger import LEDGER_SCHEMA
from evenhand.handoff.tasks import TASKS_SCHEMA
from evenhand.measure.cost import pool_costs
from evenhand.measure.outcome import Published, measure_outcome
from evenhand.measure.proposal import propose
from evenhand.measure.summary import summarise

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal
    from evenhand.policy import Policy

_PAID = {"opportunity_id": pl.String, "rep_id": pl.String, "amount_cents": pl.Int64}
_DONE = {"task_id": pl.String, "done_on": pl.Date}


def measure_plan(
    outside: Outside,
    plan_folder: Path,
    before_folder: Path,
    after_folder: Path,
    moved_on: dt.date | None = None,
    *,
    handoff: Path | None = None,
    between: Sequence[Path] = (),
    paid: Path | None = None,
    done: Path | None = None,
) -> tuple[Outcome, Policy]:
    """Measure a plan.

    Parameters
    ----------
    moved_on
        The day on which accounts changed hands; None: the last transfer of an account in the handoff, without one the
        date of the book before.
    handoff
        Folder of the handoff.
    between
        Books of days between the two.
    paid, done
        CSV of credit paid (opportunity_id, rep_id, amount_cents) and of tasks done (task_id, done_on).

    Returns
    -------
    outcome : Outcome
    policy : Policy
        The one the plan was made under.

    Raises
    ------
    InputError
        If the plan isn't of the book before, or the other book isn't newer, or a file isn't as it should be.
    """
    record, _ = outside.read_plan(plan_folder)
    before, after = outside.read_book(before_folder), outside.read_book(after_folder)
    if record.summary["hashes"]["book"] != before.content_hash:
        raise InputError({"before": f"{before_folder} isn't the book that {plan_folder} was made from"})
    units = record.tables["problem"].select("account_ids", "grade").explode("account_ids")
    grades = units.select(account_id="account_ids", grade="grade")
    ledger = tasks = None
    day = moved_on or before.as_of
    if handoff is not None:
        ledger, tasks, last = _read_handoff(outside, handoff, record.summary["hashes"])
        day = moved_on or last or day
    published = Published(
        record.tables["assignment"],
        record.tables["territories"],
        record.tables.get("fairness"),
        ledger,
        tasks,
        None if paid is None else _read_table(outside, paid, _PAID),
        None if done is None else _read_table(outside, done, _DONE),
    )
    policy = read_stored_policy(record)
    books = [outside.read_book(folder) for folder in between]
    outcome = measure_outcome(
        record.tables["moves"], grades, before, after, day, policy, published=published, between=books
    )
    return outcome, policy


def pool_with_earlier(
    outside: Outside, outcome: Outcome, earlier: Sequence[Path], policy: Policy
) -> tuple[MoveCost, ...]:
    """Add the effects of this cycle up with those of earlier ones.

    Parameters
    ----------
    earlier
        Folders that measuring wrote.

    Raises
    ------
    InputError
        Where one isn't such a folder, is in another currency, or is this cycle itself.
    """
    cycles, problems = [outcome.comparison], {}
    for folder in earlier:
        told = json.loads(outside.read_text(folder / MARKER))
        if told.get("currency") != outcome.currency:
            problems[str(folder)] = f"is in {told.get('currency')}, this cycle in {outcome.currency}"
        elif told.get("before_hash") == outcome.before_hash:
            problems[str(folder)] = "is this very cycle: it was measured from the same book"
        else:
            cycles.append(read_parts(told))
    if problems:
        raise InputError(problems)
    return pool_costs(cycles, policy)


def write_outcome(
    outside: Outside,
    outcome: Outcome,
    costs: Sequence[MoveCost],
    policy: Policy,
    after_folder: Path,
    to: Path,
    *,
    with_pdf: bool = True,
    replace: bool = False,
) -> Proposal:
    """Write an outcome as a folder: all of it as JSON, tables, the page, the proposal, and one page for a meeting.

    Raises
    ------
    Refusal
        Where the folder is there and may not be replaced, or holds something else.
    """
    proposal = propose(costs, policy)
    measured_on = outcome.comparison.window.ends_on
    told = json.dumps(lay_out(outcome, costs, proposal), indent=2, ensure_ascii=False, default=str) + "\n"
    content = {f"{name}.csv": table.write_csv().encode() for name, table in list_tables(outcome).items()}
    report = outside.render_outcome_report(outcome, costs, proposal, outside.read_book(after_folder))
    content |= {
        MARKER: told.encode(),
        "proposal.toml": proposal.as_toml(measured_on).encode(),
        "report.html": report.encode(),
    }
    if with_pdf:
        title = f"Did it work? {outcome.moved_on:%d %B %Y} to {measured_on:%d %B %Y}"
        press = outside.open_press(outcome.currency, policy.handoff.locale, {})
        content["summary.pdf"] = press.pdf("summary", summarise(outcome, costs, proposal, title))
    outside.write_files(to, content, marker=MARKER, replace=replace)
    return proposal


def _read_handoff(
    outside: Outside, folder: Path, hashes: dict[str, Any]
) -> tuple[pl.DataFrame, pl.DataFrame, dt.date | None]:
    """Return its ledger and tasks, and the day of the last transfer of an account."""
    summary = json.loads(outside.read_text(folder / "handoff.json"))
    if summary["hashes"] != hashes:
        raise InputError({"handoff": f"{folder} isn't the handoff of that plan"})
    ledger, tasks = (
        pl.read_csv(io.StringIO(outside.read_text(folder / f"{name}.csv")), schema_overrides=schema)
        for name, schema in (("ledger", LEDGER_SCHEMA), ("tasks", TASKS_SCHEMA))
    )
    last = tasks.filter(pl.col("kind") == "account transfer")["due_on"].max()
    return ledger, tasks, last  # type: ignore[return-value]  # a column of dates has a date for its maximum


def _read_table(outside: Outside, file: Path, schema: dict[str, Any]) -> pl.DataFrame:
    try:
        table = pl.read_csv(io.StringIO(outside.read_text(file)), infer_schema=False)
        lacking = [name for name in schema if name not in table.columns]
        if lacking:
            raise InputError({str(file): f"has no column {', '.join(lacking)}; it needs {', '.join(schema)}"})
        return table.select(
            pl.col(name).str.to_date("%Y-%m-%d") if dtype == pl.Date else pl.col(name).cast(dtype)
            for name, dtype in schema.items()
        )
    except pl.exceptions.PolarsError as error:
        raise InputError({str(file): f"can't be read: {error}"}) from None
