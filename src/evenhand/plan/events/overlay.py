"""Drawing the territories of a second layer: who covers which account for a new product."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.diagnose.pools import match_rule, rules_in_force
from evenhand.diagnose.seats import place_accounts
from evenhand.foundation.globe import distance_km, to_sphere
from evenhand.plan.certificates import COLUMNS, write_prices
from evenhand.plan.events.bisect import cut_into_cells
from evenhand.plan.solver import Problem, Stop, solve
from evenhand.plan.units import find_families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.solver import LevelFigures

_MOST_CANDIDATES = 12
_PRECISION = 1e-6
_UNPLACED = -1

OVERLAY_MEASURES = ("product_potential", "workload")
"""What the bands of a layer are on."""


@dataclass(frozen=True, eq=False)
class Overlay:
    """A layer's territories.

    Attributes
    ----------
    accounts
        account_id, layer, from_territory_id (null: nobody's in this layer yet), territory_id, core_territory_id,
        product_potential, hours: an account once, sorted.
    seats
        territory_id, is_new, n_accounts, potential, target, hours, capacity_hours.
    status
        Of the solve: optimal, feasible, infeasible_bands.
    n_uncovered
        Accounts with potential that no seat of the layer may take.
    n_changed
        Accounts that change hands within the layer.
    levels
        layer, level, value, bound: what the solve came to, and what no drawing of the layer is below.
    certificate
        layer, and the rows of a plan's certificate.csv, for the layer's own problem.
    """

    accounts: pl.DataFrame
    seats: pl.DataFrame
    status: str
    n_uncovered: int
    n_changed: int
    levels: pl.DataFrame
    certificate: pl.DataFrame


@dataclass(frozen=True, eq=False)
class OverlayQuestion:
    """What the solver is asked for a layer.

    Attributes
    ----------
    able
        (n_units,) which some seat may take; the problem has these alone.
    unit
        (n_accounts,) number of the unit of each account.
    accounts
        What the product is for, and what has an owner in the layer: sorted by account_id.
    """

    problem: Problem
    able: NDArray[np.bool_]
    unit: NDArray[np.intp]
    accounts: pl.DataFrame
    seat_ids: tuple[str, ...]

    @property
    def unit_ids(self) -> pl.Series:
        """First account of each unit of the problem."""
        first = self.accounts.select("account_id", unit=pl.Series(self.unit, dtype=pl.Int64)).group_by("unit").agg(
            pl.col("account_id").min()
        ).sort("unit")["account_id"]  # fmt: skip
        return first.filter(pl.Series(self.able, dtype=pl.Boolean))


def list_layer_seats(
    outcome: Outcome, layer: str, territory_ids: tuple[str, ...], n_seats: int, hours: float
) -> pl.DataFrame:
    """List the seats of a layer: those that the book has, else those named, else as many as its hours need.

    Returns
    -------
    pl.DataFrame
        territory_id, segment, vertical, region, latitude, longitude, capacity_share, capacity_hours, is_new.
    """
    columns = ["territory_id", "segment", "vertical", "region", "latitude", "longitude"]
    territories = outcome.statement.setting.territories
    there = territories.filter(
        pl.col("is_seat") & ((pl.col("layer") == layer) | pl.col("territory_id").is_in(list(territory_ids)))
    ).select(*columns, "capacity_share", "capacity_hours", is_new=pl.lit(value=False))
    named = [name for name in territory_ids if name not in set(there["territory_id"])]
    full = outcome.policy.workload.capacity_hours
    if not there.height and not named:
        n = n_seats or max(1, math.ceil(hours / full))
        slug = "".join(c if c.isalnum() else "-" for c in layer.upper()).strip("-")
        named = [f"{slug}-{number:02}" for number in range(1, n + 1)]
    new = pl.DataFrame(
        [{"territory_id": name, "capacity_share": 1.0, "capacity_hours": full, "is_new": True} for name in named],
        schema={name: there.schema[name] for name in ("territory_id", "capacity_share", "capacity_hours", "is_new")},
    )
    return pl.concat([there, new], how="diagonal").sort("territory_id")


def find_double_owners(book: Book, layer: str) -> pl.DataFrame:
    """List accounts that several territories of the layer own on the book's date: account_id, territory_ids."""
    seats = book.territories.filter(pl.col("layer").fill_null("") == layer)["territory_id"]
    running = (pl.col("starts_on") <= book.as_of) & (pl.col("ends_on").is_null() | (pl.col("ends_on") > book.as_of))
    return (
        book.ownership.filter(running & pl.col("territory_id").is_in(seats.implode()))
        .group_by("account_id")
        .agg(territory_ids=pl.col("territory_id").unique().sort())
        .filter(pl.col("territory_ids").list.len() > 1)
        .sort("account_id")
    )


def draw_overlay(
    outcome: Outcome,
    layer: str,
    model: str,
    seats: pl.DataFrame,
    product: NDArray[np.float64],
    hours: NDArray[np.float64],
    *,
    seed: int,
) -> Overlay:
    """Assign every account that the product is for to one seat of the layer.

    Parameters
    ----------
    model
        layer: all accounts of a core territory (after the plan) go to the same specialist; own: families go where
        they fit.
    seats
        From `list_layer_seats`.
    product, hours
        (n_accounts,) potential and hours a year of each active account, sorted by account_id.

    Notes
    -----
    The solver's problem with the bands of ``bands.potential`` around equal product potential per capacity and the
    ceiling of ``bands.workload_ceiling``: what has an owner in the layer changes hands as little as can be, then
    distance decides. A new seat is based in the middle of its cell of the accounts, see `cut_into_cells`.
    """
    question = state_overlay(outcome, model, seats, product, hours)
    stop = Stop(gap=outcome.policy.solve.gap, seconds=outcome.policy.solve.seconds)
    result = solve(question.problem, stop, seed=seed)
    accounts, seat_ids = question.accounts, question.seat_ids
    chosen = np.full(len(question.able), _UNPLACED, dtype=np.intp)
    chosen[question.able] = result.assignment
    territory = chosen[question.unit] if len(chosen) else np.zeros(0, np.intp)
    listed = accounts.select(
        "account_id",
        layer=pl.lit(layer),
        from_territory_id="owner",
        territory_id=pl.Series([seat_ids[t] if t >= 0 else None for t in territory.tolist()], dtype=pl.String),
        core_territory_id="core",
        product_potential="product",
        hours="hours",
    ).sort("account_id")
    placed = listed.filter(pl.col("territory_id").is_not_null())
    held = placed.group_by("territory_id").agg(
        n_accounts=pl.len().cast(pl.Int64), potential=pl.col("product_potential").sum(), hours=pl.col("hours").sum()
    )
    capacity = seats["capacity_share"].sum()
    after = (
        seats.join(held, on="territory_id", how="left", maintain_order="left")
        .with_columns(pl.col("n_accounts", "potential", "hours").fill_null(0))
        .with_columns(target=placed["product_potential"].sum() * pl.col("capacity_share") / capacity)
        .select("territory_id", "is_new", "n_accounts", "potential", "target", "hours", "capacity_hours")
    )
    changed = placed.filter(pl.col("from_territory_id") != pl.col("territory_id")).height
    return Overlay(
        accounts=placed,
        seats=after,
        status=result.status,
        n_uncovered=listed.height - placed.height,
        n_changed=changed,
        levels=tabulate_levels(layer, result.levels),
        certificate=write_prices(result.prices, seat_ids, question.unit_ids, OVERLAY_MEASURES).select(
            pl.lit(layer).alias("layer"), *COLUMNS
        ),
    )


def state_overlay(
    outcome: Outcome, model: str, seats: pl.DataFrame, product: NDArray[np.float64], hours: NDArray[np.float64]
) -> OverlayQuestion:
    """State the solver's problem of a layer; the parameters are those of `draw_overlay`."""
    seat_ids = seats["territory_id"].to_list()
    owners = (
        place_accounts(outcome.book)
        .filter(pl.col("territory_id").is_in(seat_ids))
        .select("account_id", owner="territory_id")
    )
    columns = ["account_id", "parent_account_id", "segment", "vertical", "region", "latitude", "longitude"]
    accounts = (
        outcome.statement.accounts.select(columns)
        .with_columns(
            core=outcome.accounts["destination"],
            product=pl.Series(product),
            hours=pl.Series(hours),
            row=pl.int_range(pl.len()),
        )
        .join(owners, on="account_id", how="left", maintain_order="left")
        .filter((pl.col("product") > 0) | pl.col("owner").is_not_null())
    )
    unit = _form_units(accounts, model)
    n_units = int(unit.max()) + 1 if len(unit) else 0
    problem, able = _state(outcome, accounts, seats, unit, n_units)
    return OverlayQuestion(problem, able, unit, accounts, tuple(seat_ids))


def tabulate_levels(layer: str, levels: Sequence[LevelFigures]) -> pl.DataFrame:
    """Tabulate what each level of a layer's solve came to and what none is below: layer, level, value, bound."""
    return pl.DataFrame(
        {
            "layer": [layer] * len(levels),
            "level": [level.name for level in levels],
            "value": [float(level.value) for level in levels],
            "bound": [float(level.bound) for level in levels],
        },
        schema={"layer": pl.String, "level": pl.String, "value": pl.Float64, "bound": pl.Float64},
    )


def _form_units(accounts: pl.DataFrame, model: str) -> NDArray[np.intp]:
    """(n,) number of the unit of each account."""
    if not accounts.height:
        return np.zeros(0, np.intp)
    key = accounts["core"].to_numpy() if model == "layer" else find_families(accounts)
    return np.unique(key, return_inverse=True)[1].astype(np.intp)


def _state(
    outcome: Outcome, accounts: pl.DataFrame, seats: pl.DataFrame, unit: NDArray[np.intp], n_units: int
) -> tuple[Problem, NDArray[np.bool_]]:
    """State the problem of the units that some seat may take, and say which those are."""
    policy, n_seats = outcome.policy, seats.height
    weight = np.bincount(unit, weights=accounts["product"].to_numpy(), minlength=n_units).astype(np.float64)
    hours = np.bincount(unit, weights=accounts["hours"].to_numpy(), minlength=n_units).astype(np.float64)
    allowed = np.ones((accounts.height, n_seats), dtype=bool)
    for column in rules_in_force(policy):
        allowed &= match_rule(accounts[column], seats[column])
    refused = np.zeros((n_units, n_seats))
    np.add.at(refused, unit, ~allowed)
    open_to = refused == 0
    present = _present(accounts, seats["territory_id"].to_list(), unit, n_units)
    owned = present >= 0
    open_to[np.flatnonzero(owned), present[owned]] = True
    able = open_to.any(axis=1)
    costs = _distances(accounts, seats, unit, n_units, weight, policy.alignment.distance_km)
    columns = _candidates(open_to, present, costs)
    chosen_costs = np.where(columns >= 0, np.take_along_axis(costs, np.maximum(columns, 0), axis=1), 0.0)
    chosen_costs[:, 0] = 0.0
    share = seats["capacity_share"].to_numpy() / seats["capacity_share"].sum()
    target = weight[able].sum() * share
    tolerance = policy.bands.potential if policy.bands.potential is not None else np.inf
    ceiling = policy.bands.workload_ceiling if policy.bands.workload_ceiling is not None else np.inf
    lower = target * (1 - tolerance) if np.isfinite(tolerance) else np.full(n_seats, -np.inf)
    scale = np.where(target > 0, target, 1.0)
    capacity = seats["capacity_hours"].to_numpy()
    problem = Problem(
        candidates=columns[able],
        costs=chosen_costs[able],
        grades=np.zeros(int(able.sum()), np.int8),
        amounts=np.column_stack([weight, hours])[able],
        lower=np.column_stack([np.where(lower > 0, lower, -np.inf), np.full(n_seats, -np.inf)]),
        upper=np.column_stack([target * (1 + tolerance), capacity * ceiling]),
        scale=np.column_stack([scale, np.where(capacity > 0, capacity, 1.0)]),
    )
    return problem, able


def _present(accounts: pl.DataFrame, seat_ids: list[str], unit: NDArray[np.intp], n_units: int) -> NDArray[np.intp]:
    """(n_units,) the seat that owns most accounts of each unit; -1 where nobody owns any."""
    number = dict(zip(seat_ids, range(len(seat_ids)), strict=True))
    owner = accounts["owner"].replace_strict(number, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()
    counts = np.zeros((n_units, len(seat_ids)))
    np.add.at(counts, (unit[owner >= 0], owner[owner >= 0]), 1.0)
    present: NDArray[np.intp] = np.where(counts.any(axis=1), np.argmax(counts, axis=1), _UNPLACED)
    return present


def _candidates(open_to: NDArray[np.bool_], present: NDArray[np.intp], costs: NDArray[np.float64]) -> NDArray[np.int32]:
    """(n_units, k) the present owner or -1, then the nearest seats that may take the unit."""
    n_seats = open_to.shape[1]
    order = np.argsort(np.where(open_to, costs, np.inf), axis=1, kind="stable")[:, : min(n_seats, _MOST_CANDIDATES)]
    fits = np.take_along_axis(open_to, order, axis=1) & (order != present[:, None])
    return np.column_stack([present, np.where(fits, order, -1)]).astype(np.int32)


def _distances(
    accounts: pl.DataFrame,
    seats: pl.DataFrame,
    unit: NDArray[np.intp],
    n_units: int,
    weight: NDArray[np.float64],
    full_km: float,
) -> NDArray[np.float64]:
    """(n_units, n_seats) distance ÷ what counts as a complete misfit; the mean where it is unknown."""
    places = accounts.select("latitude", "longitude").cast(pl.Float64).to_numpy()
    known = ~np.isnan(places).any(axis=1)
    middle = np.full((n_units, 2), np.nan)
    n_known = np.bincount(unit[known], minlength=n_units)
    for axis in range(2):
        sums = np.bincount(unit[known], weights=places[known, axis], minlength=n_units)
        middle[:, axis] = np.divide(sums, n_known, out=np.full(n_units, np.nan), where=n_known > 0)
    bases = seats.select("latitude", "longitude").cast(pl.Float64).to_numpy().copy()
    baseless = np.flatnonzero(np.isnan(bases).any(axis=1))
    if len(baseless) and n_units:
        cell = cut_into_cells(
            middle, np.arange(n_units, dtype=np.float64), np.maximum(weight, _PRECISION),
            seats["capacity_share"].to_numpy()[baseless],
        )  # fmt: skip
        for number, seat in enumerate(baseless.tolist()):
            inside = middle[cell == number]
            if len(inside) and not np.isnan(inside).all():
                bases[seat] = np.nanmean(inside, axis=0)
    km = distance_km(to_sphere(middle[:, 0], middle[:, 1]), to_sphere(bases[:, 0], bases[:, 1])) / full_km
    mean = float(np.nanmean(km)) if km.size and not np.isnan(km).all() else 0.0
    return np.round(np.where(np.isnan(km), mean, km) / _PRECISION) * _PRECISION
