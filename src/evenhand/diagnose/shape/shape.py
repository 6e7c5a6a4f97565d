"""The shape of a measure over the seats: one hump or two, how unequal, how many inside the range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.diagnose.shape.dip import chance_of_dip, measure_dip
from evenhand.diagnose.shape.inequality import gini, split_in_two, variation
from evenhand.diagnose.wording import say_count, say_share, say_value

if TYPE_CHECKING:
    from evenhand.policy import Policy

SHAPED = ("attainment", "potential", "workload_share")
"""The measures whose shape is described."""


@dataclass(frozen=True)
class Shape:
    """The shape of one measure over the seats of a layer; amounts are per unit of capacity.

    Attributes
    ----------
    values
        By seat, in order of size.
    within_share
        Share of the seats within their range; null where none is judged.
    dip, chance
        The dip, and how often a single hump has one as large; null with few seats.
    has_two_humps
        True where that chance is below the policy's false_alarm_share; null with few seats.
    humps
        Means of the lower and the upper group, where there are two humps.
    gini, variation
        Gini's coefficient and the coefficient of variation.
    sentence
        All of it in words.
    """

    measure: str
    layer: str
    values: tuple[tuple[str, float], ...]
    within_share: float | None
    dip: float | None
    chance: float | None
    has_two_humps: bool | None
    humps: tuple[float, float] | None
    gini: float
    variation: float
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {**vars(self), "values": [list(pair) for pair in self.values]}


def describe_shapes(territories: pl.DataFrame, policy: Policy, currency: str) -> tuple[Shape, ...]:
    """Describe the shape of attainment, potential and workload in each layer with at least two seats.

    Parameters
    ----------
    territories
        The first result of `measure_territories`.
    """
    seats = territories.filter(pl.col("is_seat") & pl.col("value").is_not_null() & pl.col("measure").is_in(SHAPED))
    per_seat = seats.with_columns(
        value=pl.when(pl.col("denominator").is_null())
        .then(pl.col("value") / pl.col("capacity_share"))
        .otherwise("value")
    ).filter(pl.col("value").is_finite())
    groups = per_seat.sort("layer", "measure", "value", "territory_id").partition_by(
        "layer", "measure", maintain_order=True
    )
    return tuple(_describe(group, policy, currency) for group in groups if group.height > 1)


def _describe(group: pl.DataFrame, policy: Policy, currency: str) -> Shape:
    values = group["value"].to_numpy()
    n = len(values)
    judged = group.filter(pl.col("status") != "unknown")
    within = float((judged["status"] == "within").mean()) if judged.height else None  # type: ignore[arg-type]  # never null here
    dip = chance = None
    two_humps = humps = None
    if n >= policy.verdict.hump_seats:
        dip = measure_dip(values)
        chance = chance_of_dip(dip, n)
        two_humps = chance < policy.triggers.false_alarm_share
        if two_humps:
            lower, upper, _ = split_in_two(values)
            humps = (lower, upper)
    return Shape(
        measure=group["measure"][0],
        layer=group["layer"][0],
        values=tuple(group.select("territory_id", "value").iter_rows()),
        within_share=within,
        dip=dip,
        chance=chance,
        has_two_humps=two_humps,
        humps=humps,
        gini=gini(values),
        variation=variation(values),
        sentence=_say(group, values, humps, two_humps, within, currency),
    )


def _say(
    group: pl.DataFrame,
    values: np.ndarray[Any, np.dtype[np.float64]],
    humps: tuple[float, float] | None,
    two_humps: bool | None,
    within: float | None,
    currency: str,
) -> str:
    unit = group["unit"][0]
    n = len(values)

    def say(value: float) -> str:
        return say_value(value, unit, currency)

    if humps is not None:
        form = f"two humps, around {say(humps[0])} and {say(humps[1])}: the seats are two groups, not one with luck"
    elif two_humps is None:
        form = f"too few seats ({n}) to tell one hump from two"
    else:
        form = "no sign of two humps"
    inside = "" if within is None else f"; {say_share(within)} of the seats judged are within range"
    unequal = gini(values)
    return (
        f"{_TITLES[group['measure'][0]]} of {say_count(n, 'seat')}: from {say(float(values.min()))} to "
        f"{say(float(values.max()))}, half of them at or below {say(float(np.median(values)))}; {form}{inside}; two "
        f"seats picked at random differ by {say_share(2 * unequal)} of the mean on average (Gini {unequal:.2f})."
    )


_TITLES = {"attainment": "Quota attainment", "potential": "Revenue potential", "workload_share": "Workload"}
