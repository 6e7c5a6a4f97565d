"""Every page that people of each role can reach: nothing that axe calls serious, nothing sideways on a phone."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest

pytestmark = pytest.mark.timeout(900)
ROOT = Path(__file__).parents[2]
AXE = ROOT / "bundle" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """
async only => (await axe.run(document, {resultTypes: ["violations"], ...(only ? {runOnly: only} : {})})).violations
  .filter(found => ["serious", "critical"].includes(found.impact))
  .map(found => `${found.id}: ${found.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(" | ")}`)
"""
LINKS = "anchors => anchors.filter(a => !a.hasAttribute('download')).map(a => a.href)"
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
FILES = re.compile(r"\.(csv|zip|html|json|xlsx|parquet)$")
LEAST = {"revops": 15, "manager": 6, "rep": 4}
SIGNED_OUT = ("/accounts/login/", "/accounts/password/reset/", "/sign-in/used/")


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the program that looks for what keeps people out."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: make bundle")
    return AXE.read_text("utf-8")


@pytest.mark.parametrize("role", ["revops", "manager", "rep"])
def test_nobody_is_kept_out(demo: Any, browser: Any, axe: str, role: str) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("console", lambda message: wrong.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.goto(next(demo.links[role]))
    kinds, waiting = set(), [f"{demo.address}/"]
    while waiting:
        address = waiting.pop(0)
        kind = IDS.sub("<id>", urlsplit(address).path)
        if kind in kinds or FILES.search(kind):
            continue
        kinds.add(kind)
        page.goto(address)
        wrong += look(page, axe, f"{role} {kind}")
        found = [urldefrag(link).url for link in page.eval_on_selector_all("a[href]", LINKS)]
        waiting += [link for link in found if link.startswith(demo.address)]
    assert not wrong, "\n".join(wrong)
    assert len(kinds) >= LEAST[role], kinds


def test_nobody_is_kept_out_of_signing_in(demo: Any, browser: Any, axe: str) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    wrong = []
    for path in SIGNED_OUT:
        page.goto(demo.address + path)
        wrong += look(page, axe, path)
    assert not wrong, "\n".join(wrong)


def look(page: Any, axe: str, name: str) -> list[str]:
    """Look at the page that is open in light and dark, and at phone width."""
    page.emulate_media(color_scheme="light")
    page.evaluate(axe)
    wrong = [f"{name}: {found}" for found in page.evaluate(RUN, None)]
    page.emulate_media(color_scheme="dark")
    wrong += [f"{name}, dark: {found}" for found in page.evaluate(RUN, ["color-contrast"])]
    page.set_viewport_size({"width": 390, "height": 844})
    for _ in range(30):  # charts follow the width of their page a moment later
        width = page.evaluate("document.documentElement.scrollWidth")
        if width <= 390:
            break
        page.wait_for_timeout(100)
    wrong += [f"{name}: {width} px wide on a phone"] if width > 390 else []
    page.set_viewport_size({"width": 1280, "height": 900})
    n_heads, title = page.evaluate("[document.querySelectorAll('h1').length, document.title]")
    wrong += [f"{name}: {n_heads} first headings"] if n_heads != 1 else []
    wrong += [f"{name}: no title"] if not title.removesuffix("· Evenhand").strip() else []
    return wrong
