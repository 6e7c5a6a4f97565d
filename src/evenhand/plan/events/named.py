"""Finding the seats that an event names, and opening new ones."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from evenhand.plan.events.event import Firm
    from evenhand.plan.setting import Setting

RULES = ("segment", "vertical", "region")


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


def has_seat(setting: Setting, territory_id: str) -> bool:
    """Whether the setting has this seat already; InputError where it is a group of territories."""
    rows = setting.territories.filter(pl.col("territory_id") == territory_id)
    if rows.height and not rows["is_seat"][0]:
        raise InputError({f"territory {territory_id}": "is a group of territories, not a seat; name another one"})
    return rows.height > 0


def full_hours(row: dict[str, Any]) -> float:
    """Hours a year of a full seat of this kind."""
    share, hours = float(row["capacity_share"]), float(row["capacity_hours"])
    return hours / share if share else hours


def open_seat(
    setting: Setting, firm: Firm, territory_id: str, *, like: str, capacity_share: float, **changes: Any
) -> Setting:
    """Add a seat that takes what another takes, with some columns otherwise.

    Raises
    ------
    InputError
        If `like` isn't a seat, or the id is that of a group of the book.
    """
    if territory_id in firm.book.territories["territory_id"]:
        raise InputError({f"territory {territory_id}": "is a group of territories, not a seat; name another one"})
    (row,) = find_seats(setting, [like])
    new = {
        **row,
        "territory_id": territory_id,
        "name": territory_id,
        "capacity_share": capacity_share,
        "capacity_hours": full_hours(row) * capacity_share,
        "is_seat": True,
        "is_emptied": False,
        **changes,
    }
    return setting.with_territory(pl.DataFrame([new], schema=setting.territories.schema))


def find_fullest(setting: Setting, firm: Firm) -> str | None:
    """Return the seat with most potential for its capacity; of equal ones the first. None where no seat takes part."""
    held = firm.figures.group_by("territory_id").agg(held=pl.col("potential").sum())
    seats = (
        setting.territories.filter("is_seat", ~pl.col("is_emptied"), pl.col("capacity_share") > 0)
        .join(held, on="territory_id", how="left")
        .with_columns(fullness=pl.col("held").fill_null(0.0) / pl.col("capacity_share"))
        .sort("fullness", "territory_id", descending=[True, False])
    )
    return seats["territory_id"][0] if seats.height else None


def find_fair_share(setting: Setting, firm: Firm) -> float:
    """Potential of all accounts in seats ÷ the seats' capacity: what a full seat would hold."""
    seats = setting.territories.filter(pl.col("is_seat") & ~pl.col("is_emptied"))
    held = firm.figures.filter(pl.col("territory_id").is_in(setting.territories["territory_id"].implode()))
    used = seats.filter(pl.col("territory_id").is_in(held["territory_id"].unique().implode()))
    capacity = float(used["capacity_share"].sum())
    return float(held["potential"].sum()) / capacity if capacity > 0 else 0.0


def unite_rules(rows: list[dict[str, Any]], columns: tuple[str, ...] = RULES) -> dict[str, str | None]:
    """Return rules that admit whatever one of the seats admits; None: everything."""
    united: dict[str, str | None] = {}
    for column in columns:
        parts = [[part.strip() for part in (row[column] or "").split(";") if part.strip()] for row in rows]
        united[column] = ";".join(sorted(set().union(*parts))) if all(parts) else None
    return united


def accounts_of(firm: Firm, territory_ids: list[str]) -> tuple[str, ...]:
    """Return the active accounts of these territories."""
    return tuple(firm.figures.filter(pl.col("territory_id").is_in(territory_ids))["account_id"])


def check_shares(name: str, shares: tuple[float, ...]) -> dict[str, str]:
    """Return what is wrong with sizes against a full seat."""
    wrong = [share for share in shares if not (np.isfinite(share) and 0 < share <= 10)]
    return {name: f"{wrong[0]:g} must be above 0 and at most 10; 1 is a full seat"} if wrong else {}
