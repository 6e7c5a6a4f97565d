"""Finding the seats that an event names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from evenhand.plan.setting import Setting


def find_seats(setting: Setting, territory_ids: list[str]) -> list[dict[str, Any]]:
    """Return the rows of these seats, or say which of them aren't there (InputError)."""
    seats = setting.territories.filter("is_seat")
    known = seats["territory_id"].to_list()
    problems = {}
    for territory_id in territory_ids:
        if territory_id not in known:
            close = difflib.get_close_matches(territory_id, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else f" Seats are {', '.join(known[:5])} …"
            problems[f"territory {territory_id}"] = f"is not a seat of the book.{hint}"
    if problems:
        raise InputError(problems)
    return [
        seats.row(by_predicate=pl.col("territory_id") == territory_id, named=True) for territory_id in territory_ids
    ]
