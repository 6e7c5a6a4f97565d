"""What came of the events of a plan: a sentence for each, and whatever tables they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.plan.events.event import Conclusion
from evenhand.plan.events.outcome import Outcome

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.foundation.findings import Finding
    from evenhand.plan.quotas import QuotaBridge
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy


def conclude_events(
    book: Book, policy: Policy, statement: Statement, assigned: NDArray[np.intp], quotas: QuotaBridge
) -> Conclusion:
    """Say of every event what was done, who receives how much and why, and the load before and after.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.
    quotas
        From `evenhand.plan.quotas.bridge_quotas`.
    """
    outcome = Outcome(book, policy, statement, assigned, quotas.summary, quotas.lines)
    findings: list[Finding] = []
    tables: dict[str, pl.DataFrame] = {}
    for event in statement.setting.events:
        conclusion = event.conclude(outcome)
        findings += conclusion.findings
        for name, table in conclusion.tables.items():
            tables[name] = table if name not in tables else tables[name].vstack(table)
    return Conclusion(tuple(findings), tables)


def explain_leaving(statement: Statement) -> dict[str, str]:
    """Say by account_id why it has to leave its territory, where an event sends it."""
    return {
        account: transfer.why
        for transfer in statement.setting.transfers
        if transfer.has_to_leave or transfer.to
        for account in transfer.account_ids
    }
