"""Who covers each seat when accounts change hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from evenhand.book.book import Book

_MOST_LEVELS = 30
"""More levels of a hierarchy than any firm has; ends the climb where groups roll up to one another in a circle."""


def staff_seats(book: Book, on: dt.date, opened: Iterable[str] = ()) -> pl.DataFrame:
    """Name the rep of every territory and group, and who stands in where there is none.

    Parameters
    ----------
    on
        The day on which the handoff starts.
    opened
        Territories that the plan opens and the book doesn't have: nobody covers them yet.

    Returns
    -------
    pl.DataFrame
        territory_id, rep_id (null: vacant), stand_in_id (null: nobody), left_on (the rep's last day, if known), sorted
        by territory_id.

    Notes
    -----
    Of several reps, the one who has covered it longest. Where nobody covers it on that day, whoever is the first to
    start later. A rep who has left covers nothing. The stand-in of a seat is the manager of its rep, else whoever
    covers the next group above it that somebody covers.
    """
    people = book.reps.select("rep_id", "manager_id", "left_on")
    covering = (
        book.coverage.join(people, on="rep_id", how="left")
        .filter(
            pl.col("ends_on").is_null() | (pl.col("ends_on") >= on),
            pl.col("left_on").is_null() | (pl.col("left_on") >= on),
        )
        .with_columns(later=pl.max_horizontal("starts_on", pl.lit(on)))
        .sort("territory_id", "later", "starts_on", "rep_id")
        .group_by("territory_id", maintain_order=True)
        .first()
    )
    new = sorted(set(opened) - set(book.territories["territory_id"]))
    known = book.territories.select("territory_id", "parent_territory_id")
    fresh = pl.DataFrame({"territory_id": new}, schema={"territory_id": pl.String})
    seats = pl.concat([known, fresh], how="diagonal").join(covering, on="territory_id", how="left")
    above = _find_above(
        dict(seats.select("territory_id", "parent_territory_id").iter_rows()),
        dict(seats.select("territory_id", "rep_id").iter_rows()),
    )
    stand_ins = pl.DataFrame(
        {"territory_id": list(above), "above_id": list(above.values())},
        schema={"territory_id": pl.String, "above_id": pl.String},
    )
    there = people.filter(pl.col("left_on").is_null() | (pl.col("left_on") >= on))["rep_id"].implode()
    manager = pl.when(pl.col("manager_id").is_in(there)).then("manager_id")
    return (
        seats.join(stand_ins, on="territory_id", how="left")
        .select("territory_id", "rep_id", stand_in_id=pl.coalesce(manager, "above_id"), left_on="left_on")
        .sort("territory_id")
    )


def _find_above(parents: Mapping[str, str | None], reps: Mapping[str, str | None]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for territory in parents:
        group, levels = parents[territory], 0
        while group is not None and reps.get(group) is None and levels < _MOST_LEVELS:
            group, levels = parents.get(group), levels + 1
        found[territory] = reps.get(group) if group is not None else None
    return found
