"""What a book lacks for a full diagnosis, said once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.potential import PARTS, known_parts
from evenhand.diagnose.qualification import has_fit_facts
from evenhand.diagnose.triggers import State
from evenhand.diagnose.wording import say_count, say_list
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.book.book import Book
    from evenhand.diagnose.triggers import Trigger
    from evenhand.policy import Policy

PART_COLUMNS = {
    "size": "annual_revenue or employees",
    "fit": "vertical in the book and potential.industry_fit in the policy",
    "propensity": "in_buying_cycle, last_activity_on, activities or opportunities",
    "expansion": "expansion_potential or product_usage",
}
MOST_NAMED = 20
"""Territories that one finding names; it counts them all."""


def find_missing(
    book: Book, policy: Policy, territories: pl.DataFrame, triggers: Sequence[Trigger]
) -> tuple[Finding, ...]:
    """Name everything that is switched off or weakened by what the book lacks, with how to bring it back."""
    return (
        *_measures(book, policy),
        *_assumptions(book, policy),
        *_single_territories(territories),
        *(
            Finding(
                "DG106", Severity.NOTE, trigger.name, f"{trigger.title}. {trigger.message}", "Bring it and admit again."
            )
            for trigger in triggers
            if trigger.state is State.CANNOT_TELL
        ),
    )


def _measures(book: Book, policy: Policy) -> list[Finding]:
    found = []
    for measure in MEASURES.values():
        missing, doubt = measure.missing(book, policy), measure.doubt(book, policy)
        if missing:
            message = f"No {measure.title}: {missing}."
            found.append(Finding("DG101", Severity.WARNING, measure.name, message, "Bring it and admit again."))
        elif doubt:
            message = f"The {measure.title} is shown but not held against its range: {doubt}."
            found.append(Finding("DG102", Severity.WARNING, measure.name, message, "Fill it in and admit again."))
    return found


def _assumptions(book: Book, policy: Policy) -> list[Finding]:
    found = []
    all_given = book.has("accounts", "potential") and not book.active_accounts["potential"].has_nulls()
    unscored = [
        part
        for part in PARTS
        if part not in known_parts(book, policy) and getattr(policy.potential, f"weight_{part}") > 0
    ]
    if unscored and not all_given:
        message = f"The potential is scored without {say_list(unscored)}; the other weights make up for it."
        hint = "; ".join(f"{part}: {PART_COLUMNS[part]}" for part in unscored)
        found.append(Finding("DG103", Severity.NOTE, "potential", message, f"Bring {hint}."))
    if not has_fit_facts(book, policy) and MEASURES["qualified"].missing(book, policy) is None:
        message = "Every account is taken to fit the ideal customer profile."
        hint = "Fill in fits_icp, or set qualified.icp_segments or qualified.icp_verticals."
        found.append(Finding("DG104", Severity.NOTE, "qualified", message, hint))
    hours_given = book.has("accounts", "workload_hours") and not book.active_accounts["workload_hours"].has_nulls()
    if not book.has("accounts", "latitude", "longitude") and not hours_given:
        message = "The workload counts no travel: the accounts have no coordinates."
        found.append(Finding("DG105", Severity.NOTE, "workload_share", message, "Fill in latitude and longitude."))
    return found


def _single_territories(territories: pl.DataFrame) -> list[Finding]:
    seats = territories.filter("is_seat")
    partly = (
        seats.with_columns(n_known=(pl.col("status") != "unknown").sum().over("measure"))
        .filter((pl.col("status") == "unknown") & (pl.col("n_known") > 0))
        .group_by("measure", maintain_order=True)
        .agg("territory_id", "reason_missing")
    )
    found = []
    for name, ids, reasons in partly.iter_rows():
        which = say_list([*ids[:MOST_NAMED], *([f"{len(ids) - MOST_NAMED} more"] if len(ids) > MOST_NAMED else [])])
        message = (
            f"The {MEASURES[name].title} of {say_count(len(ids), 'territory', 'territories')} isn't judged: {which}."
        )
        evidence = {"territory_ids": tuple(ids), "reasons": tuple(sorted(set(reasons)))}
        found.append(
            Finding("DG107", Severity.NOTE, name, message, f"{reasons[0][0].upper()}{reasons[0][1:]}.", evidence)
        )
    return found
