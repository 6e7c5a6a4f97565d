"""Time and memory of syncing a large org: everything the first time, then a day's changes, then the book.

Run from the project's root: ``python -m benchmarks.bench_sync --keep benchmarks/results/scenarios.json``. The org is
the fake one of the contract tests, in a process of its own, over real HTTP on loopback; its own time is part of what
is measured.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import serve

from benchmarks.bench_scenarios import keep
from evenhand.foundation.secret import Secret
from evenhand.wiring.connecting import fill_in, open_connections

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def run_org(pipe: Connection, n_accounts: int, n_deals: int) -> None:
    """Run the org until told to end; change a hundredth of it when told to."""
    org = fill(Org(), n_accounts, n_deals, n_territories=max(2, n_accounts // 400))
    org.now += dt.timedelta(hours=1)
    with serve(org) as server:
        pipe.send(server.url)
        while pipe.recv() == "change":
            org.now += dt.timedelta(days=1)
            for record in list(org.tables["Opportunity"])[: n_deals // 100]:
                org.update("Opportunity", record, {"Amount": 4711.0})
            for record in list(org.tables["Account"])[: n_accounts // 1000]:
                org.delete("Account", record)
            org.now += dt.timedelta(hours=1)
            pipe.send("changed")


def sync(home: Path, book: str) -> dict[str, Any]:
    """Run the command in a process of its own, and return what it said with its time and memory."""
    began = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(
        [sys.executable, "-m", "evenhand", "sync", "crm", "--home", str(home), "--format", "json"]
        + (["--to", str(home / book)] if book else []),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": time.monotonic() - began, "most_mib": max(before, after) / 1024, **said}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--deals", type=int, default=500_000)
    parser.add_argument("--keep", type=Path, help="a JSON file to put the line into")
    said = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    org = multiprocessing.get_context("spawn").Process(target=run_org, args=(there, said.accounts, said.deals))
    org.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            home, connections = Path(folder), open_connections(Path(folder))
            settings = {"address": here.recv(), "client_id": "client-id", "currency": "USD"}
            secrets = {"client_secret": Secret("client-secret")}
            connections.save(fill_in(connections, "crm", "salesforce", settings, secrets))
            load = os.getloadavg()[0]
            steps: dict[str, dict[str, Any]] = {}
            for what, book in (("everything", ""), ("nothing", ""), ("changes", ""), ("book", "book")):
                if what == "changes":
                    here.send("change")
                    here.recv()
                steps[what] = sync(home, book)
                print(what, round(steps[what]["seconds"], 1), flush=True)
            whole = steps["everything"]
            line = {
                "what": "sync",
                "accounts": said.accounts,
                "seats": max(2, said.accounts // 400),
                "deals": said.deals,
                "records": sum(one["n_read"] for one in whole["objects"]),
                "requests": whole["n_requests"],
                "seconds": round(whole["seconds"], 1),
                "nothing_seconds": round(steps["nothing"]["seconds"], 1),
                "changes": sum(one["n_read"] + one["n_deleted"] for one in steps["changes"]["objects"]),
                "changes_seconds": round(steps["changes"]["seconds"], 1),
                "book_seconds": round(steps["book"]["seconds"], 1),
                "peak_mib": round(max(step["most_mib"] for step in steps.values())),
                "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
            }
            print(json.dumps(line))
            if said.keep is not None:
                keep(said.keep, line)
            here.send("end")
    finally:
        org.join(10)
        org.terminate()


if __name__ == "__main__":
    main()
