"""A review in a browser: policy signed, plan made, flagged, priced, swapped, overridden, approved, published."""

import csv
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
CAST = ("revops", "vp-revops", "leader", "cro", "manager", "other-manager", "rep", "outsider")

PREPARE = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from evenhand.app.sample import make_firm
from evenhand.wiring.container import connect_outside
call_command("migrate", verbosity=0)
import polars as pl
from evenhand.adapters.store.models import Book, User
from evenhand.web.requesting import BookWish, ask_book
from evenhand.wiring.admitting import admit_upload
home, password = Path(sys.argv[1]), sys.argv[2]
connect_outside().write_firm(make_firm(n_accounts=400, n_territories=16, seed=3), home / "export", None)
reps = pl.read_csv(home / "export" / "reps.csv", infer_schema=False)
coverage = pl.read_csv(home / "export" / "coverage.csv", infer_schema=False).filter(pl.col("ends_on").is_null())
above = dict(reps.drop_nulls("manager_id").select("rep_id", "manager_id").iter_rows())
covering = [rep for rep in coverage["rep_id"].unique().sort().to_list() if rep in above]
managers = sorted({above[rep] for rep in covering})
top = above.get(managers[0], "")
posts = {
    "revops": ("revops", "", ""), "vp-revops": ("revops", "", "VP RevOps"), "cro": ("leader", "", "CRO"),
    "leader": ("leader", top, "VP Sales"), "manager": ("manager", managers[0], ""),
    "other-manager": ("manager", managers[1], ""), "outsider": ("rep", "", ""),
    "rep": ("rep", next(rep for rep in covering if above[rep] == managers[0]), ""),
}
for name, (role, rep_id, title) in posts.items():
    User.objects.create_user(f"{name}@firm.example", password, name=name, role=role, rep_id=rep_id, title=title)
for number, manager in enumerate(managers[2:]):
    User.objects.create_user(f"m{number}@firm.example", password, name=f"m{number}", role="manager", rep_id=manager)
files = [SimpleUploadedFile(p.name, p.read_bytes()) for p in sorted((home / "export").glob("*.csv"))]
book = ask_book(User.objects.get(name="revops"), BookWish(name="Q4", files=files, currency="USD"))
admit_upload(str(book.pk))
book = Book.objects.get(pk=book.pk)
assert book.is_ready, book.problem
for rep, territory in coverage.select("rep_id", "territory_id").iter_rows():
    name = f"rep-{territory}"
    if not User.objects.filter(name=name).exists():
        User.objects.create_user(f"{name}@firm.example", password, name=name, role="rep", rep_id=rep)
print(book.pk, len(managers))
"""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, int]]:
    """Serve a workspace with a firm and a cast in it: its address, the book and the number of managers."""
    home = tmp_path_factory.mktemp("review")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(home / "data"), "EVENHAND_WEB_PROCESSES": "1"}
    (home / "data").mkdir()
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE, str(home), PASSWORD],
        env=environment | {"DJANGO_SETTINGS_MODULE": "evenhand.wiring.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert prepared.returncode == 0, prepared.stderr[-3000:]
    book, n_managers = prepared.stdout.split()[-2:]
    with (home / "log").open("wb") as log:
        serve = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve", "--port", str(port)], env=environment, stderr=log, stdout=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, serve, home / "log")
            yield address, book, int(n_managers)
        finally:
            serve.terminate()
            assert serve.wait(60) == 0, (home / "log").read_text("utf-8")[-3000:]


def wait_for(address: str, serve: subprocess.Popen[bytes], log: Path) -> None:
    host, port = address.removeprefix("http://").split(":")
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert serve.poll() is None, log.read_text("utf-8")[-3000:]
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"it never answered: {log.read_text('utf-8')[-3000:]}")


@pytest.fixture
def enter(door: tuple[str, str, int]) -> Iterator[Callable[[str], Any]]:
    """Return a function that gives the page of someone of the cast, signed in."""
    from playwright.sync_api import sync_playwright

    pages: dict[str, Any] = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_page(name: str) -> Any:
            if name not in pages:
                page = chromium.new_context().new_page()
                page.set_default_timeout(PATIENCE_SECONDS * 1000)
                page.goto(door[0] + "/accounts/login/")
                page.fill("[name=login]", f"{name}@firm.example")
                page.fill("[name=password]", PASSWORD)
                page.click("main button[type=submit]")
                page.wait_for_selector("details.me")
                pages[name] = page
            return pages[name]

        yield open_page
        chromium.close()


def read_table(page: Any, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.request.get(address).text().removeprefix("\ufeff"))))


def test_from_a_signed_policy_to_a_published_plan(
    door: tuple[str, str, int], enter: Callable[[str], Any], look_at: Callable[[Any, str], None]
) -> None:
    address, book, n_managers = door
    revops = enter("revops")

    # Sign the policy; whoever put it forward can't sign it.
    revops.goto(address + "/policies/")
    revops.click("button:has-text('Put it to the signers')")
    revops.wait_for_selector("#sign-title")
    policy = revops.url
    assert revops.locator("button:has-text('Sign as')").count() == 0
    assert revops.locator("button:has-text('Let everyone read it')").count() == 0
    assert enter("rep").goto(policy).status == 404
    for name, title in (("cro", "CRO"), ("leader", "VP Sales"), ("vp-revops", "VP RevOps")):
        page = enter(name)
        page.goto(policy)
        assert page.locator("button:has-text('Sign as')").count() == 1
        page.click(f"button:has-text('Sign as {title}')")
        page.wait_for_selector("text=Signed.")
    look_at(enter("cro"), "policy")
    revops.goto(policy)
    revops.click("button:has-text('Let everyone read it')")
    assert enter("rep").goto(policy).status == 200

    # Make the plan, and put it to the managers.
    revops.goto(f"{address}/books/{book}/plans/new/")
    revops.click("button:has-text('Build it')")
    revops.wait_for_selector("#proof")
    plan = revops.url
    revops.click("button:has-text('Put to the managers')")
    revops.wait_for_selector("#flags-title")
    review = revops.url
    assert enter("outsider").goto(review).status == 404
    assert enter("rep").goto(review).status == 404
    assert revops.locator("button:has-text('Publish')").is_disabled()

    # A manager flags an account; the other one proposes a swap.
    moves = read_table(revops, plan + "moves.csv")
    places = read_table(revops, plan + "assignment.csv")
    manager, other = enter("manager"), enter("other-manager")
    manager.goto(review)
    look_at(manager, "manager")
    offered = manager.eval_on_selector_all("#accounts option", "all => all.map(one => one.value)")
    flagged = next(move for move in moves if move["account_id"] in offered)
    manager.fill("#account", flagged["account_id"])
    manager.select_option("#flag-reason", "executive relationship")
    manager.fill("#words", "Our CEO meets theirs every month.")
    manager.click("button:has-text('Raise the flag')")
    manager.wait_for_selector("text=Your flag is with revenue operations")
    other.goto(review)
    offered = other.eval_on_selector_all("#accounts option", "all => all.map(one => one.value)")
    swapped = next(move for move in moves if move["account_id"] in offered and move != flagged)
    moving = {move["account_id"] for move in moves}
    instead = next(
        row["account_id"]
        for row in places
        if row["territory_id"] == swapped["from_territory_id"] and row["account_id"] not in moving
    )
    other.fill("#account", swapped["account_id"])
    other.fill("#words", "They renew in three weeks.")
    other.fill("#instead", instead)
    other.fill("#instead-to", swapped["to_territory_id"])
    other.click("button:has-text('Raise the flag')")
    other.wait_for_selector("text=Your flag is with revenue operations")

    # Nobody approves over an open flag; revenue operations reads the prices, overrides one, accepts the other.
    leader = enter("leader")
    leader.goto(review)
    assert leader.locator("button:has-text('Approve')").is_disabled()
    assert "has no answer yet" in leader.inner_text("#no-approve")
    until = time.monotonic() + PATIENCE_SECONDS
    revops.goto(review)
    while revops.locator(".price").count() < 2 and time.monotonic() < until:
        time.sleep(1)
        revops.reload()
    assert revops.locator(".price").count() == 2
    assert "Honouring it costs" in revops.inner_text("main")
    look_at(revops, "revops")
    answer = revops.locator("article.flag", has_text="Our CEO")
    answer.locator("button:has-text('Override')").click()
    revops.wait_for_selector("text=Say why")
    answer = revops.locator("article.flag", has_text="Our CEO")
    answer.locator("[name=reason]").fill("The bands need this account; the CEO is told.")
    answer.locator("button:has-text('Override')").click()
    revops.wait_for_selector("text=Overridden; the manager reads your reason.")
    answer = revops.locator("article.flag", has_text="They renew")
    answer.locator("[name=reason]").fill("A fair swap.")
    answer.locator("button:has-text('Accept')").click()
    revops.wait_for_selector("text=Accepted; the manager is told.")
    manager.goto(review)
    assert "the CEO is told" in manager.inner_text("main")
    leader.goto(review)
    assert "what was accepted" in leader.inner_text("#no-approve")

    # The plan is solved again with what was accepted, and takes the place of the first.
    revops.click("button:has-text('Solve again with what was accepted')")
    revops.wait_for_selector("#proof")
    second = revops.url.rstrip("/").rpartition("/")[2]
    revops.goto(review)
    revops.select_option("select[name=plan]", second)
    revops.click("button:has-text('Replace')")
    revops.wait_for_selector("text=The plan is replaced")
    names = ["manager", "other-manager", *(f"m{n}" for n in range(n_managers - 2))]
    for name in names:
        page = enter(name)
        if page.goto(review).status == 200 and page.locator("button:has-text('Confirm my team')").count():
            page.click("button:has-text('Confirm my team')")
            page.wait_for_selector("text=Thank you")

    # Leaders approve, each in turn; the one who put it forward can't. What is published is what was approved.
    revops.goto(review)
    assert revops.locator("button:has-text('Approve')").is_disabled()
    for name in ("leader", "cro"):
        page = enter(name)
        page.goto(review)
        button = page.locator("button:has-text('Approve')")
        if not button.is_disabled():
            button.click()
            page.wait_for_selector("text=Approved.")
    look_at(leader, "approval")
    revops.goto(review)
    assert revops.inner_text(".state") == "approved"
    revops.click("button:has-text('Publish')")
    revops.wait_for_selector("text=Published; managers and reps are told.")

    # The rep reads what changed, and asks; the outsider finds nothing.
    rep = enter(f"rep-{flagged['from_territory_id']}")
    assert rep.goto(review).status == 200
    assert re.search(r"Your territory,? before and after", rep.inner_text("main"))
    assert "New quota" in rep.inner_text("main")
    look_at(rep, "rep")
    rep.fill("#say", "Why did my largest account leave?")
    rep.click("button:has-text('Ask')")
    rep.wait_for_selector("text=Your question is with")
    manager.goto(review)
    manager.locator("article.voice textarea").fill("It is where their head office is.")
    manager.click("article.voice button:has-text('Answer')")
    rep.reload()
    assert "head office" in rep.inner_text("main")
    assert enter("outsider").goto(review).status == 404

    # Everything is in the trail, and the trail holds.
    leader.goto(address + "/audit/check/?q=review")
    assert "events hold" in leader.inner_text("main")
    assert "review.publish" in leader.inner_text("main")
    look_at(leader, "audit")
    for path in ("/reviews/", "/policies/", "/notices/", "/delegations/"):
        leader.goto(address + path)
        look_at(leader, path.strip("/"))
