"""The learned propensity on made accounts of which the truth is known: is it accepted, refused, right, fast?

``python benchmarks/bench_propensity.py [--runs 40]`` prints a row for each kind of made accounts.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time

import numpy as np
import polars as pl

from evenhand.book.book import Book
from evenhand.book.tables import TABLES
from evenhand.diagnose.propensity import learn_propensity
from evenhand.diagnose.windows import months_before
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
LEARNED = Policy.of({"potential": {"propensity": "learned"}})
N_QUARTERS = 8
KINDS = {
    "no signal, 600": (600, 0.3, 0.15, 0.15),
    "weak signal (20 % against 10 %), 600": (600, 0.3, 0.20, 0.10),
    "strong signal (50 % against 5 %), 600": (600, 0.3, 0.50, 0.05),
    "strong signal (50 % against 5 %), 3,000": (3000, 0.3, 0.50, 0.05),
}
"""Accounts; share with an open opportunity at a cut; chance to win of those with one, and of those without."""


def make_book(n: int, open_share: float, if_open: float, if_not: float, seed: int) -> tuple[Book, np.ndarray]:
    """Return a book of eight quarters, and every account's true chance in the quarter to come."""
    rng = np.random.default_rng(seed)
    frames = []
    is_open = np.zeros(n, bool)
    for back in range(N_QUARTERS, -1, -1):
        cut, until = months_before(AS_OF, 3 * back), months_before(AS_OF, 3 * max(back - 1, 0))
        is_open = rng.random(n) < open_share
        won = rng.random(n) < np.where(is_open, if_open, if_not)
        has_deal = is_open if back == 0 else is_open | won | (rng.random(n) < 0.1)
        account = np.flatnonzero(has_deal)
        before = rng.integers(5, 60, len(account))
        days = pl.DataFrame({"account": account, "before": before, "late": rng.integers(0, 60, len(account))})
        frames.append(
            days.select(
                account_id=pl.format("A{}", pl.col("account").cast(pl.String).str.zfill(6)),
                created_on=pl.when(pl.Series(is_open[account]))
                .then(pl.lit(cut) - pl.duration(days="before"))
                .otherwise(pl.lit(cut) + pl.duration(days=3))
                .cast(pl.Date),
                closed_on=(pl.lit(until) - pl.duration(days="late")).cast(pl.Date) if back else pl.lit(None, pl.Date),
                is_closed=pl.lit(value=back > 0),
                is_won=pl.Series(won[account]) if back else pl.lit(None, pl.Boolean),
                type=pl.lit("new"),
            )
        )
    deals = pl.concat(frames).with_row_index("row").with_columns(opportunity_id=pl.format("O{}", "row"))
    accounts = pl.DataFrame({"account_id": [f"A{i:06d}" for i in range(n)], "territory_id": "T1"})
    given = {"accounts": accounts, "opportunities": deals, "territories": pl.DataFrame({"territory_id": ["T1"]})}
    tables = {}
    for name, table in TABLES.items():
        frame = given.get(name, pl.DataFrame())
        rows = (
            pl.DataFrame(schema=table.schema)
            if not frame.height
            else frame.select(
                (pl.col(column) if column in frame.columns else pl.lit(None)).cast(dtype).alias(column)
                for column, dtype in table.schema.items()
            )
        )
        tables[name] = rows.sort(table.key or rows.columns, nulls_last=True)
    filled = {
        name: frozenset(c for c in frame.columns if frame[c].null_count() < frame.height)
        for name, frame in tables.items()
        if frame.height
    }
    return Book(AS_OF, "USD", tables, filled, str(seed)), np.where(is_open, if_open, if_not)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    n_runs = parser.parse_args().runs
    print("| made accounts | runs | accepted | mean distance of learned from true probability |\n|---|---|---|---|")
    for kind, (n, *shares) in KINDS.items():
        distances, started = [], time.perf_counter()
        for seed in range(n_runs):
            book, truth = make_book(n, *shares, seed=seed)
            found = learn_propensity(book, LEARNED)
            if found.is_accepted:
                distances.append(float(np.abs(found.accounts["propensity"].to_numpy() - truth).mean()))
        distance = f"{100 * np.mean(distances):.1f} points" if distances else "–"
        seconds = (time.perf_counter() - started) / n_runs
        print(f"| {kind} | {n_runs} | {len(distances)} | {distance} |  ({seconds:.2f} s a run)", flush=True)


if __name__ == "__main__":
    main()
