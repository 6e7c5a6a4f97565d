"""The page of a diagnosis in a real browser: it fits a phone, and every figure opens from the keyboard."""

import shutil
from pathlib import Path

import pytest

import evenhand as eh
from evenhand.adapters.report import render_diagnosis_report
from evenhand.diagnose import diagnose
from evenhand.policy import Policy

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian's package chromium)")
FIRM = Path(__file__).parents[1] / "golden" / "firm"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    book, _ = eh.admit(FIRM)
    file = tmp_path_factory.mktemp("diagnosis") / "diagnosis.html"
    file.write_text(render_diagnosis_report(diagnose(book, Policy()), book), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize(
    ("width", "scheme", "script"), [(1280, "light", True), (390, "dark", True), (390, "light", False)]
)
def test_it_fits_the_window_and_a_figure_opens_with_the_enter_key(browser, page_file, width, scheme, script):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_file.as_uri())
    figure = page.locator("#figures-table td details").first
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    assert figure.locator("code", has_text="--trace").is_visible()
    for drawing in page.locator("details.range > summary").all():
        drawing.scroll_into_view_if_needed()
        if not drawing.locator("xpath=..").evaluate("details => details.open"):
            drawing.click()
    assert page.locator(".plot .field").first.bounding_box()["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert not errors
    context.close()
