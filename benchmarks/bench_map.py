"""How long the workspace's map takes with many accounts, in Chromium: until it is drawn, and a frame as it moves.

    python benchmarks/bench_map.py [--accounts 100000] [--territories 250]

Makes a firm, admits it into a workspace of its own, serves that, and opens the map of the book twice: the first time
the server draws the outlines of the territories. No graphics card is used.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "twelve geese over the marsh"
PATIENCE_SECONDS = 300
FILL = """
import sys
from evenhand.wiring.serving import prepare
prepare(with_administrator=False)
from evenhand.adapters.store.models import Book, User
from evenhand.web.requesting import BookWish, ask_book
from evenhand.wiring.admitting import admit_upload
person = User.objects.create_user("ada@firm.example", sys.argv[2], role="revops", name="Ada")
book = ask_book(person, BookWish(name="Q4", server_path=sys.argv[1], currency="USD"))
admit_upload(str(book.pk))
print(book.pk)
"""
FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const next = () => {
    const now = performance.now();
    window.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}"""


@contextmanager
def serve(home: Path, n_accounts: int, n_territories: int) -> Iterator[tuple[str, str]]:
    """Serve a workspace with one book; give its address and the book's id."""
    from evenhand.app.sample import make_firm  # noqa: PLC0415 - the help text is quick
    from evenhand.wiring.container import connect_outside  # noqa: PLC0415

    connect_outside().write_firm(
        make_firm(n_accounts=n_accounts, n_territories=n_territories, seed=3), home / "export", None
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(home / "data"), "EVENHAND_SOURCES": str(home), "EVENHAND_WEB_PROCESSES": "1"}
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(home / "export"), PASSWORD],
        env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    with (home / "log").open("wb") as log:
        web = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve", "--no-worker", "--port", str(port)],
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", filled.stdout.split()[-1]
        finally:
            web.terminate()
            web.wait(60)


def middle_and_tail(values: list[float]) -> str:
    """Say the median and the 95th percentile of milliseconds."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:.0f} ms, 95 %: {ordered[int(0.95 * (len(ordered) - 1))]:.0f} ms"


def measure(page: Any, address: str, book: str) -> list[tuple[str, str]]:
    """Open the map, move it and filter it."""
    rows = []
    for name in ("first time", "again"):
        page.goto(f"{address}/books/{book}/map/")
        page.wait_for_selector("#map[data-drawn]")
        drawn_ms = page.evaluate("performance.getEntriesByName('evenhand-map-drawn')[0].startTime")
        rows.append((f"until drawn, {name}", f"{drawn_ms / 1000:.2f} s"))
    points = page.evaluate(
        "(() => { const one = performance.getEntriesByType('resource').find(e => e.name.endsWith('/points'));"
        "return [one.duration, one.transferSize] })()"
    )
    rows.append(("of it the points", f"{points[0]:.0f} ms, {points[1] / 1e6:.1f} MB"))
    page.wait_for_timeout(500)
    page.evaluate(FRAMES)
    box = page.locator(".map-stage").bounding_box()
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(left, top)
    page.mouse.down()
    page.evaluate("window.frames_ms.length = 0")
    for step in range(90):
        page.mouse.move(left + 3 * step, top + step)
    rows.append(("a frame while it is dragged", middle_and_tail(page.evaluate("window.frames_ms"))))
    page.mouse.up()
    page.evaluate("window.frames_ms.length = 0")
    for step in range(40):
        page.mouse.wheel(0, -30 if step < 20 else 30)
    rows.append(("a frame while it is zoomed", middle_and_tail(page.evaluate("window.frames_ms"))))
    paints = page.evaluate(
        "Array.from({length: 20}, () => { const at = performance.now(); evenhandMap.painter.drawPoints();"
        "return performance.now() - at })"
    )
    rows.append(("of it painting the points", middle_and_tail(paints)))
    filters = page.evaluate(
        "Array.from({length: 10}, () => { const at = performance.now(); evenhandMap.filter();"
        "return performance.now() - at })"
    )
    rows.append(("applying a filter", middle_and_tail(filters)))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--territories", type=int, default=250)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with (
        tempfile.TemporaryDirectory() as home,
        serve(Path(home), asked.accounts, asked.territories) as (address, book),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.goto(f"{address}/accounts/login/")
        page.fill("[name=login]", "ada@firm.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        print(f"{asked.accounts:,} accounts, {asked.territories} territories, 1280 × 900\n")
        print("| what | took |\n| --- | --- |")
        for what, took in measure(page, address, book):
            print(f"| {what} | {took} |")
        browser.close()


if __name__ == "__main__":
    main()
