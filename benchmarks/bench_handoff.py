"""How long all letters, briefs and lists of a handoff take.

    evenhand sample export --accounts 20000 --territories 40 --seed 3 && evenhand admit export --to book
    evenhand plan book --to plan --seconds 60 --event 'layoff:territories=T01;T05;T09;T13;T17;T21;T25;T29;T33;T37'
    python -m benchmarks.bench_handoff plan book --keep benchmarks/results/scenarios.json
    python -m benchmarks.timings

Prints one JSON line: wall and processor seconds, the largest memory, and how much was written.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.bench_scenarios import keep
from evenhand.app.handoff import hand_over
from evenhand.wiring.container import connect_outside


def time_handoff(plan: Path, book: Path) -> dict[str, Any]:
    """Write everything of a handoff into a folder that is thrown away."""
    load = os.getloadavg()[0]
    started, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        made = hand_over(connect_outside(), plan, book, to=Path(folder) / "handoff")
        seconds, processor_seconds = time.perf_counter() - started, time.process_time() - processor
        n_files = sum(path.is_file() for path in Path(folder).rglob("*"))
    outside = connect_outside().read_book(book)
    return {
        "what": "handoff",
        "accounts": outside.active_accounts.height,
        "seats": outside.seats.height,
        "moves": made.n_briefs,
        "letters": len(made.letters),
        "deals": made.handoff.ledger.height,
        "files": n_files,
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor_seconds, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="folder of the plan")
    parser.add_argument("book", type=Path, help="folder of the book it was made from")
    parser.add_argument("--keep", type=Path, help="a JSON file to put the line into")
    chosen = parser.parse_args()
    line = time_handoff(chosen.plan, chosen.book)
    print(json.dumps(line))
    if chosen.keep is not None:
        keep(chosen.keep, line)


if __name__ == "__main__":
    main()
