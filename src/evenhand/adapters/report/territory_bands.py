"""Where territories stand against their bands, before and after: the figures that the headline and charts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.measures import Measure, measure_of
from evenhand.plan.events.asked import INHERITED

if TYPE_CHECKING:
    from evenhand.plan.plan import Plan

WITHIN = "within"
_SAME_SHARE = 1e-6


@dataclass(frozen=True)
class Spread:
    """How far apart the largest and the smallest territory are, per unit of capacity.

    Attributes
    ----------
    before, after
        Largest ÷ smallest; None where the smallest has nothing.
    is_per_capacity
        True where territories have different targets, so that amounts are compared per target.
    """

    before: float | None
    after: float | None
    is_per_capacity: bool


@dataclass(frozen=True)
class BandView:
    """One measure that has bands: how every territory stands on it.

    Attributes
    ----------
    rows
        territory_id, before, after, target, lower, upper (null where there is none), status_before (null where there is
        nothing to be outside of: what is given up, and what is taken over), status_after.
    tolerance_share
        The band is this share of the target on both sides; None where it has another shape.
    """

    measure: Measure
    rows: pl.DataFrame
    tolerance_share: float | None

    @property
    def n_outside_before(self) -> int:
        """Territories outside the band before."""
        return _count_outside(self.rows["status_before"])

    @property
    def n_outside_after(self) -> int:
        """Territories outside the band after."""
        return _count_outside(self.rows["status_after"])

    @property
    def spread(self) -> Spread:
        """Largest ÷ smallest before and after."""
        rows = self.rows.filter(pl.col("target") > 0)
        target = rows["target"]
        is_per_capacity = rows.height > 0 and _differ(target)
        base = target / target.mean() if is_per_capacity else pl.Series([1.0]).new_from_index(0, rows.height)
        return Spread(_ratio(rows["before"] / base), _ratio(rows["after"] / base), is_per_capacity)


def band_views(plan: Plan) -> list[BandView]:
    """Return every measure that has a band somewhere, in the plan's order."""
    finite = [pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in ("target", "lower", "upper")]
    rows = plan.territories.with_columns(finite).filter(pl.col("lower").is_not_null() | pl.col("upper").is_not_null())
    # A territory that is given up, and what nobody has taken over yet, is not out of balance before the plan.
    rows = rows.with_columns(
        status_before=pl.when(pl.col("target").ne_missing(0.0) & (pl.col("measure") != INHERITED)).then("status_before")
    )
    return [_view(rows.filter(pl.col("measure") == name), name) for name in rows["measure"].unique(maintain_order=True)]


def count_outside(views: list[BandView], column: str) -> int:
    """Count the territories outside the band of any measure, by `status_before` or `status_after`."""
    if not views:
        return 0
    rows = pl.concat([view.rows.select("territory_id", column) for view in views])
    return rows.filter(pl.col(column).fill_null(WITHIN) != WITHIN)["territory_id"].n_unique()


def _view(rows: pl.DataFrame, name: str) -> BandView:
    with_target = rows.filter(pl.col("target") > 0, pl.col("lower").is_not_null(), pl.col("upper").is_not_null())
    below = 1 - with_target["lower"] / with_target["target"]
    above = with_target["upper"] / with_target["target"] - 1
    tolerance = None
    if with_target.height and not _differ(below.append(above)):
        tolerance = float(above[0])
    return BandView(measure_of(name), rows, tolerance)


def _count_outside(status: pl.Series) -> int:
    return int((status.fill_null(WITHIN) != WITHIN).sum())


def _differ(values: pl.Series) -> bool:
    least, most = float(values.min()), float(values.max())  # type: ignore[arg-type] # numbers, and not empty
    return most - least > _SAME_SHARE * max(abs(least), abs(most), 1e-300)


def _ratio(amounts: pl.Series) -> float | None:
    if not len(amounts):
        return None
    least, most = float(amounts.min()), float(amounts.max())  # type: ignore[arg-type] # numbers, and not empty
    return most / least if least > 0 else None
