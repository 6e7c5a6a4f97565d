"""Moving quotas with the accounts: the bridge from the old quota of every seat to its new one, to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.rounding import share_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

LINES = (
    "opening",
    "accounts_leaving",
    "accounts_arriving",
    "pipeline_kept",
    "ramp_relief",
    "relief_carried",
    "rounding",
)
"""The lines of a bridge, in order; they add up to the new quota."""


@dataclass(frozen=True, eq=False)
class QuotaBridge:
    """The quotas of all seats.

    Attributes
    ----------
    lines
        territory_id, line, amount_cents: a row for each seat and line of `LINES`, in order.
    summary
        territory_id, opening_cents, new_cents, change_share (new ÷ opening − 1), unchanged_raise_share (opening ÷
        what the accounts now held are worth − 1: the raise that leaving the quota as it was would have been).
    """

    lines: pl.DataFrame
    summary: pl.DataFrame


def bridge_quotas(book: Book, statement: Statement, assigned: NDArray[np.intp], policy: Policy) -> QuotaBridge:
    """Work out every seat's new quota, line by line.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.

    Notes
    -----
    The quota of a territory is worth its accounts' potential: an account's part of it is quota × its potential ÷ the
    territory's, shared out to the cent. The account takes its part along.

    - Pipeline that the former rep keeps through close stays in their quota: the amount of the account's open
      opportunities past discovery, at most its part.
    - Ramp relief is ``quotas.ramp_relief_share`` of what arrives less what is kept.
    - With ``quotas.conserve_total`` the relief is carried by the other seats in proportion to their quotas (by all
      seats, where all of them have relief), so that the company's total stays.
    - Rounding to ``quotas.round_to_cents`` keeps the total too, by largest remainders.

    References
    ----------
    Policy entries ``quotas.*``.
    """
    n_territories = len(statement.setting.ids)
    opening = opening_quotas(book, statement)
    part = account_parts(statement, opening)
    moved = assigned != statement.present
    source, target = statement.present[moved], assigned[moved]

    def add_up(territory: NDArray[np.intp], cents: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = np.zeros(n_territories, dtype=np.int64)
        np.add.at(sums, territory, cents)
        return sums

    kept = _kept_pipeline(statement, part) if policy.quotas.keep_pipeline else np.zeros_like(part)
    leaving, arriving = add_up(source, part[moved]), add_up(target, part[moved])
    kept_by, kept_from = add_up(source, kept[moved]), add_up(target, kept[moved])
    relief = np.rint((arriving - kept_from) * policy.quotas.ramp_relief_share).astype(np.int64)
    before_relief = opening - leaving + arriving + kept_by - kept_from
    carried = _carry(relief, before_relief) if policy.quotas.conserve_total else np.zeros_like(relief)
    exact = before_relief - relief + carried
    rounding = _round(exact, policy.quotas.round_to_cents) - exact

    columns = (opening, -leaving, arriving, kept_by - kept_from, -relief, carried, rounding)
    cents = np.stack(columns, axis=1)
    new = cents.sum(axis=1)
    seats = statement.setting.territories["territory_id"]
    shown = statement.setting.is_seat | (opening != 0)
    lines = pl.DataFrame(
        {
            "territory_id": np.repeat(seats.to_numpy()[shown], len(LINES)),
            "line": list(LINES) * int(shown.sum()),
            "amount_cents": cents[shown].ravel(),
        },
        schema={"territory_id": pl.String, "line": pl.String, "amount_cents": pl.Int64},
    )
    held = opening - leaving + arriving
    summary = pl.DataFrame(
        {
            "territory_id": seats.to_numpy()[shown],
            "opening_cents": opening[shown],
            "new_cents": new[shown],
            "change_share": _ratio(new - opening, opening)[shown],
            "unchanged_raise_share": _ratio(opening - held, held)[shown],
        },
        schema_overrides={"territory_id": pl.String},
    ).with_columns(pl.col("change_share", "unchanged_raise_share").fill_nan(None))
    return QuotaBridge(lines, summary)


def opening_quotas(book: Book, statement: Statement) -> NDArray[np.int64]:
    """(T,) cents: the quota of the period that the book's date is in, else of the latest; 0 where there is none."""
    running = (pl.col("period_start") <= book.as_of) & (pl.col("period_end") >= book.as_of)
    latest = (
        book.quotas.with_columns(running=running)
        .sort("territory_id", "running", "period_end", "period_start")
        .group_by("territory_id", maintain_order=True)
        .agg(pl.col("amount_cents").last())
    )
    return (
        statement.setting.territories.select("territory_id")
        .join(latest, on="territory_id", how="left", maintain_order="left")["amount_cents"]
        .fill_null(0)
        .to_numpy()
        .astype(np.int64)
    )


def account_parts(statement: Statement, opening: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n_accounts,) cents of its territory's quota that each account is worth; they add up to the quota.

    By potential; where a territory's accounts have none, each is worth the same.
    """
    weight = statement.amounts.get("potential", statement.amounts["accounts"])
    parts = np.zeros(len(statement.present), dtype=np.int64)
    order = np.argsort(statement.present, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(statement.present, minlength=len(opening)))[:-1])
    for t, members in enumerate(groups):
        if len(members) and opening[t]:
            shares = weight[members]
            parts[members] = share_out(int(opening[t]), shares if shares.sum() > 0 else np.ones(len(members)))
    return parts


def _kept_pipeline(statement: Statement, part: NDArray[np.int64]) -> NDArray[np.int64]:
    late = statement.accounts["late_total_cents"].fill_null(0).to_numpy().astype(np.int64)
    kept: NDArray[np.int64] = np.minimum(late, part)
    return kept


def _carry(relief: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.int64]:
    """(T,) who carries the relief: the seats without any, in proportion to their quotas."""
    total = int(relief.sum())
    weights = np.where(relief == 0, np.maximum(before, 0), 0)
    if weights.sum() == 0:
        weights = np.maximum(before, 0)
    return share_out(total, weights.astype(np.float64)) if total else np.zeros_like(relief)


def _round(cents: NDArray[np.int64], unit: int) -> NDArray[np.int64]:
    """Round to multiples of the unit; the total stays, what is left of it below one unit goes to the largest."""
    if unit == 1 or not len(cents):
        return cents
    floor = cents // unit
    n_up = int(cents.sum()) // unit - int(floor.sum())
    up = np.argsort(-(cents - floor * unit), kind="stable")[:n_up]
    floor[up] += 1
    rounded = floor * unit
    rounded[int(np.argmax(cents))] += int(cents.sum()) - int(rounded.sum())
    return rounded


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio
