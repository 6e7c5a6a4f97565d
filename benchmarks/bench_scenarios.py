"""How long three scenarios, a frontier and an edit by hand take, on a book folder.

    evenhand sample export --accounts 50000 --territories 100 && evenhand admit export --to book
    python -m benchmarks.bench_scenarios book --what scenarios edit --keep benchmarks/results/scenarios.json
    python -m benchmarks.timings

Prints one JSON line for each thing measured: wall and processor seconds, and the plans that came out. For edits the
median, the 95th of a hundred and the slowest of so many drawn from a seed, in milliseconds, each with its breaks and
its cheapest repair. `--keep` puts the lines into a file, in place of older ones of the same thing and size, with what
they were measured on; `benchmarks.timings` makes the page of the documentation from it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import evenhand as eh
from benchmarks.machine import describe
from evenhand.plan.edits import move
from evenhand.plan.edits.draft import open_draft
from evenhand.plan.frontier import trace_frontier
from evenhand.plan.scenarios import Scenario, solve_scenarios
from evenhand.plan.solver import Stop

if TYPE_CHECKING:
    from evenhand.book.book import Book
    from evenhand.policy import Policy

N_THREADS = 2
N_EDITS = 200
N_WARM = 5
"""Edits that aren't counted, so that what is compiled once is there."""


def time_scenarios(book: Book, policy: Policy, stop: Stop | None) -> dict[str, Any]:
    """Solve the policy as agreed, a narrower band and a rep who leaves."""
    leaving = book.seats["territory_id"][0]
    scenarios = [
        Scenario("narrow", {"bands": {"potential": 0.10}}),
        Scenario("rep-left", events=(f"rep-left:territory={leaving}",)),
    ]
    with ThreadPoolExecutor(N_THREADS) as executor:
        solved = solve_scenarios(book, policy, scenarios, stop=stop, executor=executor, n_side_by_side=N_THREADS)
    return {
        one.scenario.name: {
            "status": one.plan.status,
            "moves": one.plan.n_moves,
            "gap": one.plan.gap if np.isfinite(one.plan.gap) else None,
        }
        for one in solved
    }


def time_frontier(book: Book, policy: Policy, stop: Stop | None) -> dict[str, Any]:
    """Trace the policy's tolerances."""
    with ThreadPoolExecutor(N_THREADS) as executor:
        frontier = trace_frontier(book, policy, stop=stop, executor=executor)
    return {
        "moves": frontier.points["n_moves"].to_list(),
        "recommended": frontier.recommendation.tolerance_share,
        "n_proven": frontier.n_proven,
    }


def time_edits(book: Book, policy: Policy, stop: Stop | None) -> dict[str, Any]:
    """Preview edits drawn by chance on a plan."""
    made = eh.plan(book, policy, stop=stop)
    started = time.perf_counter()
    draft = open_draft(made, book, policy)
    opened = time.perf_counter() - started
    rng = np.random.default_rng(0)
    accounts = book.active_accounts["account_id"]
    seats = book.seats["territory_id"]
    seconds, worked, n_mended = [], [], 0
    for number in range(N_WARM + N_EDITS):
        edit = move(accounts[int(rng.integers(len(accounts)))], seats[int(rng.integers(len(seats)))])
        started, before = time.perf_counter(), time.process_time()
        consequence = draft.preview(edit)
        if number < N_WARM:
            continue
        seconds.append(time.perf_counter() - started)
        worked.append(time.process_time() - before)
        n_mended += consequence.suggestion is not None
    return {
        "open_seconds": round(opened, 2),
        "median_ms": round(1000 * statistics.median(seconds), 1),
        "p95_ms": round(1000 * statistics.quantiles(seconds, n=20)[-1], 1),
        "slowest_ms": round(1000 * max(seconds), 1),
        "n_edits": N_EDITS,
        "median_processor_ms": round(1000 * statistics.median(worked), 1),
        "p95_processor_ms": round(1000 * statistics.quantiles(worked, n=20)[-1], 1),
        "slowest_processor_ms": round(1000 * max(worked), 1),
        "n_with_a_repair": n_mended,
    }


MEASURED = {"scenarios": time_scenarios, "frontier": time_frontier, "edit": time_edits}


def main() -> None:
    """Measure what is asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--what", nargs="+", choices=MEASURED, default=["scenarios", "edit"])
    parser.add_argument("--gap", type=float, help="instead of the policy's solve.gap")
    parser.add_argument("--seconds", type=float, help="stop each solve after so long")
    parser.add_argument("--keep", type=Path, help="a JSON file to put the lines into")
    chosen = parser.parse_args()
    book, policy = eh.read_book(chosen.book), eh.Policy()
    gap = policy.solve.gap if chosen.gap is None else chosen.gap
    stop = Stop(gap=gap, seconds=chosen.seconds)
    for what in chosen.what:
        load = os.getloadavg()[0]
        started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        found = MEASURED[what](book, policy, stop)
        used = resource.getrusage(resource.RUSAGE_SELF)
        line = {
            "what": what,
            "accounts": book.active_accounts.height,
            "seats": book.seats.height,
            "seconds": round(time.perf_counter() - started, 1),
            "processor_seconds": round(used.ru_utime - before.ru_utime, 1),
            "peak_mib": used.ru_maxrss // 1024,
            "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
            **found,
        }
        print(json.dumps(line))
        if chosen.keep is not None:
            keep(chosen.keep, line)


def keep(file: Path, line: dict[str, Any]) -> None:
    """Put a line into a file of lines, in place of the one of the same thing and size."""
    kept = json.loads(file.read_text("utf-8")) if file.exists() else []
    key = (line["what"], line["accounts"])
    kept = [old for old in kept if (old["what"], old["accounts"]) != key]
    kept.append({**line, "machine": describe()})
    kept.sort(key=lambda old: (old["what"], old["accounts"]))
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
