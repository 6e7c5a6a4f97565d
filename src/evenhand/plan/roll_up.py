"""What every territory, every group of them and the whole team holds, before the plan and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.measures import MEASURES
from evenhand.diagnose.seats import climb
from evenhand.plan.setting import open_setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.consequences import Consequences
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

TEAM = "*"
"""Stands for all territories together."""

ROLLED_UP: dict[str, tuple[str, str | None]] = {
    "accounts": ("n_accounts", None),
    "qualified": ("n_qualified", None),
    "potential": ("potential", None),
    "workload_share": ("workload_hours", "capacity_hours"),
    "coverage": ("open_pipeline_cents", "quota_cents"),
    "win_rate": ("n_won", "n_closed"),
    "quota": ("quota_cents", None),
    "expected_attainment": ("expected_cents", "expected_quota_cents"),
    "ramp_lost": ("ramp_lost_cents", None),
}
"""Measures by name, each a sum or one sum divided by another; those up to the win rate as `evenhand.diagnose` knows
them."""

_MONEY = ("quota_cents", "ramp_lost_cents")

_SCHEMA = {
    "territory_id": pl.String,
    "is_seat": pl.Boolean,
    "measure": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
}


def roll_up(
    book: Book, policy: Policy, statement: Statement, assigned: NDArray[np.intp], follows: Consequences
) -> pl.DataFrame:
    """Add up what territories hold, up the hierarchy.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.
    follows
        What follows from the assignment: quotas, ramp, expected attainment.

    Returns
    -------
    pl.DataFrame
        territory_id (`TEAM` for all together), is_seat, measure (of `ROLLED_UP`), before, after; null where there is
        nothing to divide by. The quota is in units of the currency, and so is `ramp_lost`, the business lost while
        accounts are new to their reps (0 before). A measure that the book can't tell is left out.
        Sorted by territory_id, measures in order.

    Notes
    -----
    A ratio of a group is Σ numerators ÷ Σ denominators over the territories that have both. The win rate after is that
    of the deals closed with the accounts that a territory will hold: context for who inherits what, not a forecast.
    Capacity is that of the seats on the book's date before, and of those that the events leave after. Excluded
    accounts are included.
    """
    ids = statement.setting.ids
    before = _hold(statement, statement.present, _capacity(open_setting(book, policy).territories, ids))
    after = _hold(statement, assigned, statement.setting.territories.with_columns(
        capacity_hours=pl.when(~pl.col("is_emptied") & pl.col("is_seat")).then("capacity_hours").otherwise(0.0)
    )["capacity_hours"].to_numpy())  # fmt: skip
    cents = (
        pl.DataFrame({"territory_id": list(ids)}, schema={"territory_id": pl.String})
        .join(follows.quotas.summary, on="territory_id", how="left", maintain_order="left")
        .join(follows.fairness.seats, on="territory_id", how="left", maintain_order="left")
        .join(follows.ramp.territories, on="territory_id", how="left", maintain_order="left")
    )
    for held, quota, expected, lost in (
        (before, "opening_cents", "expected_before_cents", pl.lit(0)),
        (after, "new_cents", "expected_after_cents", pl.col("lost_cents")),
    ):
        known = cents.select(
            quota_cents=pl.col(quota),
            expected_cents=expected,
            expected_quota_cents=pl.when(pl.col(expected).is_not_null()).then(quota),
            ramp_lost_cents=lost,
        )
        held |= {name: known[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in known.columns}
    group, member, names, is_seat = _groups(book, statement)
    frames = [
        pl.DataFrame(
            {
                "territory_id": names,
                "is_seat": is_seat,
                "measure": [measure] * len(names),
                "before": _divide(before, parts, group, member, len(names)),
                "after": _divide(after, parts, group, member, len(names)),
            },
            schema=_SCHEMA,
        )
        for measure, parts in ROLLED_UP.items()
        if _is_known(measure, book, policy, follows)
    ]
    order = {measure: i for i, measure in enumerate(ROLLED_UP)}
    return (
        pl.concat([pl.DataFrame(schema=_SCHEMA), *frames])
        .with_columns(pl.col("before", "after").fill_nan(None))
        .sort("territory_id", pl.col("measure").replace_strict(order, return_dtype=pl.Int64))
    )


def _is_known(measure: str, book: Book, policy: Policy, follows: Consequences) -> bool:
    if measure == "quota":
        return book.has("quotas")
    if measure == "expected_attainment":
        return follows.fairness.seats["expected_after_cents"].count() > 0
    if measure == "ramp_lost":
        return follows.ramp.territories["lost_cents"].count() > 0
    return MEASURES[measure].missing(book, policy) is None


def _hold(
    statement: Statement, territory: NDArray[np.intp], capacity: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """(T,) of each part of a measure."""
    n_accounts = len(territory)
    columns: dict[str, NDArray[np.float64]] = {
        name: statement.accounts[name].cast(pl.Float64).fill_null(0.0).to_numpy()
        for name in ("potential", "workload_hours", "open_pipeline_cents", "n_won", "n_closed")
    }
    columns["n_qualified"] = statement.accounts["qualified"].cast(pl.Float64).fill_null(0.0).to_numpy()
    columns["n_accounts"] = np.ones(n_accounts)
    return {name: statement.total(values, territory) for name, values in columns.items()} | {
        "capacity_hours": capacity
    }  # fmt: skip


def _capacity(territories: pl.DataFrame, ids: tuple[str, ...]) -> NDArray[np.float64]:
    hours = pl.when("is_seat").then("capacity_hours").otherwise(0.0)
    known = territories.select("territory_id", hours=hours)
    wanted = pl.DataFrame({"territory_id": list(ids)}, schema={"territory_id": pl.String})
    joined = wanted.join(known, on="territory_id", how="left", maintain_order="left")
    return joined["hours"].fill_null(0.0).to_numpy()


def _groups(book: Book, statement: Statement) -> tuple[NDArray[np.intp], NDArray[np.intp], list[str], list[bool]]:
    """Pairs of a group's number and the index of a territory in it; the groups' ids, and which are seats."""
    ids = list(statement.setting.ids)
    rows = pl.DataFrame(
        {"territory_id": ids, "index": range(len(ids))}, schema={"territory_id": pl.String, "index": pl.Int64}
    )
    above = climb(book.territories).join(rows, on="territory_id").select("ancestor_id", "index")
    itself = rows.select(ancestor_id="territory_id", index="index")
    team = rows.select(ancestor_id=pl.lit(TEAM), index="index")
    pairs = pl.concat([above, itself, team]).unique().sort("ancestor_id", "index")
    names = pairs["ancestor_id"].unique(maintain_order=True)
    seats = set(statement.setting.territories.filter("is_seat")["territory_id"])
    number = pairs["ancestor_id"].replace_strict(
        dict(zip(names, range(len(names)), strict=True)), return_dtype=pl.Int64
    )
    listed = names.to_list()
    return (
        number.to_numpy().astype(np.intp),
        pairs["index"].to_numpy().astype(np.intp),
        listed,
        [name in seats for name in listed],
    )


def _divide(
    held: dict[str, NDArray[np.float64]],
    parts: tuple[str, str | None],
    group: NDArray[np.intp],
    member: NDArray[np.intp],
    n_groups: int,
) -> NDArray[np.float64]:
    numerator, denominator = parts
    values = held[numerator]
    if denominator is None:
        sums = np.bincount(group, weights=values[member], minlength=n_groups)
        return sums / 100 if numerator in _MONEY else sums.astype(np.float64)
    below = held[denominator]
    top = np.bincount(group, weights=np.where(below > 0, values, 0.0)[member], minlength=n_groups)
    bottom = np.bincount(group, weights=below[member], minlength=n_groups)
    shares: NDArray[np.float64] = np.divide(top, bottom, out=np.full(n_groups, np.nan), where=bottom > 0)
    return shares
