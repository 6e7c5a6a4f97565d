"""Why each account moves, why there, and what else was considered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.plan.churn import describe_owners
from evenhand.plan.events.asked import INHERITED
from evenhand.plan.events.conclude import explain_leaving
from evenhand.plan.grades import GRADES, describe_grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evenhand.book.book import Book
    from evenhand.plan.statement import Statement
    from evenhand.policy import Policy

MEASURE_WORDS = {
    "potential": "potential",
    "accounts": "accounts",
    "qualified": "qualified accounts",
    "workload": "workload",
    "pipeline": "open pipeline",
    INHERITED: "workload taken over",
}
_TOLERANCE = 1e-9
_ALIKE = 0.005
"""Costs of alignment that differ by less read the same."""


def explain_moves(
    book: Book, policy: Policy, statement: Statement, chosen: NDArray[np.intp], prices: NDArray[np.float64]
) -> pl.DataFrame:
    """Say of every account that moves why it does.

    Parameters
    ----------
    chosen
        (n_units,) column of the problem's candidates that each unit takes.
    prices
        (T, M) what one more of each measure is worth in each territory, at the last level.

    Returns
    -------
    pl.DataFrame
        Sorted by account_id: account_id, name, from_territory_id, to_territory_id, grade, potential, reason, evidence,
        alternative.

    Notes
    -----
    The reason is what would be otherwise without the move, all other moves made: where its old territory, or its new
    one, would then be outside its band. A move that breaks no band by itself is needed together with others. The
    alternative is the territory that would be next best at the proof's prices.
    """
    problem = statement.problem
    rows = np.arange(problem.n_units)
    assigned = problem.candidates[rows, chosen]
    home = statement.present[statement.units.first_account]
    moved = np.flatnonzero(assigned != home)
    source, target = home[moved], assigned[moved].astype(np.intp)
    loads = np.zeros(problem.lower.shape)
    np.add.at(loads, assigned, problem.amounts)
    counterfactual = _Counterfactual(statement, loads)
    second = _find_second(statement, counterfactual, moved, chosen, prices)
    reasons = counterfactual.reasons(moved, source, target, _why_it_leaves(statement, moved, source), second)
    by_unit = pl.DataFrame(
        {
            "unit": moved,
            "from_territory_id": np.array(statement.setting.ids, dtype=object)[source],
            "to_territory_id": np.array(statement.setting.ids, dtype=object)[target],
            "unit_grade": problem.grades[moved] if problem.grades is not None else np.zeros(len(moved), np.int8),
            "reason": reasons,
            "alternative": second.in_words(statement.setting.ids),
        },
        schema={
            "unit": pl.Int64,
            "from_territory_id": pl.String,
            "to_territory_id": pl.String,
            "unit_grade": pl.Int8,
            "reason": pl.String,
            "alternative": pl.String,
        },
    )
    members = statement.accounts.with_columns(unit=pl.Series(statement.units.unit_of_account, dtype=pl.Int64))
    joined = members.join(by_unit, on="unit", how="inner")
    family = (
        pl.when(pl.len().over("unit") > 1)
        .then(pl.format("; moves as one with {} of its family", pl.len().over("unit") - 1))
        .otherwise(pl.lit(""))
    )
    history = pl.concat_str(pl.lit("; "), describe_owners()).fill_null("")
    grade = pl.col("unit_grade").replace_strict(dict(enumerate(GRADES)), return_dtype=pl.String)
    return joined.select(
        "account_id",
        "name",
        "from_territory_id",
        "to_territory_id",
        "potential",
        "reason",
        "alternative",
        grade=grade,
        evidence=pl.concat_str(describe_grade(book, policy), history, family),
    ).select(
        "account_id", "name", "from_territory_id", "to_territory_id", "grade", "potential", "reason", "evidence",
        "alternative",
    ).sort("account_id")  # fmt: skip


class _Counterfactual:
    """What would be outside its band if one unit were elsewhere."""

    def __init__(self, statement: Statement, loads: NDArray[np.float64]) -> None:
        self.statement, self.loads = statement, loads
        problem = statement.problem
        self.lower, self.upper, self.scale = problem.inner_lower, problem.inner_upper, problem.scale
        self.targets = statement.bands.targets[:, statement.bands.binding]
        self.names: Sequence[str] = [MEASURE_WORDS[name] for name in statement.measures]

    def worst(
        self, territory: NDArray[np.intp], change: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.bool_]]:
        """(n,) measure that is worst after the change, its share of the target then, and whether it breaks its band."""
        after = self.loads[territory] + change
        outside = np.maximum(self.lower[territory] - after, after - self.upper[territory]) / self.scale[territory]
        if not outside.shape[1]:
            return np.zeros(len(territory), np.intp), np.zeros(len(territory)), np.zeros(len(territory), bool)
        m = np.argmax(outside, axis=1)
        rows = np.arange(len(territory))
        target = self.targets[territory, m]
        share = np.divide(after[rows, m], target, out=np.full(len(rows), np.inf), where=target > 0) - 1.0
        return m, share, outside[rows, m] > _TOLERANCE

    def phrases(self, territory: NDArray[np.intp], change: NDArray[np.float64]) -> list[str]:
        """(n,) "T07 would end 18 % over its target for potential (band −15 % to +15 %)", empty where no band breaks."""
        m, share, breaks = self.worst(territory, change)
        ids, names = self.statement.setting.ids, self.names
        return [
            f"{ids[t]} would end {_distance(s)} for {names[j]} ({self.band(t, j)})" if broken else ""
            for t, j, s, broken in zip(territory.tolist(), m.tolist(), share.tolist(), breaks.tolist(), strict=True)
        ]

    def band(self, territory: int, measure: int) -> str:
        """Say what is allowed, as shares of the target."""
        target = self.targets[territory, measure]
        if target <= 0:
            return "it is to be emptied" if self.statement.setting.is_emptied[territory] else "it is to take none"
        low = self.statement.problem.lower[territory, measure] / target - 1
        high = self.statement.problem.upper[territory, measure] / target - 1
        sides = [f"{side:+.1%}".replace("%", " %").replace("-", "−") for side in (low, high) if np.isfinite(side)]
        return f"band {' to '.join(sides)}" if len(sides) == 2 else f"limit {sides[0]}"

    def reasons(
        self,
        moved: NDArray[np.intp],
        source: NDArray[np.intp],
        target: NDArray[np.intp],
        because: list[str],
        second: _Second,
    ) -> list[str]:
        """(n,) why each of the moved units goes, and there; `because` is what an event says of it, or empty."""
        amounts = self.statement.problem.amounts[moved]
        without = self.phrases(source, amounts)
        lacking = self.phrases(target, -amounts)
        ids = self.statement.setting.ids
        reasons = []
        for i, (leave, lack, gone, s, t) in enumerate(
            zip(without, lacking, because, source.tolist(), target.tolist(), strict=True)
        ):
            if gone:
                reasons.append(gone + second.why_not(i, ids[t], lack, ids))
            elif leave or lack:
                reasons.append("Without it " + ", and ".join(part for part in (leave, lack) if part))
            else:
                reasons.append(
                    f"Needed together with other moves from {ids[s]} or to {ids[t]}; alone it breaks no band"
                )
        return reasons


def _why_it_leaves(statement: Statement, moved: NDArray[np.intp], source: NDArray[np.intp]) -> list[str]:
    """(n,) what an edit by hand or an event says of each moved unit; empty where none sends it."""
    said = explain_leaving(statement)
    ids, emptied = statement.setting.ids, statement.setting.is_emptied[source]
    accounts = statement.unit_ids.gather(moved).to_list()
    by_hand = statement.pinned[moved] >= 0
    return [
        "Moved by hand" if held else said.get(account) or (f"{ids[t]} is given up" if gone else "")
        for account, t, gone, held in zip(accounts, source.tolist(), emptied.tolist(), by_hand.tolist(), strict=True)
    ]


def _distance(share: float) -> str:
    if not np.isfinite(share):
        return "with some"
    return f"{abs(share):.1%} {'over' if share > 0 else 'under'} its target".replace("%", " %")


@dataclass(frozen=True, eq=False)
class _Second:
    """The territory that would be next best for each moved unit.

    Attributes
    ----------
    found
        (n,) whether another territory may take it at all.
    territory
        (n,) index of it.
    extra
        (n,) what it would cost more in alignment.
    there, here
        (n,) the band that would break there, or here without it; empty where none would.
    """

    found: NDArray[np.bool_]
    territory: NDArray[np.intp]
    extra: NDArray[np.float64]
    there: list[str]
    here: list[str]

    def in_words(self, ids: Sequence[str]) -> list[str]:
        """(n,) which it is and what it would have cost."""
        return [
            "No other territory may take it"
            if not found
            else f"Next best {ids[t]}: alignment cost {cost:+.2f}{f', and {broken}' if broken else ''}".replace(
                "-", "−"
            )
            for found, t, cost, broken in zip(
                self.found.tolist(),
                self.territory.tolist(),
                self.extra.tolist(),
                [there or here for there, here in zip(self.there, self.here, strict=True)],
                strict=True,
            )
        ]

    def why_not(self, i: int, chosen: str, lack: str, ids: Sequence[str]) -> str:
        """Say why a unit that has to go goes to the chosen territory; as a clause."""
        if not self.found[i]:
            return ""
        if lack:
            return f"; without it {lack}"
        other, extra = ids[self.territory[i]], float(self.extra[i])
        if self.there[i]:
            return f"; not to {other}, {self.there[i].replace(other, 'which', 1)}"
        if extra > _ALIKE:
            return f"; {chosen} fits it best, then {other}"
        return f"; {other} would fit it {'as well' if extra >= -_ALIKE else 'better'}, but its place goes to others"


def _find_second(
    statement: Statement,
    counterfactual: _Counterfactual,
    moved: NDArray[np.intp],
    chosen: NDArray[np.intp],
    prices: NDArray[np.float64],
) -> _Second:
    """Find which other territory was next best for each moved unit, and what it would have cost."""
    problem = statement.problem
    candidates = problem.candidates[moved]
    other = candidates >= 0
    other[np.arange(len(moved)), chosen[moved]] = False
    other &= candidates != statement.present[statement.units.first_account][moved][:, None]
    priced = problem.costs[moved] + np.einsum("nkm,nm->nk", prices[np.maximum(candidates, 0)], problem.amounts[moved])
    priced = np.where(other, priced, np.inf)
    if not len(moved) or not priced.shape[1]:
        n, nothing = len(moved), [""] * len(moved)
        return _Second(np.zeros(n, bool), np.zeros(n, np.intp), np.zeros(n), nothing, nothing)
    best = np.argmin(priced, axis=1)
    rows = np.arange(len(moved))
    territory = np.maximum(candidates[rows, best], 0).astype(np.intp)
    taken = problem.candidates[moved, chosen[moved]].astype(np.intp)
    return _Second(
        found=np.any(other, axis=1),
        territory=territory,
        extra=problem.costs[moved, best] - problem.costs[moved, chosen[moved]],
        there=counterfactual.phrases(territory, problem.amounts[moved]),
        here=counterfactual.phrases(taken, -problem.amounts[moved]),
    )
