"""A made firm that lives on from book to book: what is moved feels it, by a known amount."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.app.sample.firm import make_firm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

QUARTER_DAYS = 91
KIND_SHARES = (0.3, 0.5, 0.2)
"""Share of quiet, warm and hot accounts."""

ACTIVITIES = np.array([0.5, 2.5, 5.0])
OPPORTUNITIES = np.array([0.05, 0.25, 0.6])
"""Activities and new opportunities a quarter of a quiet, warm or hot account."""

CONTACT_EFFECT = {"low": 1.0, "medium": -0.8, "high": -1.5}
"""What moving an account does to its activities a quarter: quiet ones are woken up, the others suffer."""

SALES_EFFECT = {"low": 0.5, "medium": -0.4, "high": -0.6}
"""The same for its new opportunities, as a share of them."""

TERRITORY_SHOCK, ACCOUNT_SHOCK, BUSY_SHOCK = 0.25, 0.05, 0.15
"""Log-deviations a quarter: of a territory's potentials, of each account's, and of how busy a territory is."""

WIN_SHARE, CYCLE_DAYS, CHURN_SHARE = 0.35, 70, 0.01
AMOUNT_OF_POTENTIAL, SIGMA_AMOUNT, STAGES = 0.15, 0.4, 4
N_OFF_PLAN = 2
"""Accounts that somebody moves without a plan, each quarter."""


@dataclass
class FirmOverTime:
    """The state of a firm on one day, and everything that is on record by then.

    Attributes
    ----------
    today
        The last day that is on record.
    truth
        A row for each account that a plan moved: moved_on, account_id, grade, is_carried_out, and what moving did to
        its activities and its pipeline a day, expected.
    """

    today: date
    rng: np.random.Generator
    tables: dict[str, pl.DataFrame]
    accounts: pl.DataFrame
    kind: Ints
    potential: Floats
    seat: Ints
    seats: list[str]
    rep_of_seat: list[str]
    activities: list[pl.DataFrame] = field(default_factory=list)
    opportunities: list[pl.DataFrame] = field(default_factory=list)
    ownership: list[tuple[str, str, date, date | None]] = field(default_factory=list)
    churned: dict[int, date] = field(default_factory=dict)
    created: dict[int, date] = field(default_factory=dict)
    truth: list[dict[str, Any]] = field(default_factory=list)
    first_day: date = date(2000, 1, 1)

    @property
    def ids(self) -> list[str]:
        """Every account's id, by index."""
        return self.accounts["account_id"].to_list()

    def live_until(
        self,
        day: date,
        moves: Iterable[Mapping[str, Any]] = (),
        moved_on: date | None = None,
        carried_out_share: float = 0.9,
        shock: float = TERRITORY_SHOCK,
    ) -> None:
        """Let time pass: accounts are worked, deals come and close, potentials drift, some accounts are moved.

        Parameters
        ----------
        moves
            Of a plan: account_id, to_territory_id, grade.
        moved_on
            The day on which those of them that are carried out change hands.
        carried_out_share
            Chance of each to be carried out; the others are forgotten, as happens.
        shock
            How far the potentials of territories drift apart; 0 in a quiet quarter.
        """
        effect = np.zeros(len(self.kind)), np.zeros(len(self.kind))
        if moved_on is not None:
            self._work(self.today, moved_on - timedelta(days=1), *effect)
            effect = self._move(moves, moved_on, carried_out_share)
            self._move_off_plan(moved_on)
        self._work(self.today, day, *effect)
        self._drift(day, shock)

    def export(self) -> dict[str, pl.DataFrame]:
        """Return the source tables as an export of today would have them."""
        ids, last = np.array(self.ids, dtype=object), self._last_activities()
        there = [i for i in range(len(ids)) if self.created.get(i, self.first_day) <= self.today]
        accounts = (
            self.accounts.with_columns(
                territory_id=pl.Series([self.seats[s] for s in self.seat], dtype=pl.String),
                potential=pl.Series(np.rint(self.potential).astype(np.int64)),
                churned_on=pl.Series([self.churned.get(i) for i in range(len(ids))], dtype=pl.Date),
                created_on=pl.Series(
                    [self.created.get(i, given) for i, given in enumerate(self.accounts["created_on"])], dtype=pl.Date
                ),
            )
            .drop("last_activity_on")
            .join(last, on="account_id", how="left", maintain_order="left")
        )[there]
        exported = set(accounts["account_id"])
        ownership = pl.DataFrame(
            [row for row in self.ownership if row[0] in exported],
            schema={"account_id": pl.String, "territory_id": pl.String, "starts_on": pl.Date, "ends_on": pl.Date},
            orient="row",
        )
        opportunities = self._opportunities_today()
        return {
            **{name: self.tables[name] for name in ("territories", "reps", "coverage", "transfer_requests")},
            "accounts": accounts,
            "ownership": ownership.sort("account_id", "starts_on"),
            "opportunities": opportunities,
            "activities": pl.concat(self.activities).sort("happened_on", "account_id"),
            "quotas": self._quotas(opportunities),
        }

    def _work(self, after: date, until: date, contacts: Floats, sales: Floats) -> None:
        """Draw activities and new opportunities of the days after one, up to another."""
        n_days = (until - after).days
        self.today = until
        if n_days <= 0:
            return
        share = n_days / QUARTER_DAYS
        busy = np.exp(BUSY_SHOCK * self.rng.normal(size=len(self.seats)))[self.seat]
        gone = np.array([i in self.churned or self.created.get(i, after) > after for i in range(len(self.kind))])
        n_contacts = self.rng.poisson(np.where(gone, 0, np.maximum(ACTIVITIES[self.kind] * busy + contacts, 0) * share))
        who = np.repeat(np.arange(len(self.kind)), n_contacts)
        ids, reps = np.array(self.ids, dtype=object), np.array(self.rep_of_seat, dtype=object)[self.seat]
        first = after + timedelta(days=1)
        self.activities.append(
            pl.DataFrame(
                {
                    "account_id": ids[who],
                    "rep_id": reps[who],
                    "kind": np.array(["call", "email", "meeting"], dtype=object)[self.rng.integers(0, 3, len(who))],
                    "happened_on": [first + timedelta(days=int(d)) for d in self.rng.integers(0, n_days, len(who))],
                },
                schema=_ACTIVITIES,
            )
        )
        n_deals = self.rng.poisson(np.where(gone, 0, OPPORTUNITIES[self.kind] * (1 + sales) * share))
        who = np.repeat(np.arange(len(self.kind)), n_deals)
        made = self.rng.integers(0, n_days, len(who))
        takes = self.rng.gamma(4.0, CYCLE_DAYS / 4, len(who)).astype(int) + 14
        amount = self._expected_amount()[who] * np.exp(
            SIGMA_AMOUNT * self.rng.normal(size=len(who)) - SIGMA_AMOUNT**2 / 2
        )
        n_before = sum(part.height for part in self.opportunities)
        created = [first + timedelta(days=int(d)) for d in made]
        self.opportunities.append(
            pl.DataFrame(
                {
                    "opportunity_id": [f"O{n_before + k + 1:06d}" for k in range(len(who))],
                    "account_id": ids[who],
                    "rep_id": reps[who],
                    "amount": np.maximum(np.rint(amount).astype(np.int64), 100),
                    "created_on": created,
                    "closed_on": [day + timedelta(days=int(d)) for day, d in zip(created, takes, strict=True)],
                    "is_won": self.rng.random(len(who)) < WIN_SHARE,
                },
                schema=_OPPORTUNITIES,
            )
        )

    def _expected_amount(self) -> Floats:
        """Return what a deal with each account brings on average: it doesn't drift with the potential of the day."""
        amount: Floats = AMOUNT_OF_POTENTIAL * self.accounts["potential"].to_numpy().astype(np.float64)
        return amount

    def _move(
        self, moves: Iterable[Mapping[str, Any]], moved_on: date, carried_out_share: float
    ) -> tuple[Floats, Floats]:
        contacts, sales = np.zeros(len(self.kind)), np.zeros(len(self.kind))
        index = {account: i for i, account in enumerate(self.ids)}
        for row in sorted(moves, key=lambda row: str(row["account_id"])):
            i, grade = index[row["account_id"]], row["grade"]
            is_carried_out = bool(self.rng.random() < carried_out_share)
            if is_carried_out:
                self._change_hands(i, row["to_territory_id"], moved_on)
                contacts[i], sales[i] = CONTACT_EFFECT[grade], SALES_EFFECT[grade]
            pipeline = OPPORTUNITIES[self.kind[i]] * sales[i] * self._expected_amount()[i]
            # No account has fewer than no activities; what a busy or quiet quarter does to that is left out.
            felt = max(contacts[i], -ACTIVITIES[self.kind[i]])
            self.truth.append(
                {
                    "moved_on": moved_on,
                    "account_id": row["account_id"],
                    "grade": grade,
                    "is_carried_out": is_carried_out,
                    "activities_a_day": felt / QUARTER_DAYS,
                    "pipeline_cents_a_day": 100 * pipeline / QUARTER_DAYS,
                }
            )
        return contacts, sales

    def _move_off_plan(self, day: date) -> None:
        for i in self.rng.choice(len(self.kind), N_OFF_PLAN, replace=False):
            if int(i) not in self.churned:
                self._change_hands(int(i), self.seats[int(self.rng.integers(len(self.seats)))], day)

    def _change_hands(self, i: int, to: str, day: date) -> None:
        if self.seats[self.seat[i]] == to:
            return
        account = self.ids[i]
        at = next(n for n, row in enumerate(self.ownership) if row[0] == account and row[3] is None)
        if self.ownership[at][2] >= day:  # nobody moves an account twice on one day
            return
        self.ownership[at] = (*self.ownership[at][:3], day - timedelta(days=1))
        self.ownership.append((account, to, day, None))
        self.seat[i] = self.seats.index(to)

    def _drift(self, day: date, shock: float) -> None:
        common = shock * self.rng.normal(size=len(self.seats))
        own = ACCOUNT_SHOCK * self.rng.normal(size=len(self.kind))
        self.potential = self.potential * np.exp(common[self.seat] + own)
        for i in np.flatnonzero(self.rng.random(len(self.kind)) < CHURN_SHARE):
            self.churned.setdefault(int(i), day)

    def _last_activities(self) -> pl.DataFrame:
        return pl.concat(self.activities).group_by("account_id").agg(last_activity_on=pl.col("happened_on").max())

    def _opportunities_today(self) -> pl.DataFrame:
        whole = pl.concat(self.opportunities)
        is_closed = pl.col("closed_on") <= self.today
        progress = (pl.lit(self.today) - pl.col("created_on")).dt.total_days() / (
            (pl.col("closed_on") - pl.col("created_on")).dt.total_days()
        )
        stage = pl.when(is_closed).then(STAGES + 1).otherwise((progress * STAGES).floor().clip(0, STAGES - 1) + 1)
        return whole.with_columns(
            type=pl.lit("new"),
            stage_number=stage.cast(pl.Int64),
            is_closed=is_closed,
            is_won=pl.when(is_closed).then("is_won").otherwise(pl.lit(value=False)),
        ).with_columns(stage=pl.format("Stage {}", "stage_number"))

    def _quotas(self, opportunities: pl.DataFrame) -> pl.DataFrame:
        """Quotas are the same for all seats, whatever they hold: the firm's trouble."""
        owner = pl.DataFrame({"rep_id": self.rep_of_seat, "territory_id": self.seats})
        won = (
            opportunities.filter("is_won")
            .join(owner, on="rep_id")
            .group_by("territory_id", period_start=pl.col("closed_on").dt.truncate("1q"))
            .agg(attained=pl.col("amount").sum())
        )
        starts = pl.date_range(self.first_day, self.today + timedelta(days=92), "1q", eager=True).dt.truncate("1q")
        grid = pl.DataFrame({"period_start": starts.unique().sort()}).join(
            pl.DataFrame({"territory_id": self.seats}), how="cross"
        )
        level = max(int(won["attained"].mean() or 0), 1000)  # type: ignore[arg-type]  # a mean of amounts
        end = pl.col("period_start").dt.offset_by("1q").dt.offset_by("-1d")
        return (
            grid.join(won, on=["territory_id", "period_start"], how="left")
            .with_columns(period_end=end, amount=pl.lit(level, pl.Int64))
            .with_columns(
                attained=pl.when(pl.col("period_end") <= self.today).then(pl.col("attained").fill_null(0)),
            )
            .select("territory_id", "period_start", "period_end", "amount", "attained")
            .sort("territory_id", "period_start")
        )


_ACTIVITIES = {"account_id": pl.String, "rep_id": pl.String, "kind": pl.String, "happened_on": pl.Date}
_OPPORTUNITIES = {
    "opportunity_id": pl.String,
    "account_id": pl.String,
    "rep_id": pl.String,
    "amount": pl.Int64,
    "created_on": pl.Date,
    "closed_on": pl.Date,
    "is_won": pl.Boolean,
}


def found_firm(
    *, n_accounts: int = 600, n_territories: int = 12, seed: int = 0, today: date = date(2024, 9, 30)
) -> FirmOverTime:
    """Make a firm as it is on its first day on record; `FirmOverTime.live_until` does the rest.

    Parameters
    ----------
    seed
        The same seed, dates and moves give the same firm.
    """
    # Any seat takes any account, and no families: what is to be seen is what moves do, not what may move.
    made = make_firm(n_accounts=n_accounts, n_territories=n_territories, seed=seed, as_of=today, quarters=4)
    rng = np.random.default_rng([seed, 1])
    accounts = made.tables["accounts"].with_columns(
        pl.lit(value=False).alias("locked"),
        pl.lit(value=False).alias("anchor"),
        pl.lit(value=False).alias("executive_relationship"),
        pl.lit(None, pl.Date).alias("churned_on"),
        pl.lit(None, pl.String).alias("parent_account_id"),
        pl.col("created_on").clip(upper_bound=today - timedelta(days=1)),
    )
    seats = sorted(accounts["territory_id"].unique().to_list())
    here = pl.col("ends_on").is_null() | (pl.col("ends_on") >= today)
    rep_of = dict(made.tables["coverage"].filter(here).select("territory_id", "rep_id").iter_rows())
    rep_of_seat = [rep_of.get(seat) or made.tables["reps"]["rep_id"][n] for n, seat in enumerate(seats)]
    return FirmOverTime(
        today=today,
        rng=rng,
        tables=made.tables | {"territories": made.tables["territories"].with_columns(segment=pl.lit(None, pl.String))},
        accounts=accounts,
        kind=rng.choice(3, size=accounts.height, p=KIND_SHARES),
        potential=accounts["potential"].to_numpy().astype(np.float64),
        seat=np.array([seats.index(seat) for seat in accounts["territory_id"]], dtype=np.int64),
        seats=seats,
        rep_of_seat=rep_of_seat,
        ownership=[
            (account, seat, created, None)
            for account, seat, created in accounts.select("account_id", "territory_id", "created_on").iter_rows()
        ],
        first_day=today,
    )
