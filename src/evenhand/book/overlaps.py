"""Spans of dates that overlap though only one of them can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.intake import Intake

FAR = 2_000_000
"""A day number after every date, for spans without an end."""


def overlapping(frame: pl.DataFrame, per: list[str], start: str, end: str, *, slack_days: int = 0) -> pl.Series:
    """Say which rows overlap another row of their group.

    Parameters
    ----------
    frame
        (n,) rows; a null end means "still".
    slack_days
        Days at the end of a span that may belong to the next one too.

    Returns
    -------
    pl.Series
        (n,) True where the span shares a day with another of the same group.

    Notes
    -----
    One sort per group: a span overlaps an earlier one where it starts before the latest end so far, and a later one
    where the next start comes before its own end. O(n log n).
    """
    spans = (
        frame.select(
            *per,
            __start=pl.col(start).to_physical().cast(pl.Int64),
            __end=(pl.col(end).to_physical().cast(pl.Int64) - slack_days).fill_null(FAR),
        )
        .with_row_index("__at")
        .drop_nulls([*per, "__start"])
        .with_columns(pl.max_horizontal("__end", "__start"))
        .sort([*per, "__start", "__end", "__at"])
        .with_columns(
            __before=pl.col("__end").cum_max().shift(1).over(per),
            __next=pl.col("__start").shift(-1).over(per),
        )
        .filter((pl.col("__start") <= pl.col("__before")) | (pl.col("__next") <= pl.col("__end")))
    )
    mask = np.zeros(frame.height, dtype=np.bool_)
    mask[spans["__at"].to_numpy()] = True
    return pl.Series(mask)


def check_ownership(intake: Intake, intakes: Mapping[str, Intake]) -> None:
    """Report accounts in two territories of a layer at once; a shared handover day is fine."""
    territories = intakes.get("territories")
    frame = intake.typed.select("account_id", "territory_id", "starts_on", "ends_on")
    if territories is not None:
        layers = territories.accepted_of("territory_id", "layer").select(
            "territory_id", __layer=pl.col("layer").fill_null("")
        )
        frame = frame.join(layers, on="territory_id", how="left", maintain_order="left")
    else:
        frame = frame.with_columns(__layer=pl.lit(""))
    frame = _only_good(frame, intake, "account_id")
    intake.report(
        overlapping(frame, ["account_id", "__layer"], "starts_on", "ends_on", slack_days=1),
        "BK410",
        "territory_id",
        "holds the account in days in which another row of the layer does too",
        "an account is in one territory of a layer at a time: end the earlier span before the later one starts",
    )


def check_coverage(intake: Intake) -> None:
    """Point out territories that several rows cover at once; a shared handover day is fine."""
    frame = _only_good(intake.typed.select("rep_id", "territory_id", "starts_on", "ends_on"), intake, "rep_id")
    intake.report(
        overlapping(frame, ["territory_id"], "starts_on", "ends_on", slack_days=1),
        "BK417",
        "territory_id",
        "is covered in days in which another row covers it too",
        "fine where two reps share it; else end the earlier span with ends_on before the later one starts",
        severity=Severity.WARNING,
    )


def check_quotas(intake: Intake) -> None:
    """Point out periods of a territory's quotas that overlap: they would count twice."""
    frame = _only_good(intake.typed.select("territory_id", "period_start", "period_end"), intake, "territory_id")
    intake.report(
        overlapping(frame, ["territory_id"], "period_start", "period_end"),
        "BK419",
        "period_start",
        "starts a period that overlaps another quota of the territory",
        "give quotas for periods apart (for instance quarters), not for quarters and the year",
        severity=Severity.WARNING,
    )


def _only_good(frame: pl.DataFrame, intake: Intake, key: str) -> pl.DataFrame:
    """Rows rejected already take no part: their key is emptied."""
    return frame.with_columns(pl.when(pl.Series(~intake.rejected)).then(pl.col(key)).alias(key))
