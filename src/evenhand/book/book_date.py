"""The date a book describes, where nobody names one: the latest day on which its data says something happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl

from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from evenhand.book.intake import Intake

HAPPENED: tuple[tuple[str, str, pl.Expr | None], ...] = (
    ("activities", "happened_on", None),
    ("opportunities", "created_on", None),
    ("opportunities", "closed_on", pl.col("is_closed")),
    ("accounts", "last_activity_on", None),
    ("accounts", "created_on", None),
    ("accounts", "churned_on", None),
    ("ownership", "starts_on", None),
    ("transfer_requests", "requested_on", None),
)
"""Columns whose dates are past on the day of an export, with the rows for which that holds."""

PLANNED: tuple[tuple[str, str, pl.Expr | None], ...] = (
    ("coverage", "starts_on", None),
    ("reps", "hired_on", None),
    ("quotas", "period_start", None),
)
"""Columns that may lie ahead; looked at only where nothing of the above is there."""

STRAY_DAYS = 366
"""A latest date that is this far from all others is pointed out as a likely mistake."""


def latest_date(intakes: Mapping[str, Intake]) -> tuple[dt.date | None, Finding]:
    """Return the latest date seen in the data, and the finding that says where it was seen.

    Returns
    -------
    date
        None where there is no date at all; the finding is an error then.
    """
    for columns in (HAPPENED, PLANNED):
        seen = [
            (latest, name, column)
            for name, column, only in columns
            if name in intakes and (latest := _latest(intakes[name], column, only)) is not None
        ]
        if seen:
            as_of, name, column = max(seen, key=lambda found: found[0])
            return as_of, _said(as_of, intakes[name], name, column)
    return None, Finding(
        "BK602",
        Severity.ERROR,
        "as_of",
        "Nothing in the data has a date, so the book's date can't be told.",
        "say it: --as-of 2026-12-31, or as_of = 2026-12-31 at the top of the mapping file",
    )


def _latest(intake: Intake, column: str, only: pl.Expr | None) -> dt.date | None:
    typed = intake.typed
    if not typed[column].is_not_null().any():
        return None
    latest = typed.select((pl.col(column) if only is None else pl.col(column).filter(only)).max()).item()
    return cast("dt.date | None", latest)


def _said(as_of: dt.date, intake: Intake, name: str, column: str) -> Finding:
    dates = intake.typed[column]
    at = int((dates == as_of).fill_null(value=False).arg_true()[0])
    row, file = intake.rows[at], intake.origins[intake.origin[at]]
    others = cast("dt.date | None", dates.filter((dates < as_of).fill_null(value=False)).max())
    stray = others is not None and (as_of - others).days > STRAY_DAYS
    message = f"The book's date is {as_of.isoformat()}, the latest in the data ({file} row {row}, {column})"
    evidence = {"file": file, "row": row, "column": intake.spelled.get(column, column), "value": as_of.isoformat()}
    hint = "say another one with --as-of, or as_of = … at the top of the mapping file"
    if stray:
        return Finding(
            "BK603",
            Severity.WARNING,
            f"{name}.{column}",
            f"{message}, which is over a year after every other date of that column.",
            f"correct that row if it is a mistake; or {hint}",
            evidence,
        )
    return Finding("BK601", Severity.NOTE, f"{name}.{column}", f"{message}.", hint, evidence)
