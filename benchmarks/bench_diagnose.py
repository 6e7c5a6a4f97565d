"""How long the diagnosis takes, and how much memory, by size.

    python benchmarks/bench_diagnose.py --accounts 100000 --opportunities 1000000 --territories 1000

The firm is drawn from a seed: skewed potentials, coordinates, deals over three years, eight quarters of quotas, reps
with coverage and changes of territory. Prints one JSON line a size.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import time
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.book.book import Book
from evenhand.book.tables import TABLES
from evenhand.diagnose import diagnose
from evenhand.policy import Policy

if TYPE_CHECKING:
    from numpy.typing import NDArray

AS_OF = dt.date(2026, 9, 30)
QUARTERS = 8


def draw_book(n_accounts: int, n_opportunities: int, n_territories: int, seed: int) -> Book:
    """Draw a firm as a book, without admitting it."""
    rng = np.random.default_rng(seed)
    seats = np.array([f"T{i:05}" for i in range(n_territories)])
    account_ids = np.array([f"A{i:07}" for i in range(n_accounts)])
    quarter_starts = [dt.date(2024 + (9 + 3 * q) // 12, (9 + 3 * q) % 12 + 1, 1) for q in range(QUARTERS)]
    quarter_ends = [start - dt.timedelta(days=1) for start in [*quarter_starts[1:], dt.date(2026, 10, 1)]]

    def ago(n: int, low: int, high: int) -> pl.Series:
        return pl.Series(np.full(n, np.datetime64(AS_OF)) - rng.integers(low, high, n))

    account_seat = rng.integers(0, n_territories, n_accounts)
    opportunity_account = rng.integers(0, n_accounts, n_opportunities)
    # One deal in ten was another rep's.
    by_other = rng.random(n_opportunities) < 0.1
    neighbour = (account_seat[opportunity_account] + rng.integers(1, 4, n_opportunities)) % n_territories
    opportunity_rep = np.where(by_other, neighbour, account_seat[opportunity_account])
    is_closed = rng.random(n_opportunities) < 0.8
    created: NDArray[np.int64] = rng.integers(0, 1000, n_opportunities)
    tables = {
        "accounts": pl.DataFrame(
            {
                "account_id": account_ids,
                "territory_id": seats[account_seat],
                "vertical": rng.choice(["health", "retail", "energy", "public"], n_accounts),
                "region": rng.choice(["North", "South", "East", "West"], n_accounts),
                "annual_revenue_cents": (rng.lognormal(16, 1.5, n_accounts) * 100).astype(np.int64),
                "tier": rng.choice(["A", "B", "C"], n_accounts, p=[0.1, 0.3, 0.6]),
                "latitude": rng.uniform(30, 48, n_accounts),
                "longitude": rng.uniform(-120, -75, n_accounts),
                "expansion_potential": rng.random(n_accounts),
                "created_on": ago(n_accounts, 0, 2000),
            }
        ),
        "territories": pl.DataFrame({"territory_id": seats}),
        "reps": pl.DataFrame(
            {"rep_id": [f"R{i:05}" for i in range(n_territories)], "hired_on": ago(n_territories, 30, 3000)}
        ),
        "coverage": pl.DataFrame(
            {
                "rep_id": [f"R{i:05}" for i in range(n_territories)],
                "territory_id": seats,
                "starts_on": ago(n_territories, 10, 800),
            }
        ),
        "opportunities": pl.DataFrame(
            {
                "opportunity_id": [f"O{i:08}" for i in range(n_opportunities)],
                "account_id": account_ids[opportunity_account],
                "rep_id": np.array([f"R{i:05}" for i in range(n_territories)])[opportunity_rep],
                "amount_cents": (rng.lognormal(10, 1, n_opportunities) * 100).astype(np.int64),
                "created_on": np.datetime64(AS_OF) - created,
                "closed_on": np.datetime64(AS_OF) - (created * rng.random(n_opportunities)).astype(np.int64),
                "is_closed": is_closed,
                "is_won": is_closed & (rng.random(n_opportunities) < 0.25),
                "stage_number": rng.integers(1, 6, n_opportunities),
            }
        ),
        "quotas": pl.DataFrame(
            {
                "territory_id": np.repeat(seats, QUARTERS),
                "period_start": quarter_starts * n_territories,
                "period_end": quarter_ends * n_territories,
                "amount_cents": np.full(n_territories * QUARTERS, 50_000_000),
                "attained_cents": (rng.normal(1, 0.25, n_territories * QUARTERS).clip(0) * 50_000_000).astype(np.int64),
            }
        ),
    }
    return _complete(tables)


def _complete(tables: dict[str, pl.DataFrame]) -> Book:
    frames = {
        name: tables[name].select(
            (pl.col(column) if column in tables[name].columns else pl.lit(None)).cast(dtype).alias(column)
            for column, dtype in table.schema.items()
        )
        if name in tables
        else pl.DataFrame(schema=table.schema)
        for name, table in TABLES.items()
    }
    given = {name: frozenset(frame.columns) for name, frame in tables.items()}
    return Book(AS_OF, "USD", frames, given, "drawn")


def main() -> None:
    """Time one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--opportunities", type=int, default=1_000_000)
    parser.add_argument("--territories", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    size = parser.parse_args()
    book = draw_book(size.accounts, size.opportunities, size.territories, size.seed)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu_start = time.perf_counter(), time.process_time()
    diagnosis = diagnose(book, Policy())
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    after_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                **vars(size),
                "seconds": round(seconds, 2),
                "cpu_seconds": round(cpu_seconds, 2),
                "peak_gib": round(after_kib / 2**20, 2),
                "peak_gib_before": round(before_kib / 2**20, 2),
                "conclusion": diagnosis.conclusion,
            }
        )
    )


if __name__ == "__main__":
    main()
