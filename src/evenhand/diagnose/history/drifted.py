"""Which territories drifted from book to book, since when, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.history.book_words import say_drift
from evenhand.diagnose.history.kendall import find_trend
from evenhand.diagnose.history.snapshots import ADDED
from evenhand.diagnose.measures import MEASURES, Unit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from evenhand.diagnose.history.snapshots import Snapshot
    from evenhand.policy import Policy

    Row = Mapping[str, object]

CHANGE_SCHEMA = {
    "territory_id": pl.String,
    "layer": pl.String,
    "measure": pl.String,
    "unit": pl.String,
    "first_on": pl.Date,
    "last_on": pl.Date,
    "first": pl.Float64,
    "last": pl.Float64,
    "status_first": pl.String,
    "status_last": pl.String,
    "relative_change": pl.Float64,
    "drifted": pl.Boolean,
    "since": pl.Date,
    "steepest_since": pl.Date,
    "steepest_until": pl.Date,
    "trend": pl.Int8,
    "arrived": pl.Float64,
    "left": pl.Float64,
    "stayed_changed": pl.Float64,
}
KEYS = ["layer", "territory_id", "measure"]


@dataclass(frozen=True)
class BookDrift:
    """A territory that drifted from book to book.

    Attributes
    ----------
    measures
        Those that drifted, furthest first.
    since
        Date of the first book from which on the first of them was beyond what is allowed.
    arrived_ids, left_ids
        Accounts that came and left, over all the books.
    reps
        Who covered it on each book's date; several at once are joined by " & ".
    sentence
        All of it in words.
    """

    territory_id: str
    layer: str
    measures: tuple[str, ...]
    since: dt.date | None
    arrived_ids: tuple[str, ...]
    left_ids: tuple[str, ...]
    reps: tuple[str, ...]
    sentence: str


def explain_drifts(
    snapshots: Sequence[Snapshot], standings: pl.DataFrame, flows: pl.DataFrame, stayed: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, tuple[BookDrift, ...]]:
    """Find what drifted and say why.

    Returns
    -------
    changes : pl.DataFrame
        With `CHANGE_SCHEMA`: the value in the first book that has one and in the last, relative_change (of the
        standing to the team's, per capacity; null where unknown), since (the first book from which on it was beyond
        ``history.drift_share``), drifted (it still is, in the last book, by enough, and the measure is meant),
        steepest_since and steepest_until (the two books between which it changed most),
        trend (1 rising, −1 falling beyond chance, 0 neither; five books or more), and what the change is made of:
        accounts that arrived, that left, and change of those that stayed, in the measure's unit (null for ratios).
        Sorted.
    drifts : tuple
        See `PastBooks`.

    References
    ----------
    Policy section ``history``; ``triggers.false_alarm_share`` for trends.
    """
    changes = _measure_changes(standings, policy).join(_add_up(flows, stayed, standings), on=KEYS, how="left")
    changes = changes.select(pl.col(name).cast(dtype) for name, dtype in CHANGE_SCHEMA.items()).sort(KEYS)
    return changes, _list_drifts(snapshots, changes, flows, policy)


def _measure_changes(standings: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    known = standings.filter(pl.col("value").is_not_null()).sort(*KEYS, "as_of")
    allowed = policy.history.drift_share
    away = pl.col("standing") / pl.col("standing").first().over(KEYS) - 1
    step = (pl.col("standing") - pl.col("standing").shift()).over(KEYS).abs()
    changes = (
        known.with_columns(
            away=pl.when(away.is_finite()).then(away), step=step, before=pl.col("as_of").shift().over(KEYS)
        )
        .with_columns(side=pl.when(pl.col("away").abs() > allowed + 1e-9).then(pl.col("away").sign()).otherwise(0))
        .with_columns(on_last_side=(pl.col("side") == pl.col("side").last().over(KEYS)) & (pl.col("side") != 0))
        # True for the books at the end that are all on the last one's side.
        .with_columns(lasting=pl.col("on_last_side").cum_min(reverse=True).over(KEYS))
        .group_by(KEYS, maintain_order=True)
        .agg(
            unit=pl.col("unit").last(),
            first_on=pl.col("as_of").first(),
            last_on=pl.col("as_of").last(),
            first=pl.col("value").first(),
            last=pl.col("value").last(),
            status_first=pl.col("status").first(),
            status_last=pl.col("status").last(),
            relative_change=pl.col("away").last(),
            since=pl.col("as_of").filter("lasting").first(),
            steepest_since=pl.col("before").sort_by("step", nulls_last=False).last(),
            steepest_until=pl.col("as_of").sort_by("step", nulls_last=False).last(),
            standings=pl.col("standing"),
            n_books=pl.len(),
        )
        .filter(pl.col("n_books") > 1)
    )
    chance = policy.triggers.false_alarm_share / len(MEASURES)
    counts = [measure.name for measure in MEASURES.values() if measure.unit is Unit.COUNT]
    enough = ~pl.col("measure").is_in(counts) | ((pl.col("last") - pl.col("first")).abs() >= policy.history.drift_count)
    is_last = pl.col("last_on") == pl.col("last_on").max()
    changes = changes.with_columns(
        trend=pl.Series([find_trend(values, chance) for values in changes["standings"].to_list()], dtype=pl.Int8)
    )
    is_meant = pl.col("measure").is_in(policy.history.drift_measures) | (pl.col("trend") != 0)
    return changes.with_columns(drifted=pl.col("since").is_not_null() & enough & is_last & is_meant)


def _add_up(flows: pl.DataFrame, stayed: pl.DataFrame, standings: pl.DataFrame) -> pl.DataFrame:
    """Add up what each measure's change is made of, in the unit of the measure."""

    def sum_of(rows: pl.DataFrame, name: str) -> pl.DataFrame:
        sums = rows.group_by("layer", "territory_id").agg(pl.col(*ADDED).sum())
        return sums.unpivot(list(ADDED), index=["layer", "territory_id"], variable_name="measure", value_name=name)

    parts = standings.filter(pl.col("measure").is_in(list(ADDED))).select(KEYS).unique()
    for name, rows in (
        ("arrived", flows.filter(flow="arrived")),
        ("left", flows.filter(flow="left")),
        ("stayed_changed", stayed),
    ):
        parts = parts.join(sum_of(rows, name), on=KEYS, how="left")
    return parts.with_columns(pl.col("arrived", "left", "stayed_changed").fill_null(0.0))


def _list_drifts(
    snapshots: Sequence[Snapshot], changes: pl.DataFrame, flows: pl.DataFrame, policy: Policy
) -> tuple[BookDrift, ...]:
    keys = ["layer", "territory_id"]
    drifted = (
        changes.filter("drifted")
        .sort(pl.col("relative_change").abs(), *KEYS, descending=[True, False, False, False])
        .group_by(keys, maintain_order=True)
        .agg(rows=pl.struct(pl.all()))
    )
    accounts = {
        (layer, seat, flow): ids
        for layer, seat, flow, ids in flows.join(drifted.select(keys), on=keys, how="semi")
        .group_by(*keys, "flow", maintain_order=True)
        .agg(pl.col("account_id").unique(maintain_order=True))
        .iter_rows()
    }
    reps = [dict(snapshot.reps.iter_rows()) for snapshot in snapshots]
    found = []
    for layer, seat, rows in drifted.iter_rows():
        covered = tuple(" & ".join(by_seat.get(seat, ())) or "nobody" for by_seat in reps)
        arrived, left = (tuple(accounts.get((layer, seat, flow), ())) for flow in ("arrived", "left"))
        has_reps = any(by_seat for by_seat in reps)
        found.append(
            BookDrift(
                territory_id=seat,
                layer=layer,
                measures=tuple(row["measure"] for row in rows),
                since=rows[0]["since"],
                arrived_ids=arrived,
                left_ids=left,
                reps=covered if has_reps else (),
                sentence=say_drift(
                    seat, rows, arrived, left, covered if has_reps else (), snapshots[-1].currency, policy
                ),
            )
        )
    return tuple(found)
