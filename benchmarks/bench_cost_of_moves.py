"""How often the intervals of the cost of a move hold the truth, over made firms of two years and six cycles.

``python -m benchmarks.bench_cost_of_moves --seeds 20``. Accounts to move are drawn by chance, the better ones likelier,
so that every grade has some: plans move hardly any of grade high, and what is judged here is the measuring.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

import evenhand as eh
from evenhand.app.sample.years import FirmOverTime, found_firm
from evenhand.measure.comparison import compare_moved
from evenhand.measure.cost import QUARTER_DAYS, pool_costs
from evenhand.measure.windows import ACTIVITIES, PIPELINE
from evenhand.plan.grades import GRADES, grade_accounts
from evenhand.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evenhand.book.book import Book
    from evenhand.measure.cost import MoveCost

BOOKS = tuple(
    dt.date(year, month, day)
    for year, month, day in (
        (2025, 3, 31), (2025, 6, 30), (2025, 9, 30), (2025, 12, 31), (2026, 3, 31), (2026, 6, 30), (2026, 9, 30),
    )
)  # fmt: skip
"""The books of two years on record: half a year before the first cycle, and six cycles."""

N_MOVES = {"low": 14, "medium": 14, "high": 10}
"""Accounts moved a cycle, of each grade."""


def draw_moves(book: Book, policy: Policy, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw accounts to move, the better ones likelier, and where to; return the moves and every account's grade."""
    graded = grade_accounts(book, policy).select("account_id", number="grade")
    accounts = graded.select("account_id", grade=pl.col("number").replace_strict(dict(enumerate(GRADES))))
    grades = accounts.join(
        book.active_accounts.select("account_id", "name", "territory_id", "potential"), on="account_id"
    )
    seats = sorted(book.active_accounts["territory_id"].unique())
    chosen = []
    for grade, n in N_MOVES.items():
        of_grade = grades.filter(pl.col("grade") == grade)
        weight = of_grade["potential"].to_numpy() ** 0.5
        n_moved = min(n, of_grade.height // 3)
        picked = rng.choice(of_grade.height, n_moved, replace=False, p=weight / weight.sum())
        chosen.append(of_grade[sorted(int(i) for i in picked)])
    moves = pl.concat(chosen)
    away = rng.integers(1, len(seats), moves.height)
    to = [
        seats[(seats.index(seat) + int(by)) % len(seats)] for seat, by in zip(moves["territory_id"], away, strict=True)
    ]
    return moves.with_columns(to_territory_id=pl.Series(to, dtype=pl.String)), accounts


def take_book(firm: FirmOverTime, folder: Path) -> Book:
    """Export the firm as it is today and admit the export."""
    at = folder / firm.today.isoformat()
    at.mkdir()
    for name, table in firm.export().items():
        table.write_csv(at / f"{name}.csv")
    book, findings = eh.admit(at, as_of=firm.today, currency="USD")
    if book is None:
        raise SystemExit("\n".join(finding.message for finding in findings))
    return book


def live_through(seed: int, policy: Policy, n_cycles: int = 6) -> tuple[tuple[MoveCost, ...], pl.DataFrame]:
    """Return what is measured over the cycles of a made firm, and the truth about each moved account."""
    rng, firm = np.random.default_rng([seed, 2]), found_firm(seed=seed, n_accounts=900, n_territories=16)
    firm.live_until(dt.date(2024, 12, 31))
    firm.live_until(BOOKS[0])
    cycles, ends = [], []
    with tempfile.TemporaryDirectory() as name:
        book = take_book(firm, Path(name))
        for day in BOOKS[1 : n_cycles + 1]:
            moves, grades = draw_moves(book, policy, rng)
            moved_on = book.as_of + dt.timedelta(days=1)
            firm.live_until(day, moves.to_dicts(), moved_on)
            after = take_book(firm, Path(name))
            cycles.append(compare_moved(moves, grades, book, after, moved_on, policy))
            ends.append((moved_on, (day - moved_on).days))
            book = after
    return pool_costs(cycles, policy), pl.DataFrame(firm.truth)


def find_truths(truth: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return what moving truly did in a quarter, by grade and outcome: of all that were to move, as planned."""
    rows = truth.group_by("grade").agg(pl.col("activities_a_day", "pipeline_cents_a_day").mean())
    found = {}
    for row in rows.iter_rows(named=True):
        found[row["grade"], ACTIVITIES] = QUARTER_DAYS * row["activities_a_day"]
        found[row["grade"], PIPELINE] = QUARTER_DAYS * row["pipeline_cents_a_day"]
    return found


def judge(seeds: Sequence[int], policy: Policy, n_cycles: int = 6) -> Iterator[dict[str, Any]]:
    """Yield a row for each seed, grade and outcome: what was found, the truth, and whether the interval holds it."""
    for seed in seeds:
        costs, truth = live_through(seed, policy, n_cycles)
        truths = find_truths(truth)
        for cost in costs:
            true = truths.get((cost.grade, cost.outcome))
            if true is None or cost.value is None or cost.low is None or cost.high is None:
                continue
            yield {
                "seed": seed, "grade": cost.grade, "outcome": cost.outcome, "n_moved": cost.n_moved,
                "found": cost.value, "low": cost.low, "high": cost.high, "truth": true,
                "covered": cost.low <= true <= cost.high, "placebo_quiet": cost.holds, "clear": cost.is_clear,
            }  # fmt: skip


def main() -> None:
    """Print how often the intervals hold the truth, and how often the placebo finds nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    rows = pl.DataFrame(list(judge(range(parser.parse_args().seeds), Policy())))
    told = rows.group_by("outcome", "grade").agg(
        pl.len().alias("firms"), pl.col("covered").mean(), pl.col("placebo_quiet").mean(), pl.col("clear").mean(),
        pl.col("truth").mean(), pl.col("found").mean(),
    ).sort("outcome", "grade")  # fmt: skip
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True):
        print(told)
        print(rows.select(pl.col("covered", "placebo_quiet").mean(), firms_and_figures=pl.len()))


if __name__ == "__main__":
    main()
