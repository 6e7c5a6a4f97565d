"""Whether the intervals of ramp and of expected attainment hold the truth as often as they say.

    OPENBLAS_NUM_THREADS=1 python benchmarks/bench_ramp.py

Makes firms of several sizes by seed, whose accounts in new hands start with 40 % of their opportunities and rise to all
of them in 120 days (36 days of normal business lost, see ``truth/model.json``), and prints: the share of 90 % intervals
of the days lost that hold 36 and of those of each month's share that hold its true one, the mean estimate, and the mean
width of the interval. For comparison the same with transfers on days drawn anew for accounts that stayed, where nothing
is lost. For expected attainment the last closed quarter is hidden, predicted from the others, and held against what
was sold: the share of seats whose 90 % interval holds it, and the correlation of prediction and outcome.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import evenhand as eh
from evenhand.app.sample.firm import make_firm
from evenhand.app.sample.ramp import LOST_DAYS, RAMP_DAYS, START_SHARE
from evenhand.plan.consequences import follow_moves
from evenhand.plan.make import state
from evenhand.plan.ramp import list_transfers
from evenhand.plan.ramp.productivity import measure_productivity
from evenhand.plan.ramp.records import read_records
from evenhand.policy import Policy

if TYPE_CHECKING:
    from evenhand.book.book import Book

SIZES = {"2,000 accounts": (2_000, 16), "5,000 accounts": (5_000, 40), "20,000 accounts": (20_000, 160)}
NORMAL_DAYS = RAMP_DAYS * (0.9 - START_SHARE) / (1 - START_SHARE)
"""The day on which the true share reaches 0.9, `ramp.normal_share`."""
FIRST_SEED = 1000


def admit(n_accounts: int, n_territories: int, seed: int) -> Book:
    """Make a firm and admit it."""
    firm = make_firm(n_accounts=n_accounts, n_territories=n_territories, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        for name, table in firm.tables.items():
            table.write_csv(Path(folder) / f"{name}.csv")
        book, _ = eh.admit(folder, currency="USD")
    if book is None:
        raise RuntimeError(seed)
    return book


def true_shares(ends: np.ndarray) -> np.ndarray:
    """Return the mean true share of each step: of a steady rise over its days."""
    days = np.arange(int(ends[-1]))
    share = np.minimum(START_SHARE + (1 - START_SHARE) * days / RAMP_DAYS, 1.0)
    return np.array([share[int(a) : int(b)].mean() for a, b in zip(np.append(0, ends[:-1]), ends, strict=True)])


def without_effect(book: Book, transfers: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Give as many accounts that stayed the days of the transfers, as if they had changed hands."""
    rng = np.random.default_rng(seed)
    stayed = book.accounts.join(transfers, on="account_id", how="anti").filter(pl.col("churned_on").is_null())
    n = min(transfers.height, stayed.height // 2)
    chosen = stayed["account_id"].gather(np.sort(rng.choice(stayed.height, n, replace=False)))
    moved = transfers.sample(n, seed=seed, shuffle=True)
    return moved.with_columns(account_id=chosen, until=pl.lit(book.as_of)).sort("account_id", "transferred_on")


def predict_last_quarter(book: Book, policy: Policy) -> pl.DataFrame:
    """Hide the last closed quarter and predict it: attainment_before, its limits, and what was attained."""
    last = book.quotas.filter(pl.col("attained_cents").is_not_null())["period_start"].max()
    is_last = pl.col("period_start") == last
    hidden = book.quotas.with_columns(attained_cents=pl.when(~is_last).then("attained_cents"))
    blind = dataclasses.replace(book, tables={**book.tables, "quotas": hidden})
    policy = policy.with_values({"quotas.effective_on": str(last)})
    statement = state(blind, policy)
    predicted = follow_moves(blind, policy, statement, statement.present).fairness.seats
    sold = book.quotas.filter(is_last).select("territory_id", sold=pl.col("attained_cents") / pl.col("amount_cents"))
    return predicted.join(sold, on="territory_id")


def judge(n_accounts: int, n_territories: int, seeds: range) -> dict[str, object]:
    """Judge the intervals over firms of a size."""
    policy = Policy()
    rows, steps, normal, calm, quarters, seconds = [], [], [], [], [], 0.0
    for seed in seeds:
        book = admit(n_accounts, n_territories, seed)
        start = time.perf_counter()
        transfers = list_transfers(book)
        measured = measure_productivity(read_records(book, transfers, policy), policy)
        seconds += time.perf_counter() - start
        if measured is None:
            continue
        truth = true_shares(measured.ends)
        rows.append((measured.lost_days, measured.lost_low, measured.lost_high, transfers.height))
        ends = (measured.normal_low, measured.normal_days, measured.normal_high)
        normal.append([np.inf if day is None else day for day in ends])
        steps.append((measured.low <= truth) & (truth <= measured.high))
        nothing = measure_productivity(read_records(book, without_effect(book, transfers, seed), policy), policy)
        if nothing is not None:
            calm.append((nothing.lost_days, nothing.lost_low, nothing.lost_high))
        quarters.append(predict_last_quarter(book, policy))
    lost, low, high, n = np.array(rows).T
    still, still_low, still_high = np.array(calm).T
    earliest, middle, latest = np.array(normal).T
    seats = pl.concat(quarters)
    held = seats.select(
        (pl.col("attainment_before_low") <= pl.col("sold")) & (pl.col("sold") <= pl.col("attainment_before_high"))
    ).to_series()
    return {
        "firms": len(rows),
        "transfers": round(float(n.mean())),
        "seconds_a_firm": round(seconds / len(rows), 2),
        "lost_days_true": LOST_DAYS,
        "lost_days_mean": round(float(lost.mean()), 1),
        "lost_days_sd": round(float(lost.std(ddof=1)), 1),
        "lost_days_width": round(float((high - low).mean()), 1),
        "lost_days_coverage": round(float(np.mean((low <= LOST_DAYS) & (high >= LOST_DAYS))), 3),
        "month_coverage": round(float(np.mean(steps)), 3),
        "normal_days_true": NORMAL_DAYS,
        "normal_days_median": round(float(np.median(middle)), 1),
        "normal_days_coverage": round(float(np.mean((earliest <= NORMAL_DAYS) & (latest >= NORMAL_DAYS))), 3),
        "nothing_lost_mean": round(float(still.mean()), 1),
        "nothing_lost_coverage": round(float(np.mean((still_low <= 0) & (still_high >= 0))), 3),
        "attainment_coverage": round(float(held.mean()), 3),
        "attainment_correlation": round(float(np.corrcoef(seats["attainment_before"], seats["sold"])[0, 1]), 3),
    }


def main() -> None:
    """Run every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for name in arguments.sizes:
        print(json.dumps({"size": name, **judge(*SIZES[name], seeds)}), flush=True)


if __name__ == "__main__":
    main()
