"""What a plan costs while accounts are new to the reps who get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.plan.ramp.basis import LEARNED, RampBasis, learn_ramp
from evenhand.plan.ramp.familiarity import score_familiarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.policy import Policy

RAMP_SCHEMA: dict[str, Any] = {
    "territory_id": pl.String,
    "n_accounts": pl.Int64,
    "familiarity": pl.Float64,
    "first_days": pl.Float64,
    "normal_days": pl.Float64,
    "lost_days": pl.Float64,
    "lost_cents": pl.Int64,
    "lost_cents_low": pl.Int64,
    "lost_cents_high": pl.Int64,
    "lost_hours": pl.Float64,
    "lost_hours_low": pl.Float64,
    "lost_hours_high": pl.Float64,
    "source": pl.String,
}

FORMULA = {
    LEARNED: (
        "lost = Σ over the accounts of what a day of each is worth × the days of normal business that past transfers "
        "lost; the interval is that of those days"
    ),
    "policy": (
        "lost = Σ over the accounts of what a day of each is worth × (1 − ramp.start_share) × normal_days ÷ 2, a "
        "steady rise from the first day; the range is that of normal_days in the policy, not a statistical interval"
    ),
}

_AMOUNTS = ("lost_cents", "lost_cents_low", "lost_cents_high", "lost_hours", "lost_hours_low", "lost_hours_high")


@dataclass(frozen=True, eq=False)
class Ramp:
    """What is lost while accounts are new to their seats.

    Attributes
    ----------
    basis
        Where the days are from.
    territories
        With `RAMP_SCHEMA`, a row for each territory that gets accounts, sorted: how many are new to its rep, how
        familiar it is with such accounts (0 to 1), days to the first opportunity and to normal business (means; null
        where not known), days of normal business lost per account, and what they come to in cents (null where the book
        tells of no money) and in hours, each with its limits.
    accounts
        The same for each account that moves: account_id, to_territory_id, familiarity, is_known (the rep has it
        already, so nothing is lost), first_days, normal_days, lost_days, lost_days_low, lost_days_high, level.
    """

    basis: RampBasis
    territories: pl.DataFrame
    accounts: pl.DataFrame
    confidence_share: float

    @property
    def totals(self) -> dict[str, Any]:
        """The sums over all territories: n_accounts, and the lost cents and hours with their limits."""
        table = self.territories
        cents_known = table["lost_cents"].null_count() == 0
        sums = {name: table[name].sum() if "cents" not in name or cents_known else None for name in _AMOUNTS}
        return {"n_accounts": int(table["n_accounts"].sum())} | {
            name: round(value, 3) if isinstance(value, float) else value for name, value in sums.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """Return basis, formula and totals as plain values for JSON."""
        return {
            **self.basis.as_dict(),
            "formula": FORMULA[self.basis.source],
            "confidence_share": self.confidence_share if self.basis.source == LEARNED else None,
            "totals": self.totals,
        }

    def lost_within(self, territory_ids: tuple[str, ...], days: int) -> NDArray[np.int64]:
        """(T,) cents of the loss that fall within so many days, for territories in that order.

        By the learned curve; by the table, of a steady rise over normal_days: 1 − (1 − days ÷ normal_days)².
        """
        if self.basis.source == LEARNED:
            share = pl.lit(self.basis.lost_by(days))
        else:
            left = (1 - days / pl.col("normal_days").clip(1)).clip(0, 1)
            share = 1 - left**2
        lost = self.territories.select("territory_id", lost=(pl.col("lost_cents") * share).round().cast(pl.Int64))
        return (
            pl.DataFrame({"territory_id": list(territory_ids)}, schema={"territory_id": pl.String})
            .join(lost, on="territory_id", how="left", maintain_order="left")["lost"]
            .fill_null(0)
            .to_numpy()
            .astype(np.int64)
        )


def estimate_ramp(
    book: Book, policy: Policy, moves: pl.DataFrame, worth: pl.DataFrame, basis: RampBasis | None = None
) -> Ramp:
    """Estimate what a plan's moves lose while accounts are new to the reps who get them.

    Parameters
    ----------
    moves
        account_id, from_territory_id, to_territory_id: of a plan, or of anything else that moves accounts.
    worth
        account_id, cents_a_day, hours_a_day, see `value_accounts`.
    basis
        Of `learn_ramp` for this book and policy, where it is at hand; several scenarios share one.

    Notes
    -----
    Lost days by account: learned, those that past transfers lost on average; by the table, (1 − ``ramp.start_share``)
    × normal_days ÷ 2 of the level that its familiarity reaches. An account whose old and new seat are covered by the
    same rep on the book's date loses none.

    References
    ----------
    Policy entries ``ramp.*``.
    """
    basis = learn_ramp(book, policy) if basis is None else basis
    moved = moves.select("account_id", "from_territory_id", "to_territory_id").sort("account_id")
    accounts = (
        moved.with_columns(familiarity=score_familiarity(book, moved, policy)["familiarity"])
        .pipe(_mark_known, book)
        .pipe(_add_days, basis, policy)
    )
    territories = (
        accounts.join(worth, on="account_id", how="left", maintain_order="left")
        .group_by(territory_id="to_territory_id")
        .agg(
            n_accounts=pl.len().cast(pl.Int64),
            familiarity=pl.col("familiarity").mean(),
            first_days=pl.col("first_days").mean(),
            normal_days=pl.col("normal_days").mean(),
            lost_days=pl.col("lost_days").mean(),
            **_sum_up("cents"),
            **_sum_up("hours"),
        )
        .with_columns(source=pl.lit(basis.source))
        .with_columns(
            pl.col("lost_cents", "lost_cents_low", "lost_cents_high").round().cast(pl.Int64),
            pl.col("familiarity").round(4),
            pl.col("first_days", "normal_days", "lost_days").round(2),
            pl.col("lost_hours", "lost_hours_low", "lost_hours_high").round(2),
        )
        .sort("territory_id")
        .select(pl.col(name).cast(dtype) for name, dtype in RAMP_SCHEMA.items())
    )
    return Ramp(basis, territories, accounts.drop("from_territory_id"), policy.ramp.confidence_share)


def _sum_up(unit: str) -> dict[str, pl.Expr]:
    """Σ of the days lost × what a day is worth; null where the worth isn't known of any account."""
    a_day = pl.col(f"{unit}_a_day")
    limits = {"": "lost_days", "_low": "lost_days_low", "_high": "lost_days_high"}
    return {
        f"lost_{unit}{suffix}": pl.when(a_day.is_not_null().any()).then((a_day * pl.col(days)).sum())
        for suffix, days in limits.items()
    }


def _mark_known(moves: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Add is_known: the same rep covers both seats on the book's date."""
    covers = (
        book.coverage.filter(
            (pl.col("starts_on") <= book.as_of) & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= book.as_of))
        )
        .sort("territory_id", "starts_on", "rep_id")
        .unique("territory_id", keep="last", maintain_order=True)
        .select("territory_id", "rep_id")
    )
    return (
        moves.join(
            covers.rename({"territory_id": "from_territory_id", "rep_id": "former"}), on="from_territory_id",
            how="left", maintain_order="left",
        )
        .join(
            covers.rename({"territory_id": "to_territory_id", "rep_id": "latter"}), on="to_territory_id",
            how="left", maintain_order="left",
        )
        .with_columns(is_known=(pl.col("former") == pl.col("latter")).fill_null(value=False))
        .drop("former", "latter")
    )  # fmt: skip


def _add_days(accounts: pl.DataFrame, basis: RampBasis, policy: Policy) -> pl.DataFrame:
    steps, waits = basis.productivity, basis.waits
    if steps is not None and waits is not None:
        days = {
            "first_days": waits.first_opportunity and waits.first_opportunity.median_days,
            "normal_days": steps.normal_days,
            "lost_days": max(steps.lost_days, 0.0),
            "lost_days_low": max(steps.lost_low, 0.0),
            "lost_days_high": max(steps.lost_high, 0.0),
        }
        columns = {name: pl.lit(value, dtype=pl.Float64) for name, value in days.items()}
        columns["level"] = pl.lit("learned")
    else:
        half = (1 - policy.ramp.start_share) / 2
        columns = {
            "first_days": _by_level(policy, "first_days"),
            "normal_days": _by_level(policy, "normal_days"),
            "lost_days": half * _by_level(policy, "normal_days"),
            "lost_days_low": half * _by_level(policy, "normal_days_low"),
            "lost_days_high": half * _by_level(policy, "normal_days_high"),
            "level": _by_level(policy, "name"),
        }
    known = pl.col("is_known")
    return accounts.with_columns(**columns).with_columns(
        pl.when(known).then(0.0).otherwise(pl.col(name)).alias(name)
        for name in ("first_days", "normal_days", "lost_days", "lost_days_low", "lost_days_high")
    )


def _by_level(policy: Policy, field: str) -> pl.Expr:
    """Give what the first level that an account's familiarity reaches says; the last where it isn't known."""
    levels = policy.ramp.levels
    value = pl.lit(getattr(levels[-1], field))
    for level in reversed(levels[:-1]):
        reached = (pl.col("familiarity") >= level.at_least).fill_null(value=False)
        value = pl.when(reached).then(pl.lit(getattr(level, field))).otherwise(value)
    return value
