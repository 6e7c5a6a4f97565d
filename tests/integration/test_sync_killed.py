"""A sync that is killed at any moment and started again ends as one that wasn't: same records, same book.

KILL_POINTS=50 kills it fifty times; CI does a few.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import Faults, Server, serve

from evenhand.adapters.sources.kept import KeptConnection
from evenhand.foundation.secret import Secret
from evenhand.wiring.connecting import fill_in, open_connections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

N_POINTS = int(os.environ.get("KILL_POINTS", "3"))
# Small pages, so that there are many moments between them.
RUN = """
import sys
from evenhand.adapters.sources.salesforce import bulk, reading
bulk.PAGE_ROWS, reading.BULK_ABOVE = 60, 100
reading._BATCH = {"Sforce-Query-Options": "batchSize=40"}
from evenhand.cli.main import run
sys.argv = ["evenhand", *sys.argv[1:]]
run()
"""
pytestmark = pytest.mark.timeout(60 + 30 * N_POINTS)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    org = fill(Org(), n_accounts=250, n_deals=600, n_territories=7)
    org.now += dt.timedelta(hours=1)
    with serve(org) as running:
        yield running


class Whole(NamedTuple):
    """What a sync that nothing disturbed left."""

    n_requests: int
    book: str
    tables: dict[str, pl.DataFrame]


def connect(home: Path, server: Server) -> None:
    connections = open_connections(home)
    said = {"address": server.url, "client_id": "client-id", "currency": "USD"}
    connections.save(fill_in(connections, "crm", "salesforce", said, {"client_secret": Secret("client-secret")}))


def start(home: Path) -> subprocess.Popen[str]:
    arguments = ["sync", "crm", "--to", str(home / "book"), "--home", str(home), "--format", "json"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def picture(home: Path) -> tuple[str, dict[str, pl.DataFrame]]:
    """Return the book's hash and every record kept."""
    kept = KeptConnection(home / "connections" / "crm")
    assert kept.plan() is None
    tables = {name: kept.table(name) for name in kept.state().objects}
    book = json.loads((home / "book" / "book.json").read_text())["content_hash"]
    return book, {name: table for name, table in tables.items() if table is not None}


def finish(home: Path) -> dict[str, Any]:
    child = start(home)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    said: dict[str, Any] = json.loads(out)
    return said


def kill_at(child: subprocess.Popen[str], server: Server, n_requests: int, seconds: float) -> bool:
    """Kill after so many requests and so many seconds more; False where it was done before."""
    seen = [0]
    reached = threading.Event()

    def count(request: Any) -> None:
        seen[0] += 1
        if seen[0] >= n_requests:
            reached.set()

    server.before = count
    try:
        while not reached.wait(0.02) and child.poll() is None:
            pass
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
        child.communicate()
        return child.returncode == -9
    finally:
        server.before = None


def check_same(home: Path, whole: Whole) -> None:
    book, tables = picture(home)
    assert book == whole.book
    assert set(tables) == set(whole.tables)
    for name, table in tables.items():
        assert table.equals(whole.tables[name]), name
    rest = {path.name.partition("-")[0] for path in (home / "connections" / "crm").iterdir()}
    assert rest <= {"connection.toml", "mapping.toml", "log.jsonl", "state.json", "tables", "source", ".lock"}


@pytest.fixture(scope="module")
def whole(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Sync without being disturbed."""
    home = tmp_path_factory.mktemp("whole")
    connect(home, server)
    said = finish(home)
    return Whole(said["n_requests"], *picture(home))


def test_killed_at_random_points_the_end_is_the_same(server: Server, whole: Whole, tmp_path: Path) -> None:
    draw = random.Random(int(os.environ.get("KILL_SEED", "1")))
    n_killed = n_homes = 0
    while n_killed < N_POINTS:
        home = tmp_path / f"home{n_homes}"
        n_homes += 1
        connect(home, server)
        for _ in range(4):  # several times within one sync
            # A third of them after the last request: while tables are put together and the book is made.
            is_late = draw.random() < 1 / 3
            at = whole.n_requests - 1 if is_late else draw.randrange(1, whole.n_requests)
            if not kill_at(start(home), server, at, draw.uniform(0.0, 0.8 if is_late else 0.03)):
                break
            n_killed += 1
            if n_killed == N_POINTS:
                break
        finish(home)
        check_same(home, whole)


def test_a_tenth_of_requests_going_wrong_ends_the_same(server: Server, whole: Whole, tmp_path: Path) -> None:
    connect(tmp_path / "faulty", server)
    server.faults = Faults(seed=3, share=0.1, kinds=("reset", "lost", "503", "429", "expired"))
    try:
        finish(tmp_path / "faulty")
        assert sum(server.faults.n_given.values()) > 5
    finally:
        server.faults = Faults()
    check_same(tmp_path / "faulty", whole)
    again = finish(tmp_path / "faulty")
    assert not again["is_changed"]
    assert "CN121" in [finding["code"] for finding in again["findings"]]
    check_same(tmp_path / "faulty", whole)
