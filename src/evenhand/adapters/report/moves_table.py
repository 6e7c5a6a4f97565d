"""The moves as readers meet them: gravest first, with the reason, the evidence and what else was considered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.plan.plan import Plan

MOST_MOVES = 2_000
"""Longer tables make a page heavy and nobody reads them; the rest is in moves.csv."""

MOST_FLOWS = 100
GRADE_RANK = {"low": 0, "medium": 1, "high": 2}


@dataclass(frozen=True)
class MoveRow:
    """One account that moves."""

    account_id: str
    name: str
    from_territory: TerritoryName
    to_territory: TerritoryName
    grade: str
    grade_rank: int
    potential: float | None
    reason: str
    evidence: str
    alternative: str


@dataclass(frozen=True)
class FlowRow:
    """All accounts that go from one territory to another."""

    from_territory: TerritoryName
    to_territory: TerritoryName
    n_accounts: int
    n_high: int
    n_medium: int
    n_low: int
    potential: float


@dataclass(frozen=True)
class GradeRow:
    """The moves of one grade."""

    grade: str
    n_accounts: int
    share: float
    potential: float


def sort_moves(moves: pl.DataFrame) -> pl.DataFrame:
    """Sort moves as the page shows them: high before low, then the largest potential, then by id."""
    rank = pl.col("grade").replace_strict(GRADE_RANK, return_dtype=pl.Int8, default=-1)
    return moves.sort(rank, pl.col("potential"), pl.col("account_id"), descending=[True, True, False], nulls_last=True)


def move_rows(plan: Plan, names: TerritoryNames) -> list[MoveRow]:
    """Return the first `MOST_MOVES` moves."""
    columns = ("account_id", "name", "from_territory_id", "to_territory_id", "grade", "potential")
    texts = ("reason", "evidence", "alternative")
    rows = sort_moves(plan.moves).head(MOST_MOVES).select(*columns, *texts)
    return [
        MoveRow(
            account_id=row["account_id"],
            name=row["name"] or row["account_id"],
            from_territory=names[row["from_territory_id"]],
            to_territory=names[row["to_territory_id"]],
            grade=row["grade"],
            grade_rank=GRADE_RANK.get(row["grade"], -1),
            potential=row["potential"],
            reason=row["reason"] or "",
            evidence=_as_text(row["evidence"]),
            alternative=_as_text(row["alternative"]),
        )
        for row in rows.iter_rows(named=True)
    ]


def flow_rows(plan: Plan, names: TerritoryNames) -> tuple[list[FlowRow], int]:
    """Return the largest flows between territories, and how many there are in all."""
    flows = sum_flows(plan.moves)
    rows = [
        FlowRow(
            names[row["from_territory_id"]],
            names[row["to_territory_id"]],
            row["n_accounts"],
            row["high"],
            row["medium"],
            row["low"],
            row["potential"],
        )
        for row in flows.head(MOST_FLOWS).iter_rows(named=True)
    ]
    return rows, flows.height


def sum_flows(moves: pl.DataFrame) -> pl.DataFrame:
    """Add up the moves by pair of territories: accounts, accounts by grade, potential; the largest first."""
    return (
        moves.group_by("from_territory_id", "to_territory_id")
        .agg(
            pl.len().alias("n_accounts"),
            pl.col("potential").sort().sum(),
            *((pl.col("grade") == grade).sum().alias(grade) for grade in GRADE_RANK),
        )
        .sort("n_accounts", "potential", "from_territory_id", "to_territory_id", descending=[True, True, False, False])
    )


def grade_rows(plan: Plan) -> list[GradeRow]:
    """Return the moves by grade, the gravest first."""
    potential = {
        grade: float(amount)
        for grade, amount in plan.moves.group_by("grade").agg(pl.col("potential").sort().sum()).iter_rows()
    }
    return [
        GradeRow(
            grade,
            plan.moves_by_grade[grade],
            plan.moves_by_grade[grade] / plan.n_moves if plan.n_moves else 0.0,
            potential.get(grade, 0.0),
        )
        for grade in sorted(GRADE_RANK, key=lambda grade: -GRADE_RANK[grade])
    ]


def _as_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    return str(value or "")
