"""The bridge from the opening quota of every seat to its new one, for the period of the plan and those after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.foundation.rounding import share_out
from evenhand.plan.quotas.limits import NO_CAP, hold_limits, round_within
from evenhand.plan.quotas.lines import LINES
from evenhand.plan.quotas.methods import Seats, Wanted, find_layers, find_teams, set_quotas
from evenhand.plan.quotas.parts import account_parts, account_weights, kept_pipeline
from evenhand.plan.quotas.periods import find_periods, quotas_of
from evenhand.plan.quotas.proration import amount_through, prorate
from evenhand.plan.quotas.remarks import remark_on_quotas

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.foundation.findings import Finding
    from evenhand.plan.quotas.periods import Period
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

    Cents = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PeriodBridge:
    """The bridge of one period, arrays with an entry for each territory.

    Attributes
    ----------
    cents
        (T, len(LINES)) the lines.
    remaining
        Of the opening quota, what falls on the days on which the plan counts.
    held
        The same after the accounts have brought their parts along.
    parts
        (n_accounts,) what each account is worth of `remaining`.
    lower, upper
        Floors and caps; `NO_CAP` where there is none.
    source
        Where the opening quota is from, see `quotas_of`; "" where there is none.
    """

    period: Period
    cents: Cents
    remaining: Cents
    held: Cents
    parts: Cents
    kept: Cents
    lower: Cents
    upper: Cents
    source: tuple[str, ...]
    wanted: Wanted
    clashes: NDArray[np.bool_]
    is_rounded: bool

    @property
    def opening(self) -> Cents:
        """(T,) opening quotas."""
        return self.cents[:, 0]

    @property
    def new(self) -> Cents:
        """(T,) new quotas: the sums of the lines."""
        total: Cents = self.cents.sum(axis=1)
        return total

    def line(self, name: str) -> Cents:
        """(T,) one line."""
        return self.cents[:, LINES.index(name)]


@dataclass(frozen=True, eq=False)
class QuotaBridge:
    """The quotas of all seats.

    Attributes
    ----------
    lines
        territory_id, line, amount_cents: a row for each seat and line of `LINES`, in order, of the period in which
        the plan takes effect.
    summary
        territory_id, opening_cents, new_cents, change_share (new ÷ opening − 1), unchanged_raise_share (opening ÷
        what the accounts now held are worth − 1: the raise that leaving the quota as it was would have been), and
        floor_cents, cap_cents (null where there is none), period_start, period_end, takes_effect_on.
    by_period
        territory_id, period_start, period_end, line, amount_cents: the same lines of that period and the next ones.
    teams
        Top-down: team_id, carries_cents (the manager's own number) and assigned_cents (what the seats add up to).
    first
        The numbers of the period in which the plan takes effect.
    findings
        What the reader should know: limits that can't hold, quotas of other periods, a total that isn't conserved.
    """

    lines: pl.DataFrame
    summary: pl.DataFrame
    by_period: pl.DataFrame
    teams: pl.DataFrame
    first: PeriodBridge
    findings: tuple[Finding, ...] = field(default=())


def bridge_quotas(book: Book, statement: Statement, assigned: NDArray[np.intp], policy: Policy) -> QuotaBridge:
    """Work out every seat's new quota, line by line.

    Parameters
    ----------
    assigned
        (n_accounts,) index of the territory that each account is in after the plan.

    Notes
    -----
    The quota of a territory is worth its accounts' potential: an account's part of it is quota × its potential ÷ the
    territory's, shared out to the cent. The account takes its part along. Where the plan takes effect within a
    period, all of this is of the days that remain, that one included; the quota of the days before stays.

    - Pipeline that the former rep keeps through close stays in their quota: the amount of the deals that
      ``handoff.rules`` transfer at close, at most the account's part, in the period of the plan alone.
    - ``quotas.method`` may want another quota than the accounts bring: the difference is a line.
    - Ramp relief is ``quotas.ramp_relief_share`` of what arrives less what is kept, in proportion to the days of the
      first ``quotas.ramp_relief_months`` in the period.
    - With ``quotas.conserve_total`` the relief is carried by the other seats of the layer in proportion to their
      quotas (by all seats, where all of them have relief), so that the total stays.
    - Floors and caps hold; what they take or leave is shared by the others in proportion (`hold_limits`).
    - Rounding to ``quotas.round_to_cents`` keeps the total too, by largest remainders.

    References
    ----------
    Policy entries ``quotas.*``.
    """
    periods = find_periods(book, policy)
    effective_on = periods[0].takes_effect_on
    bridges = [_bridge_period(book, statement, assigned, policy, period, effective_on) for period in periods]
    first = bridges[0]
    shown = statement.setting.is_seat | (first.opening != 0)
    ids = statement.setting.territories["territory_id"]
    return QuotaBridge(
        lines=_lines(ids, first, shown).drop("period_start", "period_end"),
        summary=_summary(ids, first, shown),
        by_period=pl.concat([_lines(ids, bridge, shown | (bridge.opening != 0)) for bridge in bridges]),
        teams=_teams(book, statement, first),
        first=first,
        findings=remark_on_quotas(book, statement, policy, bridges),
    )


def _bridge_period(
    book: Book, statement: Statement, assigned: NDArray[np.intp], policy: Policy, period: Period, effective_on: dt.date
) -> PeriodBridge:
    setting, rules = statement.setting, policy.quotas
    n_territories = len(setting.ids)
    given = setting.territories.select("territory_id").join(
        quotas_of(book, period), on="territory_id", how="left", maintain_order="left"
    )
    opening = given["amount_cents"].fill_null(0).to_numpy().astype(np.int64)
    remaining = prorate(opening, period.n_elapsed, period.n_days)[1]
    parts = account_parts(statement, remaining)
    moved = assigned != statement.present
    source, target = statement.present[moved], assigned[moved]

    def add_up(territory: NDArray[np.intp], cents: Cents) -> Cents:
        sums = np.zeros(n_territories, dtype=np.int64)
        np.add.at(sums, territory, cents)
        return sums

    is_first = period.start <= effective_on <= period.end
    pipeline = kept_pipeline(book, statement, policy) if is_first else np.zeros_like(parts)
    kept = np.minimum(pipeline, parts)[moved]
    leaving, arriving = add_up(source, parts[moved]), add_up(target, parts[moved])
    kept_by, kept_from = add_up(source, kept), add_up(target, kept)
    held = remaining - leaving + arriving

    takes_part = setting.is_seat & ~setting.is_emptied
    layer = find_layers(setting)
    weight = statement.total(account_weights(statement), assigned)
    seats = Seats(remaining, held, weight, takes_part, layer, find_teams(book, setting)[0])
    wanted = set_quotas(seats, policy, _target(policy, period))
    before_relief = opening - leaving + arriving + kept_by - kept_from + wanted.cents - held

    days = period.count_relief_days(effective_on, rules.ramp_relief_months)
    share = rules.ramp_relief_share * days / period.n_remaining
    relief = np.rint(np.clip(np.minimum(arriving - kept_from, before_relief), 0, None) * share).astype(np.int64)
    carried = _carry(relief, before_relief, layer) if rules.conserve_total else np.zeros_like(relief)
    unlimited = before_relief - relief + carried

    n_held = np.bincount(assigned, minlength=n_territories)
    floor, cap = _limits(policy, opening, setting.capacity_shares, add_up(source, pipeline[moved]), n_held)
    clashes = takes_part & (floor > cap)
    lower = np.where(takes_part, np.minimum(floor, cap), unlimited)
    upper = np.where(takes_part, cap, unlimited)
    limited, rounded, is_rounded = unlimited.copy(), unlimited.copy(), True
    for number in np.unique(layer):
        here = layer == number
        limited[here] = hold_limits(unlimited[here], lower[here], upper[here])
        in_units = round_within(limited[here], rules.round_to_cents, lower[here], upper[here])
        is_rounded &= in_units is not None
        rounded[here] = limited[here] if in_units is None else in_units
    raised, lowered = np.maximum(lower - unlimited, 0), -np.maximum(unlimited - upper, 0)
    columns = (
        opening,
        -leaving,
        arriving,
        kept_by - kept_from,
        wanted.cents - held,
        -relief,
        carried,
        raised,
        lowered,
        limited - unlimited - raised - lowered,
        rounded - limited,
    )
    return PeriodBridge(
        period=period,
        cents=np.stack(columns, axis=1),
        remaining=remaining,
        held=held,
        parts=parts,
        kept=add_up(source, pipeline[moved]),
        lower=lower,
        upper=upper,
        source=tuple(given["source"].fill_null("")),
        wanted=wanted,
        clashes=clashes,
        is_rounded=is_rounded,
    )


def _target(policy: Policy, period: Period) -> int | None:
    target = policy.quotas.company_target_cents
    if target is None:
        return None
    return target - int(amount_through(np.array([target]), period.n_elapsed, period.n_days)[0])


def _limits(
    policy: Policy, opening: Cents, capacity: NDArray[np.float64], kept: Cents, n_held: NDArray[np.intp]
) -> tuple[Cents, Cents]:
    """(T,) the least and the most that each seat's quota may be; a seat without accounts has no floor."""
    rules = policy.quotas
    floor = np.zeros_like(opening)
    if rules.floor_share is not None:
        floor = np.maximum(floor, np.ceil(opening * rules.floor_share).astype(np.int64))
    if rules.floor_cents is not None:
        floor = np.maximum(floor, np.rint(rules.floor_cents * capacity).astype(np.int64))
    floor = np.where(n_held > 0, floor, 0)
    if rules.never_below_kept:
        floor = np.maximum(floor, kept)
    cap = np.full_like(opening, NO_CAP)
    if rules.cap_share is not None:
        cap = np.where(opening > 0, np.floor(opening * rules.cap_share).astype(np.int64), cap)
    if rules.cap_cents is not None:
        cap = np.minimum(cap, np.rint(rules.cap_cents * capacity).astype(np.int64))
    return floor, cap


def _carry(relief: Cents, before: Cents, layer: NDArray[np.intp]) -> Cents:
    """(T,) who carries the relief: the seats of the layer without any, in proportion to their quotas."""
    carried = np.zeros_like(relief)
    for number in np.unique(layer[relief != 0]):
        here = layer == number
        weights = np.where(here & (relief == 0), np.maximum(before, 0), 0)
        if weights.sum() == 0:
            weights = np.where(here, np.maximum(before, 0), 0)
        carried += share_out(int(relief[here].sum()), weights.astype(np.float64))
    return carried


def _lines(ids: pl.Series, bridge: PeriodBridge, shown: NDArray[np.bool_]) -> pl.DataFrame:
    n = int(shown.sum())
    return pl.DataFrame(
        {
            "territory_id": np.repeat(ids.to_numpy()[shown], len(LINES)),
            "period_start": [bridge.period.start] * (n * len(LINES)),
            "period_end": [bridge.period.end] * (n * len(LINES)),
            "line": list(LINES) * n,
            "amount_cents": bridge.cents[shown].ravel(),
        },
        schema={
            "territory_id": pl.String,
            "period_start": pl.Date,
            "period_end": pl.Date,
            "line": pl.String,
            "amount_cents": pl.Int64,
        },
    )


def _summary(ids: pl.Series, bridge: PeriodBridge, shown: NDArray[np.bool_]) -> pl.DataFrame:
    opening, new, held, period = bridge.opening, bridge.new, bridge.held, bridge.period
    return pl.DataFrame(
        {
            "territory_id": ids.to_numpy()[shown],
            "opening_cents": opening[shown],
            "new_cents": new[shown],
            "change_share": _ratio(new - opening, opening)[shown],
            "unchanged_raise_share": _ratio(bridge.remaining - held, held)[shown],
            "floor_cents": bridge.lower[shown],
            "cap_cents": bridge.upper[shown],
            "period_start": [period.start] * int(shown.sum()),
            "period_end": [period.end] * int(shown.sum()),
            "takes_effect_on": [period.takes_effect_on] * int(shown.sum()),
        },
        schema_overrides={
            "territory_id": pl.String,
            **dict.fromkeys(["period_start", "period_end", "takes_effect_on"], pl.Date),
        },
    ).with_columns(
        pl.col("change_share", "unchanged_raise_share").fill_nan(None),
        floor_cents=pl.when(pl.col("floor_cents") > 0).then("floor_cents"),
        cap_cents=pl.when(pl.col("cap_cents") < int(NO_CAP)).then("cap_cents"),
    )


def _teams(book: Book, statement: Statement, bridge: PeriodBridge) -> pl.DataFrame:
    ids = find_teams(book, statement.setting)[1]
    rows = [(ids[team], carries, assigned) for team, (carries, assigned) in sorted(bridge.wanted.teams.items())]
    schema = {"team_id": pl.String, "carries_cents": pl.Int64, "assigned_cents": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ratio(part: Cents, whole: Cents) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return ratio
