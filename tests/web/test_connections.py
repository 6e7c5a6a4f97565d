"""A connection in the workspace: made, tested, synced into a book, mapped, removed; its secret seen nowhere."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import Server, serve

pytestmark = pytest.mark.django_db
SECRET = "client-secret"


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(Org()) as server:
        yield server


@pytest.fixture
def crm(running: Server) -> Server:
    running.org = fill(Org(), n_accounts=40, n_deals=80, n_territories=4)
    running.org.now += dt.timedelta(hours=1)
    return running


@pytest.fixture
def own_shelf(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def said(server: Server, **more: str) -> dict[str, str]:
    form = {
        "name": "crm",
        "set_address": server.url,
        "set_client_id": "client-id",
        "set_flow": "client-credentials",
        "secret_client_secret": SECRET,
        "every_hours": "24",
    }
    return form | more


def work(sync: Any) -> Any:
    """Do a job as the worker does."""
    from evenhand.wiring.syncing_jobs import do_sync

    do_sync(str(sync.pk))
    sync.refresh_from_db()
    return sync


def test_a_crm_is_connected_tested_and_synced_into_a_book(
    sign_in: Callable[[str], Any], crm: Server, own_shelf: Path
) -> None:
    from evenhand.adapters.store.models import AuditEvent, Book, Connection, Sync
    from evenhand.wiring.admitting import admit_upload

    client = sign_in("revops")
    assert "Connect Salesforce" in client.get("/connections/").content.decode()
    assert "View All Records" in client.get("/connections/new/salesforce/").content.decode()
    answer = client.post("/connections/new/salesforce/", said(crm), follow=True)
    assert "Waiting for the worker" in answer.content.decode()
    row, test = Connection.objects.get(), work(Sync.objects.get())
    assert test.is_done, test.problem
    page = client.get(f"/syncs/{test.pk}/").content.decode()
    assert "It works" in page
    assert "17 of 17" in page
    client.post(f"/connections/{row.pk}/syncs/", {"kind": "changes"})
    client.post(f"/connections/{row.pk}/syncs/", {"kind": "changes"})
    sync = work(Sync.objects.get(kind="changes"))  # one alone: the second click finds the first
    assert sync.is_done, sync.problem
    admit_upload(str(sync.book.pk))
    book = Book.objects.get()
    assert book.is_ready, book.problem
    assert book.summary["n_active_accounts"] == 40
    assert "A book is made of it" in client.get(f"/syncs/{sync.pk}/").content.decode()
    page = client.get(f"/connections/{row.pk}/").content.decode()
    assert "CN115" in page
    assert "kept encrypted" in page
    again, _ = _sync_again(client, row)
    assert again.book is None
    assert "Nothing has changed" in client.get(f"/syncs/{again.pk}/").content.decode()
    trail = " ".join(f"{event.action} {event.detail}" for event in AuditEvent.objects.all())
    assert "connection.made" in trail
    assert "client_secret" in trail
    for seen in (
        trail,
        page,
        *(path.read_bytes().decode("latin-1") for path in own_shelf.rglob("*") if path.is_file()),
    ):
        assert SECRET not in seen


def _sync_again(client: Any, row: Any) -> tuple[Any, Any]:
    from evenhand.adapters.store.models import Sync

    answer = client.post(f"/connections/{row.pk}/syncs/", {"kind": "changes"})
    return work(Sync.objects.get(pk=answer.url.split("/")[2])), answer


def test_a_mapping_made_on_screen_is_used_from_then_on(
    sign_in: Callable[[str], Any], crm: Server, own_shelf: Path
) -> None:
    from evenhand.adapters.store.models import Connection, Upload, User
    from evenhand.book.mapping import read_mapping
    from evenhand.web.uploads import save_mapping
    from evenhand.wiring.syncing_jobs import open_workspace_connections

    client = sign_in("revops")
    client.post("/connections/new/salesforce/", said(crm))
    row = Connection.objects.get()
    _sync_again(client, row)
    answer = client.post(f"/connections/{row.pk}/columns/", follow=True)
    assert answer.status_code == 200
    upload = Upload.objects.get()
    assert upload.mapping_name == "crm"
    assert "BillingState" in answer.content.decode()
    changed = upload.mapping.replace('vertical = "Industry"', 'segment = "Industry"')
    save_mapping(User.objects.get(email="revops@firm.example"), "crm", read_mapping(changed, "crm"))
    crm.org.now += dt.timedelta(days=1)
    crm.org.update("Account", next(iter(crm.org.tables["Account"])), {"BillingState": "OR"})
    sync, _ = _sync_again(client, row)
    assert sync.book is not None
    assert 'segment = "Industry"' in open_workspace_connections().mapping("crm").read_text()


def test_what_goes_wrong_is_on_its_page(sign_in: Callable[[str], Any], crm: Server, own_shelf: Path) -> None:
    from evenhand.adapters.store.models import Connection, Sync

    client = sign_in("revops")
    answer = client.post("/connections/new/salesforce/", said(crm, name="My CRM", set_address="http://crm.example.com"))
    assert answer.status_code == 422
    assert not Connection.objects.exists()
    answer = client.post("/connections/new/salesforce/", said(crm, set_address="http://crm.example.com"))
    assert "https://" in answer.content.decode()
    client.post("/connections/new/salesforce/", said(crm, secret_client_secret="another"))
    test = work(Sync.objects.get())
    assert test.state == "failed"
    page = client.get(f"/syncs/{test.pk}/").content.decode()
    assert "refuses the sign-in" in page
    row = Connection.objects.get()
    answer = client.get(f"/connections/{row.pk}/edit/").content.decode()
    assert "another" not in answer
    client.post(f"/connections/{row.pk}/edit/", said(crm))
    assert _sync_again(client, row)[0].is_done


def test_syncs_are_begun_by_schedule(sign_in: Callable[[str], Any], crm: Server, own_shelf: Path) -> None:
    from django.utils import timezone

    from evenhand.adapters.store.models import Sync
    from evenhand.wiring.syncing_jobs import do_rounds

    sign_in("revops").post("/connections/new/salesforce/", said(crm))
    assert do_rounds() == 1
    assert do_rounds() == 0  # it waits already
    assert work(Sync.objects.get(kind="changes")).is_done
    assert do_rounds() == 0
    assert do_rounds(timezone.now() + dt.timedelta(hours=25)) == 1
    assert Sync.objects.filter(by_schedule=True).count() == 2


def test_removing_asks_for_the_name_and_keeps_books(
    sign_in: Callable[[str], Any], crm: Server, own_shelf: Path
) -> None:
    from evenhand.adapters.store.models import Book, Connection

    client = sign_in("revops")
    client.post("/connections/new/salesforce/", said(crm))
    row = Connection.objects.get()
    _sync_again(client, row)
    client.post(f"/connections/{row.pk}/remove/", {"name": "other"})
    assert Connection.objects.exists()
    client.post(f"/connections/{row.pk}/remove/", {"name": "crm"})
    assert not Connection.objects.exists()
    assert not (own_shelf / "connections" / "crm").exists()
    assert Book.objects.count() == 1


def test_a_connection_of_the_command_line_is_taken_over(
    sign_in: Callable[[str], Any], crm: Server, own_shelf: Path
) -> None:
    from evenhand.foundation.secret import Secret
    from evenhand.wiring.connecting import fill_in
    from evenhand.wiring.syncing_jobs import open_workspace_connections

    connections = open_workspace_connections()
    settings = {"address": crm.url, "client_id": "client-id"}
    connections.save(fill_in(connections, "sandbox", "salesforce", settings, {"client_secret": Secret(SECRET)}))
    assert "sandbox" in sign_in("revops").get("/connections/").content.decode()
