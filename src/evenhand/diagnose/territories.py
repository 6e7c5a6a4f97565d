"""Every territory on every measure, against its range, rolled up the hierarchy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.diagnose.measures import MEASURES, Unit
from evenhand.diagnose.seats import climb

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.diagnose.measures import Measure
    from evenhand.policy import Policy

CENTS_PER_UNIT = 100
"""Ranges of money are in units of the currency in a policy; values are in cents."""

SLACK = 1e-9
"""Share by which a value may miss a bound through rounding and still be within."""

COLUMNS = (
    "territory_id",
    "layer",
    "is_seat",
    "measure",
    "value",
    "unit",
    "low",
    "high",
    "status",
    "reason_missing",
    "numerator",
    "denominator",
    "capacity_share",
)


def measure_territories(holdings: pl.DataFrame, book: Book, policy: Policy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hold every territory, and every group of them, against its ranges.

    Parameters
    ----------
    holdings
        The result of `evenhand.diagnose.holdings.hold`.

    Returns
    -------
    territories : pl.DataFrame
        One row per territory, layer and measure, with `COLUMNS`: value (money in cents; null where unknown), low and
        high (in the value's unit; null for none), status (under, within, over, unknown) and reason_missing (why the
        value or the status is unknown). A group of territories has the figures of the seats below it. Sorted by
        layer, is_seat, territory_id and the order of the measures.
    team : pl.DataFrame
        layer, measure, value, unit, capacity_share (sum over the seats), numerator, denominator: the whole team.

    Notes
    -----
    A ratio of a group is Σ numerators ÷ Σ denominators over the seats that have both, not a mean of ratios.
    A range with low and high is meant for a full seat: for amounts it is multiplied by the territory's capacity_share.
    A range with a tolerance is, for amounts, the pool's amount × capacity_share ÷ the pool's capacity_share, and for
    ratios the pool's ratio, times 1 ∓ tolerance. A pool is the seats that accounts could pass between, see
    `find_pools`; a group's range is that of its seats together.

    References
    ----------
    Policy section ``ranges``; ``verdict.deals_at_least``.
    """
    own = _share_fairly(pl.concat([_take(measure, holdings, book, policy) for measure in MEASURES.values()]))
    team = _add_up(own, ["layer", "measure"])
    rolled = _add_up(
        own.join(climb(book.territories), on="territory_id").with_columns(territory_id="ancestor_id"),
        ["layer", "territory_id", "measure"],
    ).with_columns(is_seat=pl.col("territory_id").is_in(book.seats["territory_id"].implode()))
    facts = pl.DataFrame([_describe(measure, book, policy) for measure in MEASURES.values()], schema=_DESCRIPTION)
    judged = (
        rolled.join(facts, on="measure")
        .with_columns(**_bounds())
        .with_columns(reason_missing=_reason(policy))
        .with_columns(status=_status())
        .sort("layer", "is_seat", "territory_id", "position")
    )
    totals = team.join(facts, on="measure").sort("layer", "position")
    return judged.select(COLUMNS), totals.select(
        "layer", "measure", "value", "unit", "capacity_share", "numerator", "denominator", reason_missing="missing"
    )


_DESCRIPTION = {
    "measure": pl.String,
    "position": pl.Int32,
    "unit": pl.String,
    "is_ratio": pl.Boolean,
    "missing": pl.String,
    "blank": pl.String,
    "doubt": pl.String,
    "needs_sample": pl.Boolean,
    "range_low": pl.Float64,
    "range_high": pl.Float64,
    "tolerance": pl.Float64,
}


def _describe(measure: Measure, book: Book, policy: Policy) -> dict[str, object]:
    target = getattr(policy.ranges, measure.name)
    unit = CENTS_PER_UNIT if measure.unit is Unit.CENTS else 1
    return {
        "measure": measure.name,
        "position": list(MEASURES).index(measure.name),
        "unit": str(measure.unit),
        "is_ratio": measure.is_ratio,
        "missing": measure.missing(book, policy),
        "blank": measure.blank,
        "doubt": measure.doubt(book, policy),
        "needs_sample": measure.sample is not None,
        "range_low": None if target.low is None else target.low * unit,
        "range_high": None if target.high is None else target.high * unit,
        "tolerance": target.tolerance,
    }


def _take(measure: Measure, holdings: pl.DataFrame, book: Book, policy: Policy) -> pl.DataFrame:
    """Return each territory's own numerator and denominator; both null where either is unknown."""
    numerator = pl.col(measure.numerator).cast(pl.Float64)
    denominator = pl.col(measure.denominator).cast(pl.Float64) if measure.denominator else pl.lit(1.0)
    known = numerator.is_not_null() & (denominator > 0) & pl.lit(measure.missing(book, policy) is None)
    return holdings.select(
        "layer",
        "pool",
        "territory_id",
        "capacity_share",
        measure=pl.lit(measure.name),
        numerator=pl.when(known).then(numerator),
        denominator=pl.when(known).then(denominator),
        n_sample=pl.col(measure.sample) if measure.sample else pl.lit(0, pl.Int64),
    )


def _share_fairly(own: pl.DataFrame) -> pl.DataFrame:
    """Add fair_part: a seat's share of its pool's amount, or its denominator at its pool's ratio."""
    keys = ["layer", "pool", "measure"]
    pools = _add_up(own.with_columns(fair_part=pl.lit(0.0)), keys).select(
        *keys, pool_value="value", pool_capacity="capacity_share"
    )
    by_capacity = pl.col("pool_value") / pl.col("pool_capacity") * pl.col("capacity_share")
    part = pl.when(_is_ratio()).then(pl.col("pool_value") * pl.col("denominator")).otherwise(by_capacity)
    return own.join(pools, on=keys, how="left").with_columns(fair_part=pl.when(part.is_finite()).then(part))


def _is_ratio() -> pl.Expr:
    return pl.col("measure").is_in([measure.name for measure in MEASURES.values() if measure.is_ratio])


def _add_up(own: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    any_known = pl.col("numerator").is_not_null().any()
    is_ratio = _is_ratio()
    return (
        own.sort("layer", "territory_id")
        .group_by(by, maintain_order=True)
        .agg(
            numerator=pl.when(any_known).then(pl.col("numerator").sum()),
            denominator=pl.when(any_known).then(pl.col("denominator").sum()),
            n_sample=pl.col("n_sample").sum(),
            fair_part=pl.when(pl.col("fair_part").is_not_null().any()).then(pl.col("fair_part").sum()),
            capacity_share=pl.col("capacity_share").sum(),
        )
        .with_columns(denominator=pl.when(is_ratio).then("denominator"))
        .with_columns(value=pl.when(is_ratio).then(pl.col("numerator") / pl.col("denominator")).otherwise("numerator"))
    )


def _bounds() -> dict[str, pl.Expr]:
    size = pl.when("is_ratio").then(1.0).otherwise("capacity_share")
    fair = pl.when("is_ratio").then(pl.col("fair_part") / pl.col("denominator")).otherwise("fair_part")
    fair = pl.when(fair.is_finite()).then(fair)
    around = {
        "low": pl.max_horizontal(fair * (1 - pl.col("tolerance")), pl.lit(0.0)),
        "high": fair * (1 + pl.col("tolerance")),
    }
    by_tolerance = pl.col("tolerance").is_not_null()
    return {
        bound: pl.when(by_tolerance & fair.is_not_null())
        .then(expression)
        .when(~by_tolerance)
        .then(pl.col(f"range_{bound}") * size)
        for bound, expression in around.items()
    }


def _reason(policy: Policy) -> pl.Expr:
    least = policy.verdict.deals_at_least
    too_few = pl.format("{} deals; the policy asks for {} before it is judged", "n_sample", pl.lit(least))
    return pl.coalesce(
        "missing",
        pl.when(pl.col("value").is_null()).then("blank"),
        "doubt",
        pl.when(pl.col("needs_sample") & (pl.col("n_sample") < least)).then(too_few),
        pl.when(pl.col("low").is_null() & pl.col("high").is_null()).then(pl.lit("no range: the team has none")),
    )


def _status() -> pl.Expr:
    value = pl.col("value")
    slack = SLACK * value.abs()
    return (
        pl.when(pl.col("reason_missing").is_not_null())
        .then(pl.lit("unknown"))
        .when(value < pl.col("low") - slack)
        .then(pl.lit("under"))
        .when(value > pl.col("high") + slack)
        .then(pl.lit("over"))
        .otherwise(pl.lit("within"))
    )
