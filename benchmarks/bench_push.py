"""Time of pushing a change set: dry run, writing, and taking it back, with the requests each takes.

Run from the project's root: ``python -m benchmarks.bench_push [--moves N] [--seats N]``. The org is the fake one of the
contract tests, in a process of its own, over real HTTP on loopback; its own time is part of what is measured.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.contract.salesforce.moving import LAST, differs_from_plan, make_moves
from tests.contract.salesforce.server import serve

from evenhand.adapters.sources.journal import FileJournal
from evenhand.adapters.sources.salesforce.writing import open_target
from evenhand.app.push.modes import Mode
from evenhand.app.push.pushing import push_changes
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run_org(pipe: Connection, n_moves: int, n_seats: int) -> None:
    """Run the org until told to end, and say what the push came to."""
    org, changes = make_moves(n_moves, n_seats=n_seats)
    before = org.picture()
    with serve(org) as server:
        pipe.send((server.url, changes))
        while pipe.recv() == "look":
            n_wrong, is_as_before = len(differs_from_plan(org, changes, LAST)), org.picture() == before
            pipe.send((n_wrong, is_as_before, max(org.n_writes.values(), default=0)))


def main() -> None:
    """Measure it and print the figures as JSON, a line a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=5000)
    parser.add_argument("--seats", type=int, default=100)
    asked = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_org, args=(theirs, asked.moves, asked.seats))
    process.start()
    url, changes = ours.recv()
    said = {"address": url, "client_id": "client-id"}
    with tempfile.TemporaryDirectory() as folder, FileJournal(Path(folder) / "journal.jsonl") as journal:
        for mode in (Mode.PREVIEW, Mode.APPLY, Mode.BACK):
            target = open_target(said, {"client_secret": Secret("client-secret")})
            began = time.monotonic()
            pushed = push_changes(target, journal, changes, mode, until=LAST, now=lambda: dt.datetime.now(dt.UTC))
            seconds = time.monotonic() - began
            target.close()
            ours.send("look")
            n_wrong, is_as_before, n_most = ours.recv()
            figures = {
                "mode": str(mode), "n_moves": asked.moves, "n_writes": len(pushed.writes), "is_clean": pushed.is_clean,
                "seconds": round(seconds, 2), "n_requests": pushed.n_requests, "n_not_as_planned": n_wrong,
                "is_as_before": is_as_before, "most_writes_of_a_value": n_most,
                "journal_mb": round(journal.path.stat().st_size / 1e6, 1),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }  # fmt: skip
            print(json.dumps(figures))
    ours.send("end")
    process.join()


if __name__ == "__main__":
    main()
