"""What earlier plans moved, read from their folders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from evenhand.plan.churn import join_earlier_moves

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evenhand.app.ports import Outside


def read_earlier_moves(outside: Outside, folders: Sequence[Path]) -> pl.DataFrame | None:
    """Read the moves of earlier plans, dated by the date of the book that each was made from; None for no plan."""
    frames = []
    for folder in folders:
        record, _ = outside.read_plan(folder)
        moved_on = dt.date.fromisoformat(record.summary["as_of"])
        frames.append(record.tables["moves"].select("account_id", "to_territory_id", moved_on=pl.lit(moved_on)))
    return join_earlier_moves(frames) if frames else None
