"""A workspace with a small firm in it, and a cast of people."""

import os
import tempfile
from collections.abc import Callable
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
