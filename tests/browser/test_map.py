"""The map in a browser: it draws; an area drawn on it says what moving its accounts does; that is made and undone."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BUNDLE = Path(__file__).parents[2] / "src/evenhand/web/static/web/bundle/map.js"
pytestmark = [
    pytest.mark.skipif(not BUNDLE.is_file(), reason="needs the scripts of the map (make setup builds them)"),
    pytest.mark.timeout(900),
]
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def signed_in(demo: Any, browser: Any) -> Iterator[Any]:
    """Return Chromium's context with revenue operations signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(next(demo.links["revops"]))
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(demo: Any, signed_in: Any) -> Iterator[Any]:
    """Return the page of the demo's plan on the map; nothing goes wrong in it, be it against the security policy."""
    page = signed_in.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{demo.address}/plans/")
    page.click("main table a[href^='/plans/'] >> nth=-1")
    page.click("a.button:text-is('Map')")
    page.wait_for_selector("#map[data-drawn]")
    yield page
    page.close()
    assert not wrong


def place(page: Any, at: int) -> tuple[float, float]:
    """Return where a point is on the screen."""
    box = page.locator(".map-stage").bounding_box()
    left, top = page.evaluate(
        "at => evenhandMap.view.toScreen(evenhandMap.sheet.columns.x[at], evenhandMap.sheet.columns.y[at])", at
    )
    return box["x"] + left, box["y"] + top


def pixels_drawn(page: Any) -> int:
    return int(page.evaluate("evenhandMap.painter.pixels.reduce((n, pixel) => n + (pixel !== 0), 0)"))


def test_draw_an_area_see_what_it_does_make_it_and_undo_it(page: Any) -> None:
    before, opened = page.inner_text("h1"), page.url
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
    page.wait_for_url(lambda url: url != opened)
    page.wait_for_selector("#map[data-drawn]")
    assert page.inner_text("h1") != before
    made = page.url
    page.click("text=Undo the last step")
    page.wait_for_url(lambda url: url != made)
    page.wait_for_selector("#map[data-drawn]")
    assert page.inner_text("h1") == before


def test_the_map_answers_to_keys_filters_and_the_pointer(page: Any) -> None:
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
