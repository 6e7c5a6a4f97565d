"""The team before and after a cycle, figure by figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenhand.book.book import Book
    from evenhand.diagnose import Diagnosis
    from evenhand.policy import Policy

EFFECT_SCHEMA = {
    "figure": pl.String,
    "unit": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "said_before": pl.String,
    "said_after": pl.String,
}

_Side = tuple[float | None, str]


def compare_teams(before: Diagnosis, after: Diagnosis, books: tuple[Book, Book], policy: Policy) -> pl.DataFrame:
    """Put the team's figures before and after a cycle side by side.

    Returns
    -------
    pl.DataFrame
        See `EFFECT_SCHEMA`: shape of each measure that is described (share within its range, coefficient of
        variation), spread of adjusted win rates, days that new hires waited for a territory, transfer requests a
        year and 100 reps, and triggers that fired. Null where a book can't tell.
    """
    sides = [dict(_figures(diagnosis, book, policy)) for diagnosis, book in zip((before, after), books, strict=True)]
    names = list(dict.fromkeys(name for side in sides for name in side))
    rows = []
    for name in names:
        (value, said), (later, said_later) = (side.get(name, (None, "")) for side in sides)
        rows.append((*name, value, later, said, said_later))
    return pl.DataFrame(rows, schema=EFFECT_SCHEMA, orient="row")


def _figures(diagnosis: Diagnosis, book: Book, policy: Policy) -> Iterator[tuple[tuple[str, str], _Side]]:
    for shape in diagnosis.shapes:
        of = f"{shape.measure}, {shape.layer}" if shape.layer else shape.measure
        yield (f"{of}: seats within range", "share"), (shape.within_share, shape.sentence)
        yield (f"{of}: variation between seats", "share"), (shape.variation, shape.sentence)
    spread = diagnosis.win_rates.divergence
    yield (
        ("win rates: highest less lowest, adjusted", "share"),
        (spread.points, f"{spread.high_id} against {spread.low_id}, {spread.low:+.0%} to {spread.high:+.0%}")
        if spread
        else (None, diagnosis.win_rates.missing or ""),
    )
    yield ("new hires: longest wait for a territory", "days"), _longest_wait(book, policy)
    yield ("transfer requests a year and 100 reps", "count"), _requests(book)
    fired = [trigger.name for trigger in diagnosis.triggers if trigger.state is State.FIRED]
    yield ("triggers fired", "count"), (float(len(fired)), ", ".join(fired))


def _longest_wait(book: Book, policy: Policy) -> _Side:
    if not book.has("reps", "hired_on") or not book.has("coverage"):
        return None, "no hiring dates or coverage in the book"
    first = book.coverage.group_by("rep_id").agg(pl.col("starts_on").min())
    managers = book.reps["manager_id"].drop_nulls().implode()
    waits = (
        book.reps.filter(
            pl.col("hired_on").is_between(pl.lit(book.as_of).dt.offset_by("-1y"), pl.lit(book.as_of)),
            ~pl.col("rep_id").is_in(managers),
        )
        .join(first, on="rep_id", how="left")
        .select("rep_id", days=(pl.col("starts_on").fill_null(book.as_of) - pl.col("hired_on")).dt.total_days())
        .sort("days", "rep_id", descending=[True, False])
    )
    if not waits.height:
        return 0.0, "nobody was hired within a year"
    late = waits.filter(pl.col("days") > policy.measure.vacancy_days)
    said = f"{late.height} of {waits.height} hired within a year waited over {policy.measure.vacancy_days} days"
    return float(max(waits["days"][0], 0)), said


def _requests(book: Book) -> _Side:
    if not book.has("transfer_requests"):
        return None, "no transfer requests in the book"
    recent = book.transfer_requests.filter(
        pl.col("requested_on").is_between(pl.lit(book.as_of).dt.offset_by("-1y"), pl.lit(book.as_of))
    )
    there = book.reps.filter(pl.col("left_on").is_null() | (pl.col("left_on") > book.as_of)).height
    return (100 * recent.height / there if there else None), f"{recent.height} of {there} reps"
