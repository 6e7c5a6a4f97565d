"""Killed -9 at any moment and begun again: the same end, and each write happened once.

``EVENHAND_N_KILLS=50 EVENHAND_N_MOVES=5000`` makes it as large as it is promised to be.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.contract.salesforce.moving import LAST, differs_from_plan, make_moves
from tests.contract.salesforce.server import serve

N_KILLS = int(os.environ.get("EVENHAND_N_KILLS", "3"))
N_MOVES = int(os.environ.get("EVENHAND_N_MOVES", "150"))
MOST_WRITES = 3 if N_KILLS > 10 else 20
CHILD = Path(__file__).with_name("pushing_child.py")


def run_killed(server, arguments, draw):
    """Run the child and kill it while one of its next requests, or one of its next writes, is on its way."""
    wants_write = draw.random() < 0.5
    left = draw.randrange(1, MOST_WRITES if wants_write else 60)
    child = None
    lock = threading.Lock()

    def kill(request):
        nonlocal left
        is_write = request.path.endswith("/composite/sobjects") or "/Soap/" in request.path
        with lock:
            left -= is_write or not wants_write
            if left <= 0 and child is not None and child.poll() is None:
                child.send_signal(signal.SIGKILL)

    server.before = kill
    child = subprocess.Popen([sys.executable, str(CHILD), *arguments], stderr=subprocess.PIPE)
    _, errors = child.communicate(timeout=600)
    server.before = None
    assert child.returncode in {0, -signal.SIGKILL}, errors.decode()
    return child.returncode


def run_whole(arguments):
    return subprocess.run([sys.executable, str(CHILD), *arguments], check=False).returncode


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", ["apply", "rollback"])
def test_a_push_that_is_killed_and_run_again_ends_the_same(tmp_path, mode):
    org, changes = make_moves(N_MOVES, n_seats=20)
    before, draw = org.picture(), random.Random(9)
    changes.write_parquet(tmp_path / "changes.parquet")
    with serve(org) as server:
        arguments = [server.url, str(tmp_path / "changes.parquet"), str(tmp_path / "journal.jsonl")]
        if mode == "rollback":
            assert run_whole([*arguments, "apply", str(LAST)]) == 0
            org.n_writes.clear()
        n_killed = 0
        for _ in range(N_KILLS):
            if run_killed(server, [*arguments, mode, str(LAST)], draw) == 0:
                break
            n_killed += 1
        print(f"{mode}: killed {n_killed} times, {org.n_requests} requests")
        assert n_killed >= min(N_KILLS, 3)
        assert run_whole([*arguments, mode, str(LAST)]) == 0
    assert {what: n for what, n in org.n_writes.items() if n > 1} == {}
    if mode == "apply":
        assert not differs_from_plan(org, changes, LAST)
    else:
        assert org.picture() == before
