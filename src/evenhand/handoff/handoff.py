"""The handoff: everything that follows from a plan and the rules written beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.families import find_families
from evenhand.foundation.findings import Finding, Severity
from evenhand.handoff.change_set import list_changes
from evenhand.handoff.codes import CODES
from evenhand.handoff.deals import find_deals
from evenhand.handoff.ledger import write_ledger
from evenhand.handoff.staffing import staff_seats
from evenhand.handoff.tasks import write_tasks
from evenhand.handoff.timeline import Timeline, lay_out, schedule
from evenhand.handoff.units import order_units

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from evenhand.book.book import Book
    from evenhand.foundation.working_days import WorkingDays
    from evenhand.policy import Policy

MANY = 5
"""So many record ids are named in a finding; all of them are in its evidence."""


@dataclass(frozen=True, eq=False)
class Handoff:
    """How the accounts of a plan change hands.

    Attributes
    ----------
    book_hash, policy_hash
        What it was made from.
    moves
        account_id, from_territory_id, to_territory_id, grade, potential.
    seats
        Who covers what, see `evenhand.handoff.staffing.staff_seats`.
    ledger
        See `evenhand.handoff.ledger.write_ledger`.
    tasks
        See `evenhand.handoff.tasks.write_tasks`.
    changes
        See `evenhand.handoff.change_set.list_changes`.
    """

    book_hash: str
    policy_hash: str
    moves: pl.DataFrame
    seats: pl.DataFrame
    timeline: Timeline
    ledger: pl.DataFrame
    tasks: pl.DataFrame
    changes: pl.DataFrame
    findings: tuple[Finding, ...]


def prepare_handoff(
    book: Book, moves: pl.DataFrame, assignment: pl.DataFrame, unit_of_account: pl.DataFrame, policy: Policy,
    starts_on: dt.date, days: Mapping[str, WorkingDays], *, system: str = "file",
) -> Handoff:  # fmt: skip
    """Work out ledger, timeline, tasks and change set of a plan.

    Parameters
    ----------
    moves
        account_id, from_territory_id, to_territory_id, grade, potential (null: unknown).
    assignment
        account_id, territory_id: where every account is after the plan. A seat that is left with none is given up.
    unit_of_account
        account_id, unit_id: what moves as one.
    starts_on
        The day of the first conversation; the next working day where it is none.
    days
        Working days by country, "" those of the firm.
    system
        Where the change set is for.
    """
    span = lay_out(starts_on, policy, days[""])
    seats = staff_seats(book, span.starts_on, moves["to_territory_id"])
    held = assignment.join(book.active_accounts.select("account_id"), on="account_id", how="semi")["territory_id"]
    emptied = frozenset(moves["from_territory_id"]) - frozenset(held)
    deals = find_deals(book, moves, emptied, seats, span.starts_on, policy)
    units = order_units(book, moves, unit_of_account, deals, seats, span, policy)
    timeline = schedule(units, span, policy, days)
    ledger = write_ledger(deals, timeline.introductions, span, policy)
    tasks = write_tasks(timeline, ledger, moves, seats, book.accounts.select("account_id", "name"), days[""], policy)
    changes = list_changes(
        timeline.introductions, moves.select("account_id", "from_territory_id", "to_territory_id"), ledger, system
    )
    findings = (*_remark(book, moves, seats, deals, ledger), *timeline.findings)
    return Handoff(book.content_hash, policy.content_hash, moves, seats, timeline, ledger, tasks, changes, findings)


def _remark(
    book: Book, moves: pl.DataFrame, seats: pl.DataFrame, deals: pl.DataFrame, ledger: pl.DataFrame
) -> Iterator[Finding]:
    unknown = deals.filter(pl.col("stage_number").is_null())["opportunity_id"].to_list()
    if unknown:
        yield _finding("HO101", "opportunities.stage_number", "open deals without a stage: {ids}", unknown)
    by_seat = {row["territory_id"]: row for row in seats.iter_rows(named=True)}
    losing = sorted(t for t in moves["from_territory_id"].unique() if by_seat[t]["rep_id"] is None)
    if losing:
        yield _finding("HO102", "coverage", "seats that lose accounts and have no rep: {ids}", losing)
    gaining = [t for t in sorted(moves["to_territory_id"].unique()) if by_seat[t]["rep_id"] is None]
    waiting = [t for t in gaining if by_seat[t]["stand_in_id"] is not None]
    if waiting:
        yield _finding("HO103", "coverage", "seats that gain accounts and have no rep yet: {ids}", waiting)
    if len(waiting) < len(gaining):
        nobody = sorted(set(gaining) - set(waiting))
        yield _finding(
            "HO104", "coverage", "seats that gain accounts and have nobody to look after them: {ids}", nobody
        )
    early = ledger.filter(pl.col("why").str.starts_with("its rep leaves"))["opportunity_id"].to_list()
    if early:
        yield _finding(
            "HO105", "reps.left_on", "deals that can't stay until their deadline, their rep leaves first: {ids}", early
        )
    parts = _split_families(book, moves, deals)
    if parts:
        yield _finding(
            "HO106", "accounts.parent_account_id", "families with open deals that move in part: {ids}", parts
        )


def _split_families(book: Book, moves: pl.DataFrame, deals: pl.DataFrame) -> list[str]:
    members = (
        book.active_accounts.select("account_id")
        .join(find_families(book.accounts), on="account_id")
        .join(moves.select("account_id", "to_territory_id"), on="account_id", how="left")
        .rename({"family_id": "family"})
    )
    with_deals = members.filter(pl.col("account_id").is_in(deals["account_id"].implode()))["family"].unique()
    split = members.group_by("family").agg(n=pl.col("to_territory_id").n_unique()).filter(pl.col("n") > 1)
    return sorted(set(split["family"]) & set(with_deals))


def _finding(code: str, subject: str, words: str, ids: list[str]) -> Finding:
    shown = ", ".join(ids[:MANY]) + (f" and {len(ids) - MANY} more" if len(ids) > MANY else "")
    message = words.format(ids=shown)
    return Finding(code, Severity.WARNING, subject, message, CODES[code].fix, {"ids": ids})
