"""How long new hires waited for a territory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

WAIT_SCHEMA = {
    "rep_id": pl.String,
    "name": pl.String,
    "hired_on": pl.Date,
    "covers_from": pl.Date,
    "territory_id": pl.String,
    "n_days": pl.Int64,
    "is_late": pl.Boolean,
}


def list_waits(book: Book, policy: Policy) -> pl.DataFrame | None:
    """List everybody who was hired within a year, and how long each waited for a territory.

    Returns
    -------
    pl.DataFrame | None
        See `WAIT_SCHEMA`, the longest wait first; covers_from is null for who still waits, n_days then runs to the
        book's date. None where the book has no hiring dates or no coverage.

    Notes
    -----
    More than measure.vacancy_days is too rigid a territory model (product specification, measure). Managers don't
    wait for a territory of their own. Who covered one before the first day waited 0 days.

    References
    ----------
    Policy entry ``measure.vacancy_days``.
    """
    if not book.has("reps", "hired_on") or not book.has("coverage"):
        return None
    first = book.coverage.sort("starts_on", "territory_id").group_by("rep_id").first()
    managers = book.reps["manager_id"].drop_nulls().implode()
    n_days = (pl.col("covers_from").fill_null(book.as_of) - pl.col("hired_on")).dt.total_days().clip(lower_bound=0)
    return (
        book.reps.filter(
            pl.col("hired_on").is_between(pl.lit(book.as_of).dt.offset_by("-1y"), pl.lit(book.as_of)),
            ~pl.col("rep_id").is_in(managers),
        )
        .join(first.select("rep_id", "territory_id", covers_from="starts_on"), on="rep_id", how="left")
        .with_columns(covers_from=pl.when(pl.col("covers_from") <= book.as_of).then("covers_from"))
        .with_columns(n_days=n_days)
        .with_columns(is_late=pl.col("n_days") > policy.measure.vacancy_days)
        .select(*WAIT_SCHEMA)
        .cast(WAIT_SCHEMA)  # type: ignore[arg-type]  # polars' own types
        .sort("n_days", "rep_id", descending=[True, False])
    )
