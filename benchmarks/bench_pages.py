"""How fast the workspace's pages are: server time at 100,000 accounts, and first paint on the demo's firm.

    python -m benchmarks.bench_pages fill DIR [--accounts N] [--territories T] [--database URL]
    python -m benchmarks.bench_pages serve DIR [--database URL] [--rounds N]
    python -m benchmarks.bench_pages paint [--rounds N]

`fill` makes a firm, admits it and solves two plans of it, as the worker does. `serve` starts the real thing, gunicorn
and all, asks for every page again and again as revenue operations, and prints what the server's own log says it took:
the first time (nothing kept in memory), the median and the 95th percentile after it. `paint` runs ``evenhand demo``
and opens its pages in Chromium, each in a browser without a cache.
"""

# ruff: noqa: PLC0415 - models can be imported once Django is set up, Playwright where there is one

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

WAIT_SECONDS = 600
QUERIES = {"books/<uuid:pk>/territory/": "?id={seat}", "books/<uuid:pk>/records/": "?of={seat}:verdict"}
BAR_MS, PAINT_BAR_MS = 200, 1000
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def fill(folder: Path, n_accounts: int, n_territories: int, database: str) -> None:
    """Make a firm, and bring it into a workspace with two plans."""
    export = folder / "export"
    os.environ |= {"EVENHAND_DATA": str(folder / "data"), "EVENHAND_DATABASE": database}
    os.environ["EVENHAND_SOURCES"] = str(folder)
    from evenhand.wiring import serving

    serving.prepare()
    from evenhand.adapters.store.models import Book, PlanRun, User
    from evenhand.app.question import Question
    from evenhand.app.sample import make_firm
    from evenhand.web.requesting import BookWish, ask_book, ask_plan
    from evenhand.wiring.admitting import admit_upload
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.planning import solve_run

    if not export.exists():
        connect_outside().write_firm(
            make_firm(n_accounts=n_accounts, n_territories=n_territories, seed=1), export, None
        )
    person = User.objects.get()
    asked = ask_book(person, BookWish(name="Large", server_path=str(export), currency="USD"))
    admit_upload(str(asked.pk))
    book = Book.objects.get(pk=asked.pk)
    print(f"book: {book.state} {book.problem}")
    for tolerance in (0.15, 0.2):
        run = ask_plan(person, book, Question({"bands.potential": tolerance}), f"Within {tolerance:.0%}")
        solve_run(str(run.pk))
        run = PlanRun.objects.get(pk=run.pk)
        print(f"plan: {run.state} {run.problem}")


def find_pages(database: str, data: Path) -> tuple[str, list[str]]:
    """Return a session of the administrator, and every page there is something to see on."""
    code = """
import json
from django.test import Client
from evenhand.wiring import serving
serving.prepare(with_administrator=False)
from evenhand.adapters.store.models import Book, PlanRun, User
from django.urls import get_resolver
client = Client()
person = User.objects.filter(role="revops").first()
client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
book = Book.objects.filter(state="done").first()
runs = [run for run in PlanRun.objects.filter(state="done") if run.has_plan][:2]
told = {"session": client.cookies["sessionid"].value, "book": str(book.pk), "runs": [str(run.pk) for run in runs]}
told["seat"] = book.summary["seats"][0]
def walk(patterns, before=""):
    for one in patterns:
        route = before + str(one.pattern)
        yield from walk(one.url_patterns, route) if hasattr(one, "url_patterns") else [route]
every = walk(get_resolver().url_patterns)
told["routes"] = sorted(route for route in every if not route.startswith(("accounts", "api")))
print(json.dumps(told))
"""
    environment = {**os.environ, "EVENHAND_DATA": str(data), "EVENHAND_DATABASE": database}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    pages = []
    for route in told["routes"]:
        if re.search(
            r"<str|<uuid:(?!pk)|cancel|share|revoke|progress|\.zip|studies/<|comments/<|/role|people/<|tokens/<", route
        ):
            continue
        pk = told["runs"][0] if route.startswith("plans/<") else told["book"]
        path = "/" + route.replace("<uuid:pk>", pk).replace("<slug:table>", "moves")
        if "<" not in path:
            pages.append(path + QUERIES.get(route, "").format(**told))
    pages.append(f"/compare/?plan={'&plan='.join(told['runs'])}")
    return told["session"], pages


def serve(folder: Path, database: str, n_rounds: int) -> int:
    """Ask the served workspace for every page, and print what each took."""
    data = folder / "data"
    session, pages = find_pages(database, data)
    port, log = 8642, folder / "serve.log"
    environment = {
        **os.environ,
        "EVENHAND_DATA": str(data),
        "EVENHAND_DATABASE": database,
        "EVENHAND_WEB_PROCESSES": "1",
    }
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "evenhand", "serve", "--no-worker", "--port", str(port)]
        web = subprocess.Popen(command, env=environment, stderr=stream, stdout=stream)
    try:
        _wait_for(log, "Open http", web)
        rows = [measure(port, session, path, log, n_rounds) for path in pages]
        rows = [row for row in rows if row["status"] < 300]  # forms' addresses and files that aren't there are no pages
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(60)
    return show(rows, "PostgreSQL" if database else "SQLite")


def measure(port: int, session: str, path: str, log: Path, n_rounds: int) -> dict[str, Any]:
    """Ask for a page; returns the server's times from its log in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    at, n_bytes, status = log.stat().st_size, 0, 0
    for _ in range(1 + n_rounds):
        connection.request("GET", path, headers={"Cookie": f"sessionid={session}", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        n_bytes, status = len(answer.read()), answer.status
    time.sleep(0.2)
    with log.open("rb") as stream:
        stream.seek(at)
        lines = [json.loads(line) for line in stream if b'"answered"' in line]
    took, worked = ([line[name] for line in lines] for name in ("ms", "cpu_ms"))
    return {
        "route": lines[0]["route"] or "/", "status": status, "first": took[0], "KB": n_bytes / 1000,
        "median": float(np.median(took[1:])), "p95": float(np.percentile(took[1:], 95)), "all": took[1:],
        "cpu": float(np.percentile(worked[1:], 95)), "all_cpu": worked[1:],
    }  # fmt: skip


def show(rows: list[dict[str, Any]], where: str) -> int:
    """Print the table; returns 1 where a page misses the bar."""
    print(f"\n{where}: server time in ms\n\n| page | first | median | p95 | CPU, p95 | KB |")
    print("|---|---:|---:|---:|---:|---:|")
    for row in rows:
        print(
            f"| `/{row['route'].strip('/')}` | {row['first']:.0f} | {row['median']:.0f} | {row['p95']:.0f} "
            f"| {row['cpu']:.0f} | {row['KB']:.0f} |"
        )
    every = [took for row in rows for took in row["all"]]
    worked = [took for row in rows for took in row["all_cpu"]]
    print(f"\nAll pages together: median {np.median(every):.0f} ms, 95th percentile {np.percentile(every, 95):.0f} ms;")
    print(f"of processor time median {np.median(worked):.0f} ms, 95th percentile {np.percentile(worked, 95):.0f} ms.")
    slow = [row["route"] for row in rows if row["p95"] >= BAR_MS]
    print(
        f"{len(rows) - len(slow)} of {len(rows)} pages under {BAR_MS} ms at the 95th percentile."
        + (f" Not: {', '.join(slow)}" if slow else "")
    )
    return bool(slow)


def paint(n_rounds: int) -> int:
    """Open the demo's pages in Chromium, and print when they first paint."""
    from playwright.sync_api import sync_playwright

    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "log"
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "evenhand", "demo", "--to", f"{home}/demo", "--port", "0"]
            demo = subprocess.Popen(command, stderr=stream, stdout=stream)
        try:
            link = _wait_for(log, r"http://\S+/sign-in/\S+", demo)
            address = "http://" + urlsplit(link).netloc
            with sync_playwright() as playwright:
                started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                context = started.new_context()
                page = context.new_page()
                page.goto(link)
                links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
                book = next(link for link in links if re.match(r"/books/[0-9a-f-]+/diagnosis/", link))
                plan = next(link for link in links if re.match(r"/plans/[0-9a-f-]+/", link))
                state, worst = context.storage_state(), 0.0
                print(
                    "\nFirst contentful paint in ms, nothing in the browser's cache\n\n"
                    "| page | median | slowest |\n|---|---:|---:|"
                )
                for name, path in (("front page", "/"), ("diagnosis", book), ("plan", plan), ("plans", "/plans/")):
                    took = []
                    for _ in range(n_rounds):
                        fresh = started.new_context(storage_state=state)
                        page = fresh.new_page()
                        page.goto(address + path)
                        # Not wait_for_function: it evaluates strings, which the pages' security policy forbids.
                        while (painted := page.evaluate(PAINT)) is None:
                            page.wait_for_timeout(5)
                        took.append(painted)
                        fresh.close()
                    worst = max(worst, *took)
                    print(f"| {name} | {np.median(took):.0f} | {max(took):.0f} |")
                started.close()
        finally:
            demo.terminate()
            demo.wait(60)
    return bool(worst >= PAINT_BAR_MS)


def _wait_for(log: Path, pattern: str, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(pattern, log.read_text("utf-8")):
            return found.group(0)
        time.sleep(0.2)
    raise SystemExit(log.read_text("utf-8"))


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=["fill", "serve", "paint"])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("bench-pages"))
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--territories", type=int, default=800)
    parser.add_argument("--database", default="")
    parser.add_argument("--rounds", type=int, default=30)
    said = parser.parse_args()
    if said.do == "fill":
        fill(said.folder.resolve(), said.accounts, said.territories, said.database)
        return 0
    if said.do == "serve":
        return serve(said.folder.resolve(), said.database, said.rounds)
    return paint(said.rounds)


if __name__ == "__main__":
    sys.exit(main())
