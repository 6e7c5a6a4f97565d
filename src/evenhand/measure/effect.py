"""The team before and after a cycle, figure by figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from scipy.special import chdtri

from evenhand.diagnose import State
from evenhand.measure.waiting import list_waits
from evenhand.measure.watch import TITLES

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
    "before_low": pl.Float64,
    "before_high": pl.Float64,
    "after_low": pl.Float64,
    "after_high": pl.Float64,
    "said_before": pl.String,
    "said_after": pl.String,
}


@dataclass(frozen=True)
class _Side:
    """A figure of one book: its value, what is said of it, and its interval where it has one."""

    value: float | None
    said: str
    low: float | None = None
    high: float | None = None


_NOTHING = _Side(None, "")


def compare_teams(before: Diagnosis, after: Diagnosis, books: tuple[Book, Book], policy: Policy) -> pl.DataFrame:
    """Put the team's figures before and after a cycle side by side.

    Returns
    -------
    pl.DataFrame
        See `EFFECT_SCHEMA`: shape of each measure that is described (share within its range, coefficient of
        variation), spread of adjusted win rates with its interval, days that new hires waited for a territory,
        transfer requests a year and 100 reps, and triggers that fired. Null where a book can't tell.
    """
    sides = [dict(_figures(diagnosis, book, policy)) for diagnosis, book in zip((before, after), books, strict=True)]
    names = list(dict.fromkeys(name for side in sides for name in side))
    rows = []
    for name in names:
        was, now = (side.get(name, _NOTHING) for side in sides)
        rows.append((*name, was.value, now.value, was.low, was.high, now.low, now.high, was.said, now.said))
    return pl.DataFrame(rows, schema=EFFECT_SCHEMA, orient="row")


def _figures(diagnosis: Diagnosis, book: Book, policy: Policy) -> Iterator[tuple[tuple[str, str], _Side]]:
    for shape in diagnosis.shapes:
        measure = shape.measure.removesuffix("_share")
        of = f"{measure}, {shape.layer}" if shape.layer else measure
        yield (f"{of}: seats within range", "share"), _Side(shape.within_share, shape.sentence)
        yield (f"{of}: variation between seats", "share"), _Side(shape.variation, shape.sentence)
    spread = diagnosis.win_rates.divergence
    yield (
        ("win rates: highest less lowest, adjusted", "share"),
        _Side(
            spread.points,
            f"{spread.high_id} against {spread.low_id}, {100 * spread.low:+.0f} to {100 * spread.high:+.0f} points",
            spread.low,
            spread.high,
        )
        if spread
        else _Side(None, diagnosis.win_rates.missing or ""),
    )
    yield ("new hires: longest wait for a territory", "days"), _longest_wait(book, policy)
    yield ("transfer requests a year and 100 reps", "count"), _requests(book, policy)
    fired = [TITLES.get(one.name, one.name) for one in diagnosis.triggers if one.state is State.FIRED]
    yield ("triggers fired", "count"), _Side(float(len(fired)), ", ".join(fired))


def _longest_wait(book: Book, policy: Policy) -> _Side:
    waits = list_waits(book, policy)
    if waits is None:
        return _Side(None, "no hiring dates or coverage in the book")
    if not waits.height:
        return _Side(0.0, "nobody was hired within a year")
    n_late = int(waits["is_late"].sum())
    said = f"{n_late} of {waits.height} hired within a year waited over {policy.measure.vacancy_days} days"
    return _Side(float(waits["n_days"][0]), said)


def _requests(book: Book, policy: Policy) -> _Side:
    if not book.has("transfer_requests"):
        return _Side(None, "no transfer requests in the book")
    n = book.transfer_requests.filter(
        pl.col("requested_on").is_between(pl.lit(book.as_of).dt.offset_by("-1y"), pl.lit(book.as_of))
    ).height
    there = book.reps.filter(pl.col("left_on").is_null() | (pl.col("left_on") > book.as_of)).height
    if not there:
        return _Side(None, "no reps in the book")
    # A few requests a year swing by chance: the exact interval of a Poisson count (Garwood 1936).
    tail = (1 - policy.measure.confidence) / 2
    low, high = (float(chdtri(2 * n, 1 - tail)) / 2 if n else 0.0), float(chdtri(2 * n + 2, tail)) / 2
    return _Side(100 * n / there, f"{n} of {there} reps", 100 * low / there, 100 * high / there)
