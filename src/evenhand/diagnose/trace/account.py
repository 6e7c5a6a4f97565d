"""How the figures of one account came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose.potential import PARTS
from evenhand.diagnose.propensity.facts import FACTS
from evenhand.diagnose.trace.trace import Trace, trace_entries
from evenhand.diagnose.wording import say_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.policy import Policy


def trace_account(account_id: str, diagnosis: Diagnosis, book: Book, policy: Policy) -> Trace:
    """Trace an active account's potential, propensity, workload and qualification.

    Parameters
    ----------
    account_id
        Of an active account.
    """
    row = diagnosis.accounts.row(by_predicate=pl.col("account_id") == account_id, named=True)
    own = pl.col("account_id") == account_id
    tables = {
        "accounts": (book.accounts, "account_id", None),
        "opportunities": (book.opportunities, "opportunity_id", None),
        "activities": (book.activities, "account_id", "happened_on"),
    }
    records = {}
    for table, (frame, key, day) in tables.items():
        rows = frame.filter(own)
        name = pl.col(key) if day is None else pl.format("{} {}", key, day)
        if rows.height:
            filled = [column for column in rows.columns if rows[column].null_count() < rows.height and column != key]
            records[table] = rows.select(name.alias("record_id"), *filled)
    sections = ("potential.", "workload.", "qualified.")
    return Trace(
        subject=account_id,
        title=f"Account {account_id} of {row['territory_id']} on {diagnosis.as_of.isoformat()}",
        value=f"a potential of {say_value(row['potential'], 'potential')} and {row['workload_hours']:.1f} hours a year",
        formula=(
            "potential = size + fit + propensity + expansion, each 100 × weight × value ÷ Σ weights used; "
            "hours = calls × hours a call + visits × travel + open opportunities × hours; "
            "qualified = fits and (buying or can expand)"
        ),
        steps=(*_potential(row), *_propensity(account_id, diagnosis), *_workload(row), *_qualified(row)),
        entries=trace_entries(policy, [s for s in sections if row.get(f"{s[:-1]}_source") != "given"]),
        records=records,
    )


def _potential(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if row["potential_source"] == "given":
        return [("potential", f"{row['potential']:,.2f}, as the source gives it")]
    parts = [
        (f"potential from {part}", f"{row[f'potential_{part}']:,.2f}")
        for part in PARTS
        if row[f"potential_{part}"] is not None
    ]
    note = ", in a family of customers of which it is none yet" if row["is_whitespace"] else ""
    return [*parts, ("= potential", f"{row['potential']:,.2f}{note}")]


def _propensity(account_id: str, diagnosis: Diagnosis) -> list[tuple[str, str]]:
    learned = diagnosis.propensity.accounts.filter(pl.col("account_id") == account_id)
    if not learned.height:
        return []
    row = learned.row(0, named=True)
    parts = [("log-odds of an account with the mean of everything", f"{row['part_base']:+.3f}")]
    parts += [(f"log-odds from {title}", f"{row[f'part_{fact}']:+.3f}") for fact, title in FACTS.items()]
    months = diagnosis.propensity.horizon_months
    said = f"{row['log_odds']:+.3f}, a chance of {100 * row['propensity']:.1f} % to win a deal within {months} months"
    return [*parts, ("= log-odds", said)]


def _workload(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if row["workload_source"] == "given":
        return [("hours a year", f"{row['workload_hours']:,.1f}, as the source gives them")]
    way = "no coordinates" if row["distance_km"] is None else f"{row['distance_km']:,.0f} km away, straight"
    return [
        ("hours of calls", f"{row['call_hours']:,.1f}"),
        ("hours of travel", f"{row['travel_hours'] or 0:,.1f} ({way})"),
        ("hours of open opportunities", f"{row['open_work_hours']:,.1f} ({row['n_open']} open)"),
        ("= hours a year", f"{row['workload_hours']:,.1f}"),
    ]


def _qualified(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = {True: "yes", False: "no", None: "not known"}
    return [(title, said[row[name]]) for name, title in _FACTS.items()]


_FACTS = {"fits_icp": "fits", "buying": "buying", "can_expand": "can expand", "qualified": "= qualified"}
