"""A handoff in a browser: prepared, previewed, talked about, overridden with a reason, sent; read by whom it is for."""

import email
import email.policy
import os
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

# Mail goes at any hour, whenever this test is run; a territory is given up, so that there are deals to hand over.
POLICY = """
name = "Story"
[review]
quiet_from_hour = 0
quiet_to_hour = 0
quiet_weekends = false
"""
PREPARE = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
call_command("migrate", verbosity=0)
import polars as pl
from evenhand.adapters.files.frozen import hash_plan_folder
from evenhand.adapters.store.models import Book, PlanRun, Review, User
from evenhand.adapters.store.reviews import key_of
from evenhand.app.question import Question
from evenhand.app.review_cast import find_cast
from evenhand.app.sample import make_firm
from evenhand.web.reading import find_directory, find_plan
from evenhand.web.requesting import BookWish, ask_book, ask_plan
from evenhand.wiring.admitting import admit_upload
from evenhand.wiring.container import connect_outside
from evenhand.wiring.planning import solve_run
from evenhand.wiring.pricing_flags import plan_policy
from evenhand.wiring.shelf import open_shelf
home, password = Path(sys.argv[1]), sys.argv[2]
connect_outside().write_firm(make_firm(n_accounts=240, n_territories=10, seed=3), home / "export", None)
revops = User.objects.create_user("revops@firm.example", password, name="revops", role="revops")
User.objects.create_user("leader@firm.example", password, name="leader", role="leader")
User.objects.create_user("outsider@firm.example", password, name="outsider", role="rep")
files = [SimpleUploadedFile(p.name, p.read_bytes()) for p in sorted((home / "export").glob("*.csv"))]
book = ask_book(revops, BookWish(name="Q4", files=files, currency="USD"))
admit_upload(str(book.pk))
book = Book.objects.get(pk=book.pk)
assert book.is_ready, book.problem
run = ask_plan(revops, book, Question(events=("rep-left:territory=" + book.summary["seats"][0],)), "Autumn")
solve_run(str(run.pk))
run = PlanRun.objects.get(pk=run.pk)
assert run.has_plan, run.problem
moves = find_plan(run).moves
touched = {*moves["from_territory_id"], *moves["to_territory_id"]}
directory = find_directory(book)
for rep, manager in directory.reps.select("rep_id", "manager_id").iter_rows():
    for name, role in ((rep, "rep"), (manager, "manager")):
        if name and not User.objects.filter(rep_id=name).exists():
            User.objects.create_user(f"{name.lower()}@firm.example", password, name=name, role=role, rep_id=name)
cast = find_cast(directory, touched, plan_policy(run), here={key_of(u) for u in User.objects.all()}, holders={},
                 leave_out=set())
for manager in cast.teams:
    User.objects.filter(rep_id=manager).update(role="manager")
found = hash_plan_folder(open_shelf().plan(run.folder))
Review.objects.create(run=run, author=revops, submitter=revops, stage="published", plan_hash=found,
    approved_hash=found, cast={"teams": {k: sorted(v) for k, v in cast.teams.items()},
    "reps": {k: sorted(v) for k, v in cast.reps.items()}, "chain": []})
"""
DAYS_PASS = """
import django
django.setup()
from django.utils import timezone
from evenhand.adapters.store.models import HandoffMessage
HandoffMessage.objects.update(send_on=timezone.now().date())
"""
WHO = """
import django, json
django.setup()
from evenhand.adapters.store.models import HandoffMessage
names = ("number", "key", "kind", "to_id", "territory_id", "waits_for", "subject")
rows = HandoffMessage.objects.order_by("number").values(*names)
print(json.dumps(list(rows)))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Callable[[str], str]]]:
    """Serve a workspace with a published plan: its address, its data, and what runs a script in it."""
    home = tmp_path_factory.mktemp("handoff")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
    environment |= {"EVENHAND_DATA": str(home / "data"), "EVENHAND_WEB_PROCESSES": "1"}
    (home / "data").mkdir()
    (home / "data" / "policy.toml").write_text(POLICY, "utf-8")

    def run(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script, str(home), PASSWORD],
            env=environment | {"DJANGO_SETTINGS_MODULE": "evenhand.wiring.settings"},
            capture_output=True, text=True, check=False, timeout=400,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run(PREPARE)
    with (home / "log").open("wb") as log:
        serve = subprocess.Popen(
            [sys.executable, "-m", "evenhand", "serve", "--port", str(port)], env=environment, stderr=log, stdout=log
        )
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < until:
                assert serve.poll() is None, (home / "log").read_text("utf-8")[-3000:]
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", home / "data", run
        finally:
            serve.terminate()
            assert serve.wait(60) == 0, (home / "log").read_text("utf-8")[-3000:]


@pytest.fixture
def enter(house: tuple[str, Path, Any]) -> Iterator[Callable[[str], Any]]:
    """Return a function that gives the page of someone, signed in; what a browser complains of fails the test."""
    from playwright.sync_api import sync_playwright

    pages: dict[str, Any] = {}
    wrong: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_page(name: str) -> Any:
            if name not in pages:
                page = chromium.new_context().new_page()
                page.set_default_timeout(PATIENCE_SECONDS * 1000)
                page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
                page.on(
                    "console",
                    lambda said: (
                        wrong.append(f"{page.url}: {said.text}")
                        if said.type == "error" and "404" not in said.text
                        else None
                    ),
                )
                page.goto(house[0] + "/accounts/login/")
                page.fill("[name=login]", f"{name.lower()}@firm.example")
                page.fill("[name=password]", PASSWORD)
                page.click("main button[type=submit]")
                page.wait_for_selector("details.me, main .error, main .errorlist, .problems")
                assert page.locator("details.me").count(), page.inner_text("body")
                pages[name] = page
            return pages[name]

        yield open_page
        chromium.close()
    assert not wrong, "\n".join(wrong)


def mails(data: Path) -> list[Any]:
    """Return what was sent so far, as it was written."""
    logs = sorted((data / "mail").glob("*.log")) if (data / "mail").is_dir() else []
    texts = [text for path in logs for text in path.read_bytes().split(b"-" * 79 + b"\n")]
    return [email.message_from_bytes(text, policy=email.policy.default) for text in texts if text.strip()]


def test_from_a_published_plan_to_letters_that_are_read(
    house: tuple[str, Path, Callable[[str], str]], enter: Callable[[str], Any], look_at: Callable[[Any, str], None]
) -> None:
    import json

    address, data, run = house
    revops, leader = enter("revops"), enter("leader")

    # Prepare it in the background.
    revops.goto(address + "/handoffs/")
    look_at(revops, "handoffs")
    revops.click("button:has-text('Prepare the handoff')")
    revops.wait_for_selector("#send-title")
    handoff = revops.url
    look_at(revops, "handoff")
    assert enter("outsider").goto(handoff).status == 404

    # Preview everything before anything is sent.
    rows = json.loads(run(WHO).splitlines()[-1])
    gaining = next(row for row in rows if row["kind"] == "gaining" and row["waits_for"])
    losing = next(row for row in rows if row["kind"] == "losing" and row["territory_id"] in gaining["waits_for"])
    other = next(row for row in rows if row["kind"] == "gaining" and row["key"] != gaining["key"] and row["waits_for"])
    revops.goto(f"{handoff}messages/")
    look_at(revops, "messages")
    revops.click(f"#m{losing['number']} a")
    assert "Dear " in revops.inner_text("section.letter-page")
    look_at(revops, "letter")
    for form in ("pdf", "mail", "ics"):
        assert revops.request.get(f"{handoff}messages/{losing['number']}/letter.{form}").ok, form
    for part in ("ledger", "tasks", "follow-up"):
        revops.goto(f"{handoff}{part}/")
        look_at(revops, part)
    revops.goto(handoff)
    revops.click("#days-title ~ div a >> nth=0")
    look_at(revops, "brief")

    # Words of one's own, with a preview that follows the typing.
    revops.goto(f"{address}/letters/losing/")
    revops.fill("#text", "# {{ n_leaving }} accounts\n\n{{ salary }}")
    revops.wait_for_selector("#preview .problems")
    revops.fill("#text", "# {{ n_leaving }} accounts move on\n\nGood day {{ to_name }}.")
    revops.wait_for_selector("#preview .letter-page:has-text('Good day')")
    look_at(revops, "template")

    # Release: managers are told, everything else is held.
    revops.goto(f"{handoff}messages/")
    revops.click("button:has-text('Release the messages')")
    revops.wait_for_selector("text=Released; messages go")
    run(DAYS_PASS)
    revops.goto(f"{handoff}messages/{gaining['number']}/")
    assert "Held until the conversation with" in revops.inner_text("#held")
    rep, gainer = enter(losing["to_id"]), enter(gaining["to_id"])
    assert rep.goto(handoff).status == 404
    assert gainer.goto(handoff).status == 404

    # A leader can't let a message go without a reason; with one it goes, and the trail says who and why.
    for reason, says in (
        ("", "text=Say why it can't wait"),
        ("The customer has told them.", "text=your reason is kept"),
    ):
        leader.goto(f"{handoff}messages/{other['number']}/")
        leader.click("summary:has-text('It can')")
        leader.fill("#excuse", reason)
        if reason:
            look_at(leader, "override")
        leader.click("button:has-text('Let it go before the conversation')")
        leader.wait_for_selector(says)
    assert "The customer has told them." in leader.inner_text("main")
    leader.goto(f"{address}/audit/?q=handoff")
    assert "handoff.override" in leader.inner_text("main")

    # Log the conversations that one of those who gain waits for; the letter to whoever loses follows.
    revops.goto(handoff)
    for territory in gaining["waits_for"]:
        talk = revops.locator("article.talk", has=revops.locator(f"input[value='{territory}']"))
        talk.locator("summary").click()
        talk.locator("textarea").fill("We spoke for half an hour.")
        if territory == gaining["waits_for"][0]:
            look_at(revops, "talk")
        talk.locator("button:has-text('Log it')").click()
        revops.wait_for_selector("text=Logged.")
    assert rep.goto(handoff).status == 200
    rep.click("#mine-title ~ ul a")
    assert "Dear " in rep.inner_text("section.letter-page")
    look_at(rep, "rep")
    until = time.monotonic() + PATIENCE_SECONDS
    while gaining["subject"] not in {str(one["Subject"]) for one in mails(data)} and time.monotonic() < until:
        time.sleep(0.5)
    subjects = [str(one["Subject"]) for one in mails(data)]
    assert subjects.index(losing["subject"]) < subjects.index(gaining["subject"])
    assert gainer.goto(handoff).status == 200
    gainer.click("#mine-title ~ ul a")
    look_at(gainer, "gainer")

    assert enter("outsider").goto(handoff).status == 404
    assert len({str(one["Message-ID"]) for one in mails(data)}) == len(mails(data))
