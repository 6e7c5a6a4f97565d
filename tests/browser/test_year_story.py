"""The year in a browser, by keyboard: the day of a review, its agenda, the decision, the next day; an alert snoozed."""

import datetime as dt
import re
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(900)


def test_a_quarter_ends_in_no_changes_needed_in_minutes(browser: Any, demo: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(next(demo.links["revops"]))
    page.goto(f"{demo.address}/year/")
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)
    page.get_by_label("Day of the first review").fill(day.isoformat())
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cycles/"))
    if page.get_by_role("button", name=re.compile("Take the newest book")).count():  # older than the review allows
        page.get_by_role("button", name=re.compile("Take the newest book")).press("Enter")
    page.get_by_role("heading", name=re.compile("Agenda")).wait_for()
    assert page.get_by_text("To decide:").count() > 0
    page.get_by_label("Why", exact=True).fill("The new territories have just settled.")
    page.get_by_role("button", name="No changes needed").press("Enter")
    page.get_by_role("heading", name=re.compile("no changes needed")).wait_for()
    page.goto(f"{demo.address}/year/")
    assert page.get_by_text("The new territories have just settled.").is_visible()
    assert page.get_by_text("by the rhythm, not set yet").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{demo.address}/alerts/")
    n_open = page.locator("article").count()
    assert n_open > 0, "the demo's firm has drifted, and the worker has seen it"
    first = page.locator("article").first
    first.get_by_text("Snooze", exact=True).first.press("Enter")
    first.get_by_label("Quiet until").fill((day + dt.timedelta(days=30)).isoformat())
    first.get_by_label("Why it can wait").fill("Waits for the new hires.")
    page.keyboard.press("Enter")
    page.get_by_text("Waits for the new hires.").wait_for()
    assert page.locator("article").count() == n_open - 1
    assert not wrong
    context.close()
