"""Is a seat without a rep?"""

from __future__ import annotations

import datetime as dt

import polars as pl

from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, TriggerSeverity, cannot_tell
from evenhand.diagnose.wording import say_count, say_list

NAME, TITLE, ENTRY = "vacancy", "Vacant seat", "triggers.vacancy_days"
DAY = dt.timedelta(days=1)


def find_vacancies(situation: Situation) -> Trigger:
    """Find the seats that nobody covers, and for how long.

    Notes
    -----
    A seat is covered on a day by a rep whose coverage runs and who has not left. It is vacant since the day after the
    last one. A seat that no coverage names counts as vacant for longer than any threshold. A seat whose cover ends
    within the threshold after the book's date, without another, is near.
    """
    book, policy = situation.book, situation.policy
    if not book.has("coverage"):
        return cannot_tell(NAME, TITLE, ENTRY, "no coverage in the book")
    threshold = policy.triggers.vacancy_days
    seats = situation.holdings.filter("is_seat").select("territory_id").unique().sort("territory_id")
    covered = seats.join(_covered_until(situation), on="territory_id", how="left")
    open_ended = dt.date.max
    vacant = covered.filter(pl.col("covered_until").is_null() | (pl.col("covered_until") < book.as_of)).with_columns(
        since=pl.col("covered_until") + DAY,
        n_days=(book.as_of - pl.col("covered_until")).dt.total_days(),
    )
    long = vacant.filter(pl.col("n_days").is_null() | (pl.col("n_days") > threshold)).sort(
        "n_days", "territory_id", descending=[True, False], nulls_last=False
    )
    soon = covered.filter(
        pl.col("covered_until").is_between(book.as_of, min(book.as_of + dt.timedelta(days=threshold), open_ended - DAY))
    )
    shortly = pl.concat([vacant.join(long, on="territory_id", how="anti"), soon], how="diagonal").sort("territory_id")
    chosen = long if long.height else shortly
    state = State.FIRED if long.height else State.NEAR if shortly.height else State.QUIET
    longest = vacant["n_days"].max()
    return Trigger(
        NAME,
        TITLE,
        state,
        TriggerSeverity.HIGH if state is State.FIRED else TriggerSeverity.LOW,
        _say(long, shortly, threshold),
        ENTRY,
        value=float(longest) if isinstance(longest, int) else None,
        threshold=float(threshold),
        territory_ids=tuple(chosen["territory_id"]),
        figures={
            "vacant_days": dict(vacant.select("territory_id", "n_days").iter_rows()),
            "cover_ends_on": {seat: str(day) for seat, day in soon.select("territory_id", "covered_until").iter_rows()},
        },
        since=_first(long["since"]),
    )


def _covered_until(situation: Situation) -> pl.DataFrame:
    """Return the last day of cover of every seat that had any by the book's date; date.max where it is open."""
    book = situation.book
    spans = (
        book.coverage.join(book.reps.select("rep_id", "left_on"), on="rep_id", how="left")
        .select(
            "territory_id",
            "starts_on",
            ends_on=pl.min_horizontal("ends_on", "left_on").fill_null(dt.date.max),
        )
        .filter(pl.col("ends_on") >= pl.col("starts_on"))
        .sort("territory_id", "starts_on")
    )
    past = spans.filter(pl.col("starts_on") <= book.as_of)
    until = past.group_by("territory_id").agg(covered_until=pl.col("ends_on").max())
    # Cover that is due to start before the present one has run out carries on.
    coming = spans.filter(pl.col("starts_on") > book.as_of)
    handed_over = (
        coming.join(until, on="territory_id")
        .filter(pl.col("starts_on") <= pl.min_horizontal("covered_until", pl.lit(dt.date.max - DAY)) + DAY)
        .group_by("territory_id")
        .agg(next_until=pl.col("ends_on").max())
    )
    return (
        until.join(handed_over, on="territory_id", how="left")
        .select("territory_id", covered_until=pl.max_horizontal("covered_until", "next_until"))
        .sort("territory_id")
    )


def _say(long: pl.DataFrame, shortly: pl.DataFrame, threshold: int) -> str:
    if long.height:
        parts = [
            f"{seat} ({'no rep on record' if n_days is None else say_count(n_days, 'day')})"
            for seat, n_days in long.select("territory_id", "n_days").head(5).iter_rows()
        ]
        more = [f"{long.height - 5} more"] if long.height > 5 else []
        return (
            f"{say_count(long.height, 'seat is', 'seats are')} vacant for more than {say_count(threshold, 'day')}: "
            f"{say_list(parts + more)}."
        )
    if shortly.height:
        which = say_list(shortly["territory_id"].to_list())
        return f"Vacant, or about to be, but for no more than {say_count(threshold, 'day')}: {which}."
    return "Every seat is covered."


def _first(days: pl.Series) -> dt.date | None:
    first = days.min()
    return first if isinstance(first, dt.date) else None
