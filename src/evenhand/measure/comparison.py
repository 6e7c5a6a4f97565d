"""The matched comparison of a plan: for each grade and outcome, what moving did, and whether to believe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from evenhand.foundation.findings import Finding, Severity
from evenhand.measure.codes import CODES
from evenhand.measure.matched import describe_balance, estimate_effect
from evenhand.measure.windows import OUTCOMES, Window, sum_outcomes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.measure.matched import Balance, Effect
    from evenhand.policy import Policy

    Floats = NDArray[np.float64]

GRADES = ("low", "medium", "high")


@dataclass(frozen=True)
class GradeEffect:
    """What moves of one grade did to one outcome.

    Attributes
    ----------
    effect
        After the move, an account on average over the window.
    placebo
        The same for a move that didn't happen, one window earlier: should hold 0.
    balance
        How alike the two sides are in what was known before.
    level
        What a moved account brought on average since.
    """

    grade: str
    outcome: str
    effect: Effect
    placebo: Effect
    balance: tuple[Balance, ...]
    level: float

    @property
    def holds(self) -> bool:
        """Whether the placebo finds nothing."""
        return not self.placebo.is_clear


@dataclass(frozen=True)
class MatchedComparison:
    """Moved accounts against similar unmoved ones.

    Attributes
    ----------
    window
        The days since the move; as many before it are compared with.
    effects
        Those that can be told.
    findings
        What can't be, and what not to believe.
    parts
        Those, and the ones that rest on too few to be told alone but add up over cycles, see
        `evenhand.measure.cost.pool_costs`.
    """

    window: Window
    effects: tuple[GradeEffect, ...]
    findings: tuple[Finding, ...]
    parts: tuple[GradeEffect, ...] = ()

    @property
    def table(self) -> pl.DataFrame:
        """One row for each grade and outcome."""
        rows: list[dict[str, Any]] = [
            {
                "grade": one.grade,
                "outcome": one.outcome,
                "n_moved": one.effect.n_moved,
                "n_controls": round(one.effect.n_controls),
                "effect": one.effect.value,
                "low": one.effect.low,
                "high": one.effect.high,
                "placebo": one.placebo.value,
                "placebo_low": one.placebo.low,
                "placebo_high": one.placebo.high,
                "holds": one.holds,
            }
            for one in self.effects
        ]
        return pl.DataFrame(rows, schema=COMPARISON_SCHEMA)


COMPARISON_SCHEMA = {
    "grade": pl.String,
    "outcome": pl.String,
    "n_moved": pl.Int64,
    "n_controls": pl.Int64,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "placebo": pl.Float64,
    "placebo_low": pl.Float64,
    "placebo_high": pl.Float64,
    "holds": pl.Boolean,
}


def compare_moved(
    moves: pl.DataFrame, grade_of_account: pl.DataFrame, before: Book, after: Book, moved_on: dt.date, policy: Policy
) -> MatchedComparison:
    """Compare moved accounts with similar unmoved ones of the same grade.

    Parameters
    ----------
    moves
        account_id of every account that the plan moved, whatever became of it.
    grade_of_account
        account_id, grade: of every account that could have moved.
    before, after
        The book the plan was made from, and a newer one, from which all outcomes are taken.
    moved_on
        The day on which accounts changed hands.

    Notes
    -----
    Compared is what the plan did, not what was done: an account that was to move counts as moved (intention to
    treat). Where next to nothing changed with any account, no effect is told. Known before are size, potential, age
    and the outcomes of the two windows before the move; for the placebo, those of the window before the last alone.
    Accounts that churned since count, with what they brought until then. Unmoved accounts that changed territory
    within the spans compared are left out: they are no picture of what staying would have brought.

    References
    ----------
    `estimate_effect`; policy entries ``measure.confidence``, ``measure.min_moved``, ``measure.min_territories``.
    """
    window = Window(moved_on, after.as_of)
    accounts = (
        before.active_accounts.join(grade_of_account, on="account_id")
        .join(_changed_hands(after, window, moves), on="account_id", how="anti")
        .sort("account_id")
    )
    ids = accounts["account_id"]
    now, last, earlier = (sum_outcomes(after, ids, window.shift(by)) for by in (0, -1, -2))
    is_moved = ids.is_in(moves["account_id"].implode()).to_numpy()
    territory = accounts["territory_id"].rank("dense").to_numpy().astype(np.intp) - 1
    traits, names = _traits(accounts, before)
    effects, parts, findings = [], [], []
    least = policy.measure.min_moved
    least_in_part = min(policy.measure.min_pooled, least)
    for grade in GRADES:
        chosen = (accounts["grade"] == grade).to_numpy()
        n_moved = int(is_moved[chosen].sum())
        n_territories = len(np.unique(territory[chosen & is_moved]))
        few = n_moved < least or n_territories < policy.measure.min_territories
        if n_moved and (few or n_moved == chosen.sum()):
            findings.append(_too_few(grade, n_moved, n_territories, policy))
        if n_moved < least_in_part or n_territories < 2 or n_moved == chosen.sum():
            continue
        shared = (is_moved[chosen], territory[chosen], policy.measure.confidence)
        known = np.column_stack([traits, _tame(last), _tame(earlier)])[chosen]
        known_for_placebo = np.column_stack([traits, _tame(earlier)])[chosen]
        labels = (
            *names,
            *(f"{name}, window before" for name in OUTCOMES),
            *(f"{name}, two before" for name in OUTCOMES),
        )
        balance = describe_balance(known, labels, shared[0])
        for i, outcome in enumerate(OUTCOMES):
            n_changed = np.count_nonzero((now - last)[chosen, i])
            if not few and n_changed < least:
                findings.append(_too_quiet(grade, outcome))
            if n_changed < (least_in_part if few else least):
                continue
            effect = estimate_effect((now - last)[chosen, i], known, *shared)
            placebo = estimate_effect((last - earlier)[chosen, i], known_for_placebo, *shared)
            level = float(now[chosen & is_moved, i].mean())
            parts.append(GradeEffect(grade, outcome, effect, placebo, balance, level))
            effects += [] if few else parts[-1:]
    findings += list(_doubts(effects))
    return MatchedComparison(window, tuple(effects), tuple(findings), tuple(parts))


def _changed_hands(after: Book, window: Window, moves: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts, other than those moved, that came to a territory from another within the spans compared."""
    since = window.shift(-2).starts_on
    return (
        after.ownership.filter(
            (pl.col("starts_on") >= since)
            & (pl.col("starts_on") <= after.as_of)
            & (pl.col("starts_on") > pl.col("starts_on").min().over("account_id"))
        )
        .join(moves, on="account_id", how="anti")
        .select("account_id")
        .unique()
    )


def _traits(accounts: pl.DataFrame, book: Book) -> tuple[Floats, tuple[str, ...]]:
    age = (pl.lit(book.as_of) - pl.col("created_on")).dt.total_days()
    wanted = {
        "potential": pl.col("potential").log1p(),
        "employees": pl.col("employees").log1p(),
        "age": age.clip(lower_bound=0).sqrt(),
    }
    table = accounts.select(expression.cast(pl.Float64).alias(name) for name, expression in wanted.items())
    # A value that isn't known is taken for the usual one, and that it isn't known is one more thing known.
    missing = table.select((pl.col(name).is_null().cast(pl.Float64)).alias(f"{name} unknown") for name in wanted)
    usual = table.select(pl.col(name).fill_null(pl.col(name).median()).fill_null(0.0) for name in wanted)
    full = usual.hstack(missing)
    varies = [name for name in full.columns if full[name].n_unique() > 1]
    return full.select(varies).to_numpy().reshape(accounts.height, len(varies)), tuple(varies)


def _tame(amounts: Floats) -> Floats:
    """Keep a few huge deals from deciding who resembles whom."""
    tamed: Floats = np.log1p(amounts)
    return tamed


def _too_few(grade: str, n_moved: int, n_territories: int, policy: Policy) -> Finding:
    return Finding(
        "ME101",
        Severity.NOTE,
        grade,
        f"{n_moved} moved accounts of grade {grade} from {n_territories} territories are too few to tell an effect; "
        f"{policy.measure.min_moved} from {policy.measure.min_territories} are needed, and unmoved ones beside them",
        CODES["ME101"].fix,
        {"n_moved": n_moved, "n_territories": n_territories},
    )


def _too_quiet(grade: str, outcome: str) -> Finding:
    return Finding(
        "ME101",
        Severity.NOTE,
        f"{grade}, {outcome}",
        f"too little changed in {outcome} of accounts of grade {grade}, moved or not, to tell an effect",
        CODES["ME101"].fix,
    )


def _doubts(effects: list[GradeEffect]) -> Iterator[Finding]:
    for one in effects:
        if not one.holds:
            yield Finding(
                "ME102",
                Severity.WARNING,
                f"{one.grade}, {one.outcome}",
                f"moved accounts of grade {one.grade} already differed in {one.outcome} before the move, by "
                f"{one.placebo.value:,.0f} ({one.placebo.low:,.0f} to {one.placebo.high:,.0f})",
                CODES["ME102"].fix,
            )
