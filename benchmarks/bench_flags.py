"""How long the prices of flags take on a plan of a book folder, from the files on.

    evenhand sample export --accounts 50000 --territories 250 && evenhand admit export --to book
    evenhand plan book --to plan
    python benchmarks/bench_flags.py plan book

Prints one JSON line: wall and processor seconds of opening the plan, of the first flag, and of ten with their bundles.
The bar: under 5 s for a flag and under 20 s for ten, opening included.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from evenhand.app.policies import read_stored_policy
from evenhand.review.pricing import open_pricing
from evenhand.wiring.container import connect_outside

N_FLAGS = 10


def main() -> None:
    """Measure, on flags drawn by chance of the accounts that move: each is to stay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("book", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    outside, laps = connect_outside(), [(time.perf_counter(), time.process_time())]

    def lap() -> dict[str, float]:
        laps.append((time.perf_counter(), time.process_time()))
        (wall, cpu), (before, cpu_before) = laps[-1], laps[-2]
        return {"seconds": round(wall - before, 2), "processor_seconds": round(cpu - cpu_before, 2)}

    record, _ = outside.read_plan(given.plan)
    book = outside.read_book(given.book)
    pricing = open_pricing(record, book, read_stored_policy(record))
    opened = lap()
    moving = record.tables["moves"]["account_id"].to_numpy()
    accounts = np.random.default_rng(given.seed).choice(moving, min(N_FLAGS, len(moving)), replace=False).tolist()
    one = pricing.price(accounts[0], [f"lock:{accounts[0]}"])
    first = lap()
    prices, bundle = pricing.price_all({account: [f"lock:{account}"] for account in accounts})
    ten = lap()
    print(
        json.dumps(
            {
                "accounts": book.active_accounts.height,
                "moves": len(moving),
                "open": opened,
                "one_flag": first,
                "one_flag_from_files_seconds": round(opened["seconds"] + first["seconds"], 2),
                "ten_flags": ten,
                "ten_flags_from_files_seconds": round(opened["seconds"] + ten["seconds"], 2),
                "proven_least": sum(price.is_least for price in prices.values()),
                "in_bundle": len(bundle.steps),
                "first_price": one.words,
            }
        )
    )


if __name__ == "__main__":
    main()
