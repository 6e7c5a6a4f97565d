"""The first afternoon in the workspace, as the tutorial tells it: from the link that the demo prints to a choice.

``EVENHAND_UPDATE_IMAGES=1 pytest tests/browser/test_first_afternoon.py`` takes the documentation's pictures anew; look
at them before you commit them.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(900)
IMAGES = Path(__file__).parents[2] / "docs" / "images"
PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "first-afternoon.md"
PATIENCE_SECONDS = 180


@pytest.fixture
def page(browser: Any) -> Any:
    context = browser.new_context(
        viewport={"width": 1200, "height": 800}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    yield page
    context.close()


@pytest.fixture
def picture(page: Any) -> Callable[..., None]:
    """Return a function that keeps a picture of what is on the screen, where pictures are asked for."""

    def take(name: str, **clip: int) -> None:
        assert f"../images/{name}.png" in PAGE.read_text("utf-8"), f"{name} is in no page"
        if os.environ.get("EVENHAND_UPDATE_IMAGES"):
            height = clip.get("height", 800)
            page.wait_for_timeout(clip.get("wait_ms", 200))
            page.screenshot(path=IMAGES / f"{name}.png", clip={"x": 0, "y": 0, "width": 1200, "height": height})

    return take


def test_from_the_printed_link_to_a_choice(demo: Any, page: Any, picture: Callable[..., None]) -> None:
    page.goto(demo.link)
    assert page.url == f"{demo.address}/"
    assert page.locator(".way li.next").inner_text().startswith("Build a second one")
    picture("workspace-front-page")

    page.click(".way a:has-text('Read it')")
    page.wait_for_selector("#verdicts-table")
    picture("workspace-diagnosis")
    book = page.url.removesuffix("diagnosis/")
    page.goto(f"{book}map/")
    page.wait_for_load_state("networkidle")
    picture("workspace-map", wait_ms=2500)

    page.goto(demo.address)
    page.click(".way a:has-text('Try a band of 10 %')")
    assert page.input_value("[name=tolerance]") == "10"
    page.select_option("[name=event_0]", "new-hire")
    page.fill("[name=where_0]", "T99")
    assert page.is_visible("[name=size_0]")
    page.select_option("[name=event_0]", "")
    assert not page.is_visible("[name=where_0]")
    picture("workspace-build-a-plan")
    page.click("button:has-text('Build it')")
    page.wait_for_selector("#proof")
    picture("workspace-plan")

    page.goto(demo.address)
    assert page.locator(".way li.next").inner_text().startswith("Set the two side by side")
    page.click(".way a:has-text('Compare them')")
    page.wait_for_selector("text=Choose others")
    picture("workspace-compare")

    page.go_back()
    page.click("table.rows a >> nth=0")
    page.click("a:has-text('Edit by hand')")
    account = page.locator("#accounts option").first.get_attribute("value")
    page.fill("[name=account]", str(account))
    page.select_option("[name=kind]", "lock")
    page.wait_for_selector("#effect-title")
    picture("workspace-edit", height=800)


def test_the_keyboard_goes_through_the_front_page_in_order_and_is_seen(demo: Any, page: Any) -> None:
    page.goto(next(demo.links["revops"]))
    page.goto(demo.address)
    places, seen = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {const e = document.activeElement; const all = [...document.querySelectorAll("*")];
            const style = getComputedStyle(e); const box = e.getBoundingClientRect();
            return e === document.body ? null
              : [all.indexOf(e), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                 box.width > 0 && box.x >= 0, e.innerText || e.className]}"""
        )
        if place is None or place[0] in places:
            break
        places.append(place[0])
        seen.append(place[1:])
    assert len(places) > 8, seen
    assert places == sorted(places), seen
    assert all(is_outlined and is_there for is_outlined, is_there, _ in seen), seen
    assert seen[0][2] == "Skip to the content"


def test_a_plan_is_built_without_script(demo: Any, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    page.goto(next(demo.links["revops"]))
    page.click(".way a:has-text('Build a plan')")
    page.fill("[name=tolerance]", "20")
    page.fill("[name=title]", "Without script")
    page.click("button:has-text('Build it')")
    page.wait_for_selector("#proof")
    assert "Without script" in page.inner_text(".asked")
    context.close()


def test_what_is_wrong_is_said_with_the_way_to_mend_it(demo: Any, page: Any) -> None:
    page.goto(next(demo.links["revops"]))
    page.click(".way a:has-text('Build a plan')")
    page.select_option("[name=event_0]", "rep-left")
    page.click("button:has-text('Build it')")
    problems = page.locator("[role=alert]")
    problems.wait_for()
    assert "Say which territory" in problems.inner_text()
    assert page.input_value("[name=event_0]") == "rep-left"
    page.goto(f"{demo.address}/plans/00000000-0000-0000-0000-000000000000/")
    assert "Ask whoever sent it" in page.inner_text("main")
