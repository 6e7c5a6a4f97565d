"""A handoff's changes go to the CRM from the workspace: looked at, confirmed, written, taken back."""

import datetime as dt
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import run_command
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import serve

pytestmark = pytest.mark.django_db


@pytest.fixture
def handed(run: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An org, its book, a plan of it and the handoff, as the workspace keeps them."""
    from evenhand.adapters.store.models import Connection, Handoff, PlanRun, Review

    settings.DATA = tmp_path
    org = fill(Org(), n_accounts=60, n_deals=60, n_territories=4)
    monkeypatch.setenv("SF_SECRET", "client-secret")
    monkeypatch.chdir(tmp_path)
    with serve(org) as server:
        said = f"--set address={server.url} --set client_id=client-id --secret-from client_secret=SF_SECRET"
        for words in (
            f"connect add crm --home . --vendor salesforce {said}",
            "sync crm --home . --to book",
            "plan book --to plans/pushed --seconds 5",
            "handoff plans/pushed --book book --to handoffs/pushed --no-pdf --start 2026-10-05",
        ):
            ran = run_command(*shlex.split(words))
            assert ran.code == 0, (words, ran.err)
        PlanRun.objects.filter(pk=run.pk).update(folder="pushed")
        run.refresh_from_db()
        review = Review.objects.create(run=run, author=run.created_by)
        made = {"state": "done", "folder": "pushed", "summary": {"findings": []}, "created_by": run.created_by}
        handoff = Handoff.objects.create(review=review, run=run, **made)
        connection = Connection.objects.create(name="crm", vendor="salesforce", created_by=run.created_by)
        yield org, handoff, connection


def ask(client: Any, handoff: Any, connection: Any, mode: str, **more: str) -> Any:
    said = {"mode": mode, "connection": str(connection.pk), "until": "2027-03-01"}
    return client.post(f"/handoffs/{handoff.pk}/pushes/", said | more, follow=True)


def work(to: Any) -> Any:
    """Do the latest push as the worker does, and return it."""
    from evenhand.adapters.store.models import Push
    from evenhand.wiring.pushing_jobs import do_push

    push = Push.objects.filter(connection=to).first()
    do_push(str(push.pk))
    push.refresh_from_db()
    return push


def test_a_push_is_looked_at_confirmed_watched_and_taken_back(handed: Any, sign_in: Callable[[str], Any]) -> None:
    from evenhand.adapters.store.models import AuditEvent, Push

    org, handoff, connection = handed
    client, before = sign_in("revops"), org.picture()
    page = client.get(f"/handoffs/{handoff.pk}/pushes/").content.decode()
    assert "crm (salesforce)" in page
    assert "PU111" in ask(client, handoff, connection, "apply", confirmed="crm").content.decode()

    waiting = ask(client, handoff, connection, "dry-run").content.decode()
    assert "Waiting for the worker" in waiting
    assert "PU104" in ask(client, handoff, connection, "dry-run").content.decode()
    looked = work(connection)
    assert (looked.state, looked.problem) == ("done", "")
    page = client.get(f"/pushes/{looked.pk}/").content.decode()
    assert "would be written; nothing was" in page
    assert "account: joins its territory" in page
    assert "Rep " in page
    assert org.picture() == before

    assert "PU112" in ask(client, handoff, connection, "apply", confirmed="another").content.decode()
    assert Push.objects.count() == 1
    ask(client, handoff, connection, "apply", confirmed="crm")
    pushed = work(connection)
    assert pushed.summary["is_clean"], pushed.summary["findings"]
    assert pushed.summary["n_done"] > 0
    assert "written and read back" in client.get(f"/pushes/{pushed.pk}/").content.decode()
    assert org.picture() != before
    records = client.get(f"/pushes/{pushed.pk}/records.csv").content.decode()
    assert records.count(",done,") == pushed.summary["n_done"]

    assert "PU111" in ask(client, handoff, connection, "rollback", confirmed="crm").content.decode()
    ask(client, handoff, connection, "dry-run")
    assert "There is nothing to write" in client.get(f"/pushes/{work(connection).pk}/").content.decode()
    ask(client, handoff, connection, "rollback", confirmed="crm")
    back = work(connection)
    assert "taken back and read back" in client.get(f"/pushes/{back.pk}/").content.decode()
    assert org.picture() == before
    words = list(AuditEvent.objects.filter(action__startswith="push.").values_list("action", flat=True))
    assert sorted(words) == ["push.asked"] * 4 + ["push.done"] * 4 + ["push.ended"] * 4


def test_what_goes_wrong_is_on_the_page_and_a_program_reads_it(handed: Any, sign_in: Callable[[str], Any]) -> None:
    from evenhand.adapters.store.secrets import make_token

    org, handoff, connection = handed
    client = sign_in("revops")
    _, secret = make_token(handoff.created_by, "test", ["read", "write"])
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"connection_id": str(connection.pk), "until": "2027-03-01"}
    path = f"/api/v1/handoffs/{handoff.pk}/pushes"
    asked = client.post(path, body, content_type="application/json", headers=headers)
    assert (asked.status_code, asked.json()["mode"]) == (202, "dry-run")
    org.most_requests = org.n_requests + 3
    work(connection)
    said = client.get(f"/api/v1/pushes/{asked.json()['id']}", headers=headers).json()
    assert said["state"] == "failed"
    assert "24 hours" in said["problem"]
    assert "It didn't work" in client.get(f"/pushes/{said['id']}/").content.decode()
    org.most_requests = 100_000
    account = handoff_accounts(handoff)[0]
    org.tables["Account"][account]["OwnerId"] = org.rows("User", Name="Bea Boss")[0]["Id"]
    asked = client.post(path, body, content_type="application/json", headers=headers)
    push = work(connection)
    assert [finding["code"] for finding in push.summary["findings"]] == ["PU101"]
    rows = client.get(f"/api/v1/pushes/{push.pk}/records?limit=500", headers=headers).json()["items"]
    assert [row["id"] for row in rows if row["state"] == "drifted"] == [account]
    assert "what the plan took it for" in client.get(f"/pushes/{push.pk}/").content.decode()
    assert push.until == dt.date(2027, 3, 1)


def handoff_accounts(handoff: Any) -> list[str]:
    import polars as pl

    from evenhand.wiring.shelf import open_shelf

    return pl.read_csv(open_shelf().plan(handoff.run.folder) / "moves.csv")["account_id"].to_list()
