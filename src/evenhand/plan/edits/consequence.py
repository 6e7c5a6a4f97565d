"""What an edit does: to every measure of the seats it touches, to the plan as a whole, and what it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.plan.edits.breaks import find_breaks
from evenhand.plan.edits.standing import count_moves, excess
from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.foundation.findings import Finding
    from evenhand.plan.edits.edit import Edit
    from evenhand.plan.edits.grounds import Grounds
    from evenhand.plan.edits.standing import Change, Standing
    from evenhand.plan.edits.suggest import Suggestion

_WITHIN = 1e-9


@dataclass(frozen=True, eq=False)
class Consequence:
    """What some edits do to a plan, before anything is solved again.

    Attributes
    ----------
    accounts
        account_id, from_territory_id, to_territory_id, grade: every account that changes its place in the plan, those
        that go along included.
    measures
        One row for each touched territory and each measure: territory_id, measure, before, after, target, lower, upper
        (null where there is no band), status_before, status_after; before and after the edit.
    levels
        level, before, after: violation, accounts moved of each grade, alignment cost, of the whole plan.
    quota_cents
        What the accounts are worth of the quota of the territory that they are in today, and take along: the bridge of
        the new plan says it to the cent, relief and pipeline kept included.
    breaks
        What the edits break, most important first; with codes.
    suggestion
        The cheapest single shift or swap that mends the bands; None where none is broken by the edits.
    """

    edits: tuple[Edit, ...]
    accounts: pl.DataFrame
    measures: pl.DataFrame
    levels: pl.DataFrame
    quota_cents: int
    breaks: tuple[Finding, ...]
    suggestion: Suggestion | None

    @property
    def is_clean(self) -> bool:
        """Whether it breaks nothing."""
        return not self.breaks

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values for JSON."""
        return {
            "edits": [str(edit) for edit in self.edits],
            "accounts": self.accounts.to_dicts(),
            "measures": self.measures.to_dicts(),
            "levels": self.levels.to_dicts(),
            "quota_cents": self.quota_cents,
            "breaks": [finding.as_dict() for finding in self.breaks],
            "suggestion": None if self.suggestion is None else self.suggestion.as_dict(),
        }


def weigh(grounds: Grounds, before: Standing, changes: Sequence[Change], suggestion: Suggestion | None) -> Consequence:
    """Say what changes that were carried out one after the other come to."""
    statement = grounds.statement
    after = changes[-1].after if changes else before
    rows = np.unique(np.concatenate([*(change.members for change in changes), np.zeros(0, np.intp)]))
    moved = rows[before.assigned[rows] != after.assigned[rows]]
    ids = np.array(statement.setting.ids, dtype=object)
    accounts = pl.DataFrame(
        {
            "account_id": statement.accounts["account_id"].gather(moved),
            "from_territory_id": ids[before.assigned[moved]],
            "to_territory_id": ids[after.assigned[moved]],
            "grade": [GRADES[grade] for grade in after.unit_grade[moved].tolist()],
        },
        schema=dict.fromkeys(["account_id", "from_territory_id", "to_territory_id", "grade"], pl.String),
    )
    touched = sorted({t for change in changes for t in (change.source, change.target)})
    away = after.assigned[rows] != statement.present[rows]
    return Consequence(
        edits=tuple(change.edit for change in changes),
        accounts=accounts,
        measures=_tabulate(grounds, before, after, touched),
        levels=_tabulate_levels(grounds, before, after),
        quota_cents=int(grounds.quota_cents[rows[away]].sum()),
        breaks=find_breaks(grounds, before, changes),
        suggestion=suggestion,
    )


def _tabulate(grounds: Grounds, before: Standing, after: Standing, touched: Sequence[int]) -> pl.DataFrame:
    bands, ids = grounds.statement.bands, grounds.statement.setting.ids
    rows = []
    for t in touched:
        for m, name in enumerate(bands.measures):
            lower, upper = float(after.lower[t, m]), float(after.upper[t, m])
            slack = _WITHIN * float(after.scale[t, m])
            rows.append(
                (
                    ids[t], name, float(before.loads[t, m]), float(after.loads[t, m]), float(after.targets[t, m]),
                    lower if np.isfinite(lower) else None, upper if np.isfinite(upper) else None,
                    _judge(float(before.loads[t, m]), float(before.lower[t, m]), float(before.upper[t, m]), slack),
                    _judge(float(after.loads[t, m]), lower, upper, slack),
                )
            )  # fmt: skip
    return pl.DataFrame(rows, schema=_MEASURES_SCHEMA, orient="row")


def _judge(load: float, lower: float, upper: float, slack: float) -> str | None:
    if not (np.isfinite(lower) or np.isfinite(upper)):
        return None
    return "under" if load < lower - slack else "over" if load > upper + slack else "within"


def _tabulate_levels(grounds: Grounds, before: Standing, after: Standing) -> pl.DataFrame:
    def figures(standing: Standing) -> Mapping[str, float]:
        moves = count_moves(grounds, standing)
        outside = excess(standing)[:, grounds.statement.bands.binding]
        return {
            "violation": float(outside.sum()),
            **{grade: float(moves[grade]) for grade in reversed(GRADES)},
            "cost": max(standing.cost, 0.0),
        }

    was, becomes = figures(before), figures(after)
    return pl.DataFrame(
        {"level": list(was), "before": list(was.values()), "after": [becomes[name] for name in was]},
        schema={"level": pl.String, "before": pl.Float64, "after": pl.Float64},
    )


_MEASURES_SCHEMA = {
    "territory_id": pl.String,
    "measure": pl.String,
    **dict.fromkeys(["before", "after", "target", "lower", "upper"], pl.Float64),
    "status_before": pl.String,
    "status_after": pl.String,
}
