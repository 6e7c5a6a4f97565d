"""Chromium, and the workspace that ``evenhand demo`` opens, with people of three roles in it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
PATIENCE_SECONDS = 420
CAST = """
import sys
from pathlib import Path
import polars as pl
from evenhand.wiring import serving
serving.open_store()
from evenhand.adapters.store.models import PlanRun, User
from evenhand.adapters.store.secrets import make_sign_in_link
export = Path(sys.argv[1])
reps = pl.read_csv(export / "reps.csv", infer_schema=False)
coverage = pl.read_csv(export / "coverage.csv", infer_schema=False).filter(pl.col("ends_on").is_null())
moves = pl.read_csv(export.parent / "plan" / "moves.csv", infer_schema=False)
touched = coverage.filter(pl.col("territory_id").is_in(moves["from_territory_id"].implode()))
led = reps.filter(pl.col("manager_id").is_not_null()).sort("rep_id")
led = led.filter(pl.col("rep_id").is_in(touched["rep_id"].implode()))
for role, rep_id in (("manager", led["manager_id"][0]), ("rep", led["rep_id"][0])):
    User.objects.create_user(f"{role}@demo.localhost", role=role, rep_id=rep_id, name=role.title())
PlanRun.objects.update(audience="shared")
for user in User.objects.all():
    for _ in range(int(sys.argv[2])):
        print(user.role, f"/sign-in/{make_sign_in_link(user)}/")
"""


class Demo(NamedTuple):
    """The workspace that ``evenhand demo`` opened: its address, the link it printed, and links for each role."""

    address: str
    link: str
    links: dict[str, Iterator[str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return Chromium; of a module, as Playwright's loop would keep Django's database from other modules' tests."""
    if not CHROMIUM:
        pytest.skip("needs Chromium (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run the demo, which ends with the workspace open."""
    home = tmp_path_factory.mktemp("demo")
    folder, log = home / "demo", home / "log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    size = ["--accounts", "400", "--territories", "12", "--seed", "4", "--port", "0"]
    with log.open("wb") as stream:
        serve = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "demo", "--to", str(folder), *size],
            env=environment, stderr=stream, stdout=stream,
        )  # fmt: skip
    try:
        link = wait_for_link(log, serve)
        address = link.partition("/sign-in/")[0]
        told = subprocess.run(
            [sys.executable, "-c", CAST, str(folder / "export"), "6"],
            env=environment | {"EVENHAND_DATA": str(folder / "workspace"), "EVENHAND_URL": address},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr[-3000:]
        links: dict[str, list[str]] = {}
        for role, path in (line.split() for line in told.stdout.splitlines()):
            links.setdefault(role, []).append(address + path)
        yield Demo(address, link, {role: iter(listed) for role, listed in links.items()})
    finally:
        serve.terminate()
        assert serve.wait(60) == 0, log.read_text("utf-8")[-3000:]


def wait_for_link(log: Path, serve: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        found = re.search(r"http://\S+/sign-in/\S+", log.read_text("utf-8"))
        if found:
            return found.group(0)
        assert serve.poll() is None, log.read_text("utf-8")
        time.sleep(0.2)
    pytest.fail(f"it never answered: {log.read_text('utf-8')}")


def _look_at(page: Any, name: str) -> None:
    """See that nothing scrolls sideways, light and dark, wide and narrow; keep pictures where a folder is named."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        if folder := os.environ.get("EVENHAND_PICTURES"):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
            page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 844})


@pytest.fixture
def look_at() -> Callable[[Any, str], None]:
    """Return what looks at a page as it would be seen."""
    return _look_at
