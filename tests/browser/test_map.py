"""The map in a browser: it draws; an area drawn on it says what moving its accounts does; that is made and undone."""

import math
import os
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

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "src/evenhand/web/static/web/bundle/map.js"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian's package chromium)"),
    pytest.mark.skipif(not BUNDLE.is_file(), reason="needs the scripts of the map (make setup builds them)"),
    pytest.mark.timeout(600),
]
PATIENCE_SECONDS = 120
PASSWORD = "twelve geese over the marsh"

# Run by a process of its own, so that Django is set up for this workspace alone.
FILL = """
import sys
from evenhand.app.question import Question
from evenhand.wiring.serving import prepare
prepare(with_administrator=False)
from evenhand.adapters.store.models import PlanRun, User
from evenhand.web.requesting import BookWish, ask_book, ask_plan
from evenhand.wiring.admitting import admit_upload
from evenhand.wiring.planning import solve_run
person = User.objects.create_user("ada@firm.example", sys.argv[2], role="revops", name="Ada")
book = ask_book(person, BookWish(name="Q4", server_path=sys.argv[1], currency="USD"))
admit_upload(str(book.pk))
book.refresh_from_db()
run = ask_plan(person, book, Question(), "Defaults")
solve_run(str(run.pk))
print(run.pk)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve a workspace with a plan in it; give its address and the plan's id."""
    from evenhand.app.sample import make_firm
    from evenhand.wiring.container import connect_outside

    home = tmp_path_factory.mktemp("map")
    connect_outside().write_firm(make_firm(n_accounts=300, n_territories=12, seed=3), home / "export", None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(home / "data"), "EVENHAND_SOURCES": str(home), "EVENHAND_WEB_PROCESSES": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    filled = subprocess.run(
        [sys.executable, "-c", FILL, str(home / "export"), PASSWORD],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert filled.returncode == 0, filled.stderr[-3000:]
    with ExitStack() as stack:
        log = stack.enter_context((home / "log").open("wb"))
        serve = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve", "--port", str(port)], env=environment, stderr=log, stdout=log
        )
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until:
                assert serve.poll() is None, (home / "log").read_text("utf-8")
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", filled.stdout.split()[-1]
        finally:
            serve.terminate()
            assert serve.wait(60) == 0, (home / "log").read_text("utf-8")[-3000:]


@pytest.fixture
def page(served: tuple[str, str]) -> Iterator[Any]:
    """Return a page of Chromium, signed in; at the end nothing must have gone wrong in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{served[0]}/accounts/login/")
        page.fill("[name=login]", "ada@firm.example")
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        yield page
        chromium.close()
        assert not wrong  # the content security policy would say so here


def place(page: Any, at: int) -> tuple[float, float]:
    """Return where a point is on the screen."""
    box = page.locator(".map-stage").bounding_box()
    left, top = page.evaluate(
        "at => evenhandMap.view.toScreen(evenhandMap.sheet.columns.x[at], evenhandMap.sheet.columns.y[at])", at
    )
    return box["x"] + left, box["y"] + top


def pixels_drawn(page: Any) -> int:
    return int(page.evaluate("evenhandMap.painter.pixels.reduce((n, pixel) => n + (pixel !== 0), 0)"))


def test_draw_an_area_see_what_it_does_make_it_and_undo_it(served: tuple[str, str], page: Any) -> None:
    address, run = served
    page.goto(f"{address}/plans/{run}/map/")
    page.wait_for_selector("#map[data-drawn]")
    before = page.inner_text("h1")
    assert pixels_drawn(page) > 300
    at, to = page.evaluate(
        "(() => { const {columns, territories} = evenhandMap.sheet; const at = columns.grade.indexOf(0);"
        "return [at, territories.find((one, t) => t !== columns.after[at]).id] })()"
    )
    left, top = place(page, at)
    page.click("[data-do=lasso]")
    page.mouse.move(left + 25, top)
    page.mouse.down()
    for step in range(1, 17):
        page.mouse.move(left + 25 * math.cos(step * math.pi / 8), top + 25 * math.sin(step * math.pi / 8))
    page.mouse.up()
    page.wait_for_selector(".map-area legend")
    n_inside = int(page.inner_text(".map-area legend").split()[0])
    assert n_inside >= 1
    for grade in ("medium", "high"):
        if box := page.query_selector(f".map-area [value={grade}]"):
            box.uncheck()
    page.fill("#map-panel [name=to]", to)
    page.click("text=See what it does")
    page.wait_for_selector("#map-effect")
    assert f"{to}, potential" in page.inner_text("#map-panel table")
    page.click("text=Make a plan of it")
    page.wait_for_url(lambda url: run not in url)
    page.wait_for_selector("#map[data-drawn]")
    assert page.inner_text("h1") != before
    made = page.url
    page.click("text=Undo the last step")
    page.wait_for_url(lambda url: url != made)
    page.wait_for_selector("#map[data-drawn]")
    assert page.inner_text("h1") == before


def test_the_map_answers_to_keys_filters_and_the_pointer(served: tuple[str, str], page: Any) -> None:
    address, run = served
    page.goto(f"{address}/plans/{run}/map/")
    page.wait_for_selector("#map[data-drawn]")
    everything = pixels_drawn(page)
    page.focus(".map-stage .over")
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("evenhandMap.view.scale > evenhandMap.view.least * 1.4")
    page.keyboard.press("0")
    assert page.evaluate("evenhandMap.view.scale === evenhandMap.view.least")
    page.focus(".map-legend input")
    page.keyboard.press("Space")
    page.wait_for_timeout(100)
    assert pixels_drawn(page) < everything
    page.click(".map-side [data-do=all]")
    at = page.evaluate("evenhandMap.sheet.columns.grade.indexOf(0)")
    page.mouse.move(*place(page, at))
    page.wait_for_selector(".map-tip:not([hidden]) >> text=/disruption/")
    page.mouse.click(*place(page, at))
    page.wait_for_selector(".map-said >> text=/Potential/")
    assert page.input_value("#map-panel [name=account]").startswith("A")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
