"""What the reader of a plan should know about it: what was missing, what couldn't be met, what was left alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.findings import Finding, Severity
from evenhand.plan.bands import BANDED
from evenhand.plan.codes import CODES
from evenhand.plan.quotas import find_periods, opening_quotas
from evenhand.plan.solver import PROVED_GAP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from evenhand.book.book import Book
    from evenhand.plan.solver import Result
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

_SHOWN = 20


def notice(
    book: Book, policy: Policy, statement: Statement, result: Result, moves: pl.DataFrame
) -> tuple[Finding, ...]:
    """List what the reader should know, most important first."""
    found = [
        *_about_result(result, moves),
        *_about_quotas(book, policy, statement),
        *_about_grades(book),
        *_about_accounts(policy, statement, result),
        *_about_decisions(statement, result),
    ]
    return sort_by_gravity(found)


def sort_by_gravity(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings, the gravest first and then by code."""
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: (order.index(finding.severity), finding.code)))


def _finding(code: str, severity: Severity, subject: str, message: str, **evidence: Any) -> Finding:
    return Finding(code, severity, subject, message, CODES[code].fix, evidence)


def _about_result(result: Result, moves: pl.DataFrame) -> Iterator[Finding]:
    if result.clash is not None:
        widening = result.clash.relaxation.widening
        enough = math.ceil(widening * 1000) / 10
        message = f"The bands can't all be met. All of them {enough:g} % of the target wider would do."
        yield _finding("PL110", Severity.WARNING, "bands", message, widening_share=widening)
    elif moves.height == 0:
        yield _finding("PL111", Severity.NOTE, "plan", "Every territory is within its band; no changes needed.")
    open_levels = [level for level in result.levels if level.gap > PROVED_GAP]
    if open_levels:
        level = open_levels[0]
        figures = f"this plan has {level.value:g}, and none has less than {level.bound:g}"
        message = f"Not proven to the end: at the level {level.name} {figures}."
        yield _finding("PL112", Severity.NOTE, "plan", message, level=level.name, value=level.value, bound=level.bound)


def _about_quotas(book: Book, policy: Policy, statement: Statement) -> Iterator[Finding]:
    if not book.has("quotas"):
        yield _finding("PL102", Severity.WARNING, "quotas", "The book has no quotas; none moves with the accounts.")
        return
    opening = opening_quotas(book, statement, find_periods(book, policy)[0])
    without = statement.setting.is_seat & (opening == 0) & (_loads(statement) > 0)
    if without.any():
        ids = [statement.setting.ids[t] for t in np.flatnonzero(without)]
        message = f"{len(ids)} seats with accounts have no quota: {', '.join(ids[:_SHOWN])}."
        yield _finding("PL103", Severity.WARNING, "quotas", message, territory_ids=ids[:_SHOWN], n=len(ids))


def _about_grades(book: Book) -> Iterator[Finding]:
    if not book.has("opportunities"):
        message = "The book has no opportunities; grades rest on relationships and activity alone."
        yield _finding("PL101", Severity.WARNING, "opportunities", message)


def _about_accounts(policy: Policy, statement: Statement, result: Result) -> Iterator[Finding]:
    if statement.units.n_split_families:
        n = statement.units.n_split_families
        message = f"{n} families have accounts in several territories; each territory's part moves as one."
        yield _finding("PL104", Severity.NOTE, "accounts.parent_account_id", message, n=n)
    in_groups = ~statement.setting.is_seat[statement.present] if len(statement.present) else np.zeros(0, bool)
    if in_groups.any():
        message = f"{int(in_groups.sum())} accounts are in a group of territories, not in a seat; they stay."
        ids = statement.accounts.filter(pl.Series(in_groups))["account_id"].head(_SHOWN).to_list()
        yield _finding("PL105", Severity.WARNING, "accounts.territory_id", message, account_ids=ids)
    for name in BANDED:
        if getattr(policy.bands, name) is not None and name not in statement.bands.measures:
            message = f"The policy has a band for {name}, but the book lacks what it is computed from; it is left out."
            yield _finding("PL106", Severity.WARNING, f"bands.{name}", message)
    unknown = sorted(set(policy.moves.locked_accounts) - set(_known(statement, policy.moves.locked_accounts)))
    if unknown:
        message = f"{len(unknown)} locked accounts are not active accounts of the book: {', '.join(unknown[:_SHOWN])}."
        yield _finding("PL107", Severity.WARNING, "moves.locked_accounts", message, account_ids=unknown[:_SHOWN])
    gone = statement.setting.is_emptied[statement.present] if len(statement.present) else np.zeros(0, bool)
    assigned = np.asarray(result.assignment, dtype=np.intp)[statement.units.unit_of_account]
    stuck = gone & (assigned == statement.present)
    if stuck.any():
        ids = statement.accounts.filter(pl.Series(stuck))["account_id"].to_list()
        message = f"{len(ids)} accounts of an emptied territory fit no other: {', '.join(ids[:_SHOWN])}."
        yield _finding("PL108", Severity.ERROR, "territories", message, account_ids=ids[:_SHOWN], n=len(ids))
    forced = statement.accounts.filter(pl.Series(gone & ~stuck) & pl.col("lock").is_not_null())["account_id"].to_list()
    if forced:
        message = (
            f"{len(forced)} locked accounts move because their territory is emptied: {', '.join(forced[:_SHOWN])}."
        )
        yield _finding("PL109", Severity.WARNING, "accounts.locked", message, account_ids=forced[:_SHOWN])


def _about_decisions(statement: Statement, result: Result) -> Iterator[Finding]:
    if statement.edits:
        n = len(statement.edits)
        message = f"{n} {'decision' if n == 1 else 'decisions'} by hand held: {_list(list(map(str, statement.edits)))}."
        yield _finding("PL113", Severity.NOTE, "edits", message, edits=[str(edit) for edit in statement.edits[:_SHOWN]])
    assigned = np.asarray(result.assignment, dtype=np.intp)[statement.units.unit_of_account]
    recent = statement.accounts["n_recent_moves"].to_numpy() > 0
    again = statement.accounts.filter(pl.Series((assigned != statement.present) & recent))["account_id"].to_list()
    if again:
        message = f"{len(again)} accounts change hands again within the cool-down: {_list(again)}."
        yield _finding("PL114", Severity.WARNING, "accounts", message, account_ids=again[:_SHOWN], n=len(again))


def _list(texts: list[str]) -> str:
    return ", ".join(texts[:_SHOWN]) + (" …" if len(texts) > _SHOWN else "")


def _known(statement: Statement, ids: list[str]) -> list[str]:
    return statement.accounts.filter(pl.col("account_id").is_in(ids))["account_id"].to_list()


def _loads(statement: Statement) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return statement.loads["accounts"]
