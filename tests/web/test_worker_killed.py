"""A worker is killed in the middle of a solve, for real: the job goes on and ends once, with the plan of any other."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ASK = """
import sys
from evenhand.wiring import serving
serving.prepare()
from evenhand.adapters.store.models import User
from evenhand.app.question import Question
from evenhand.web.requesting import BookWish, ask_book, ask_plan
from evenhand.adapters.store.models import Book
user = User.objects.get()
if sys.argv[1] == "book":
    ask_book(user, BookWish(name="Q4", server_path=sys.argv[2], currency="USD"))
else:
    ask_plan(user, Book.objects.get(), Question({"bands.potential": 0.1}), "Tight")
"""
PATIENCE_SECONDS = 240
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a workspace of its own, on SQLite, with a firm whose plan takes a while."""
    from evenhand.app.sample import make_firm
    from evenhand.wiring.container import connect_outside

    export = tmp_path / "sources" / "export"
    connect_outside().write_firm(make_firm(n_accounts=600, n_territories=12, seed=5), export, None)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")},
        "EVENHAND_DATA": str(tmp_path / "data"),
        "EVENHAND_SOURCES": str(export.parent),
        "EVENHAND_STALE_SECONDS": "3",
        "EXPORT": str(export),
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return environment


def ask(home: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "-c", ASK, *arguments], env=home, check=True, timeout=PATIENCE_SECONDS)


def start_worker(home: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "evenhand", "worker", *options], env=home)


def look(home: dict[str, str], table: str) -> dict[str, Any]:
    with sqlite3.connect(f"file:{home['EVENHAND_DATA']}/workspace.sqlite3?mode=ro", uri=True, timeout=30) as store:
        store.row_factory = sqlite3.Row
        row = dict(store.execute(f"select * from {table}").fetchone())
    store.close()
    return row


def wait_until(home: dict[str, str], worker: subprocess.Popen[bytes], table: str, is_so: Any) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        row = look(home, table)
        if is_so(row):
            return row
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.05)
    pytest.fail(f"nothing came of it: {look(home, table)}")


def events(home: dict[str, str], job: str) -> list[str]:
    with sqlite3.connect(f"file:{home['EVENHAND_DATA']}/workspace.sqlite3?mode=ro", uri=True) as store:
        rows = store.execute("select action, subject_id from store_auditevent order by id").fetchall()
    store.close()
    return [action for action, subject in rows if subject.replace("-", "") == job.replace("-", "")]


def test_the_job_goes_on_and_ends_once(home: dict[str, str]) -> None:
    ask(home, "book", home["EXPORT"])
    assert start_worker(home, "--until-empty").wait(PATIENCE_SECONDS) == 0
    assert look(home, "store_book")["state"] == "done", look(home, "store_book")["problem"]
    ask(home, "plan")

    first = start_worker(home)
    try:
        solving = wait_until(
            home, first, "store_planrun", lambda run: run["state"] == "running" and "stage" in run["progress"]
        )
        os.kill(first.pid, signal.SIGKILL)
    finally:
        first.kill()
        first.wait()
    left = look(home, "store_planrun")
    assert (left["state"], left["attempt"]) == ("running", 1), "it was killed in the middle"
    assert not list(Path(home["EVENHAND_DATA"], "plans").glob("[!.]*"))

    second = start_worker(home)
    try:
        ended = wait_until(home, second, "store_planrun", lambda run: run["state"] not in {"running", "waiting"})
        second.terminate()
        assert second.wait(20) == 0
    finally:
        second.kill()
        second.wait()
    assert (ended["state"], ended["attempt"]) == ("done", 2), ended["problem"]
    assert events(home, solving["id"]) == ["plan_run.asked", "planrun.put_back", "planrun.done"]
    folder = Path(home["EVENHAND_DATA"], "plans", ended["folder"])
    book = Path(home["EVENHAND_DATA"], "books", look(home, "store_book")["content_hash"])
    check = [sys.executable, "-m", "evenhand", "check", str(folder), "--book", str(book)]
    assert subprocess.run(check, env=home, capture_output=True, timeout=PATIENCE_SECONDS, check=False).returncode == 0
    assert json.loads(ended["summary"])["n_moves"] > 0


def test_a_worker_told_to_stop_gives_the_job_back_at_once(home: dict[str, str]) -> None:
    ask(home, "book", home["EXPORT"])
    assert start_worker(home, "--until-empty").wait(PATIENCE_SECONDS) == 0
    ask(home, "plan")
    worker = start_worker(home)
    try:
        wait_until(home, worker, "store_planrun", lambda run: run["state"] == "running" and "stage" in run["progress"])
        worker.terminate()
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        worker.wait()
    left = look(home, "store_planrun")
    assert (left["state"], left["attempt"]) == ("waiting", 0)
