"""A workspace with a small firm in it, and a cast of people."""

import email
import email.policy
import os
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest

# Read when Django is set up, here, so that other suites don't pay for it.
os.environ["EVENHAND_DATA"] = tempfile.mkdtemp(prefix="evenhand-web-tests-")
os.environ["EVENHAND_SECRET_KEY"] = "only for tests " * 4
os.environ["DJANGO_SETTINGS_MODULE"] = "evenhand.wiring.settings"
if os.environ.get("EVENHAND_TEST_DATABASE"):
    os.environ["EVENHAND_DATABASE"] = os.environ["EVENHAND_TEST_DATABASE"]
django.setup()
if os.environ.get("EVENHAND_TEST_DATABASE"):
    from evenhand.wiring import working

    # A worker's thread has a connection of its own, which doesn't see what a test has yet to commit.
    working._BEAT_SECONDS = 1e6

CAST = {
    "revops": "",
    "leader": "",
    "viewer": "",
    "manager": "",
    "rep": "",
    "other_manager": "",
    "stranger": "",
}
PASSWORD = "twelve geese over the marsh"


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the export of a made firm."""
    from evenhand.app.sample import make_firm
    from evenhand.wiring.container import connect_outside

    folder = tmp_path_factory.mktemp("firm") / "export"
    connect_outside().write_firm(make_firm(n_accounts=400, n_territories=16, seed=3), folder, None)
    return folder


@pytest.fixture(scope="session")
def shelf_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder that all tests share: what is in it is named by its content."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def workspace(settings: Any, shelf_folder: Path) -> None:
    """Keep files in a folder of the tests, hash passwords quickly, and serve static files without collecting them."""
    settings.DATA = shelf_folder
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]


@pytest.fixture(scope="session")
def done() -> dict[str, dict[str, Any]]:
    """Return what jobs brought, so that each is done once, the way the worker does it, and not again for every test."""
    return {}


@pytest.fixture
def book(db: None, firm: Path, people: dict[str, Any], done: dict[str, dict[str, Any]], shelf_folder: Path) -> Any:
    """Return a book of the firm, admitted the way the worker does it."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evenhand.adapters.store.models import Book
    from evenhand.web.requesting import BookWish, ask_book
    from evenhand.wiring.admitting import admit_upload

    if "book" in done:
        return Book.objects.create(**done["book"], created_by=people["revops"])
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in sorted(firm.glob("*.csv"))]
    asked = ask_book(people["revops"], BookWish(name="Q4", files=files, currency="USD"))
    admit_upload(str(asked.pk))
    found = Book.objects.get(pk=asked.pk)
    assert found.is_ready, found.problem
    names = ("id", "name", "source", "state", "attempt", "as_of", "currency", "content_hash", "policy_hash", "summary")
    done["book"] = {name: getattr(found, name) for name in names}
    return found


@pytest.fixture
def run(book: Any, people: dict[str, Any], done: dict[str, dict[str, Any]]) -> Any:
    """Return a plan of the book, solved the way the worker does it."""
    from evenhand.adapters.store.models import PlanRun
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan
    from evenhand.wiring.planning import solve_run

    if "run" in done:
        return PlanRun.objects.create(**done["run"], book=book, created_by=people["revops"])
    asked = ask_plan(people["revops"], book, Question(), "Defaults")
    solve_run(str(asked.pk))
    found = PlanRun.objects.get(pk=asked.pk)
    assert found.has_plan, found.problem
    names = ("title", "state", "attempt", "question", "folder", "summary")
    done["run"] = {name: getattr(found, name) for name in names}
    return found


@pytest.fixture(scope="session")
def posts(firm: Path) -> dict[str, str]:
    """Return the rep ids of a manager, one of the manager's reps, and a manager of another team."""
    import polars as pl

    reps = pl.read_csv(firm / "reps.csv", infer_schema=False)
    coverage = pl.read_csv(firm / "coverage.csv", infer_schema=False).filter(pl.col("ends_on").is_null())
    led = reps.filter(pl.col("manager_id").is_not_null() & pl.col("rep_id").is_in(coverage["rep_id"].implode()))
    managers = led["manager_id"].unique().sort().to_list()
    assert len(managers) > 1, "the firm needs two teams"
    rep = led.filter(pl.col("manager_id") == managers[0])["rep_id"].sort()[0]
    return {"manager": managers[0], "rep": rep, "other_manager": managers[1]}


@pytest.fixture
def people(db: None, posts: dict[str, str]) -> dict[str, Any]:
    """Return the cast: a person of each role, a manager of another team, and one whom nothing is said about."""
    from evenhand.adapters.store.models import User

    roles = {"other_manager": "manager", "stranger": "rep"}
    return {
        name: User.objects.create_user(
            f"{name}@firm.example", PASSWORD, role=roles.get(name, name), rep_id=posts.get(name, ""), name=name.title()
        )
        for name in CAST
    }


@pytest.fixture
def sign_in(people: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that gives the browser of someone of the cast; "nobody" isn't signed in."""
    from django.test import Client

    def enter(name: str) -> Client:
        client = Client()
        if name != "nobody":
            client.force_login(people[name], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return enter


class Letterbox(socketserver.StreamRequestHandler):
    """A mail server as small as RFC 5321 lets it be, which can also refuse, put off, and break the line."""

    def handle(self) -> None:
        server: Any = self.server
        server.hook("connect", "")
        self.say("220 letterbox")
        self.to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb in {"EHLO", "HELO", "RSET"}:
                self.to = []
                self.say("250 ok")
            elif verb == "MAIL":
                self.to = []
                server.hook("mail", "")
                self.say("250 ok")
            elif verb == "RCPT":
                self.say(self.address(line.partition("<")[2].partition(">")[0]))
            elif verb == "DATA":
                if not self.take():
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 no")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def address(self, address: str) -> str:
        server: Any = self.server
        server.hook("rcpt", address)
        if address in server.refused:
            return "550 unknown"
        if address in server.deferred:
            return "451 later"
        self.to.append(address)
        return "250 ok"

    def take(self) -> bool:
        server: Any = self.server
        self.say("354 go on")
        lines = []
        while (text := self.rfile.readline()) != b".\r\n":
            if not text:
                return False
            lines.append(text.removeprefix(b"."))
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        server.letters.append((tuple(self.to), message))
        if server.hook("data", str(message["Message-ID"])) == "break":
            return False
        self.say("250 taken")
        server.hook("answered", str(message["Message-ID"]))
        return True


@pytest.fixture
def letterbox(settings: Any) -> Iterator[Any]:
    """Return a mail server with what it took; the workspace sends to it over a socket.

    `refused` and `deferred` are addresses; `hook` is called at every step with its name and what it is about.
    """
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Letterbox) as server:
        held: Any = server
        held.letters, held.refused, held.deferred = [], set(), set()
        held.hook = lambda _step, _about: None
        held.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield server
        server.shutdown()


@pytest.fixture
def published(run: Any, people: dict[str, Any]) -> Any:
    """Return the review of a plan that is published, with the people whom the plan touches."""
    from django.conf import settings

    from evenhand.adapters.files.frozen import hash_plan_folder
    from evenhand.adapters.store.models import Review
    from evenhand.adapters.store.reviews import key_of
    from evenhand.app.review_cast import find_cast
    from evenhand.web.reading import find_directory, find_plan
    from evenhand.wiring.pricing_flags import plan_policy

    moves = find_plan(run).moves
    touched = {*moves["from_territory_id"], *moves["to_territory_id"]}
    here = {key_of(one) for one in people.values()}
    cast = find_cast(find_directory(run.book), touched, plan_policy(run), here=here, holders={}, leave_out=set())
    found = hash_plan_folder(settings.DATA / "plans" / run.folder)
    return Review.objects.create(
        run=run, author=people["revops"], submitter=people["revops"], stage="published", plan_hash=found,
        approved_hash=found,
        cast={
            "teams": {name: sorted(team) for name, team in cast.teams.items()},
            "reps": {name: sorted(own) for name, own in cast.reps.items()},
            "chain": [],
        },
    )  # fmt: skip


@pytest.fixture
def prepare(published: Any, people: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that prepares a round of the handoff of the published plan, the way the worker does it."""
    from evenhand.adapters.store.models import Handoff
    from evenhand.web.handing import ask_handoff
    from evenhand.wiring.handing_over import prepare_round

    def ask(**said: Any) -> Any:
        asked = ask_handoff(people["revops"], published, **said)
        prepare_round(str(asked.pk))
        found = Handoff.objects.get(pk=asked.pk)
        assert found.is_ready, found.problem
        return found

    return ask


@pytest.fixture
def handoff(prepare: Callable[..., Any]) -> Any:
    """Return the handoff of the published plan, prepared."""
    return prepare()
