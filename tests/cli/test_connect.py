"""Connecting, syncing and admitting what a connection keeps, on the command line, against the fake org."""

import datetime as dt
import json
import re
import shlex
from pathlib import Path

import pytest
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import serve

OK, INPUT, REFUSED, SOURCE_DOWN = 0, 10, 12, 14
SECRET = "client-secret"


@pytest.fixture(scope="module")
def crm():
    org = fill(Org(), n_accounts=40, n_deals=80, n_territories=4)
    org.now += dt.timedelta(hours=1)
    with serve(org) as server:
        yield server


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENHAND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CRM_SECRET", SECRET)
    return tmp_path


def connect(evenhand, crm, *more):
    said = ("--vendor", "salesforce", "--set", f"address={crm.url}", "--set", "client_id=client-id")
    return evenhand("connect", "crm", *said, "--secret-from", "client_secret=CRM_SECRET", *more)


def test_a_connection_is_made_tested_synced_listed_and_removed(evenhand, crm, home):
    assert connect(evenhand, crm).code == OK
    tested = evenhand("connect", "test", "crm", "--format", "json")
    assert (tested.code, json.loads(tested.out)["is_ok"]) == (OK, True)
    synced = evenhand("sync", "crm", "--to", home / "book", "--format", "json")
    assert synced.code == OK, synced.err
    said = json.loads(synced.out)
    assert said["book"]["content_hash"]
    assert {one["name"]: one["n_rows"] for one in said["objects"]}["Account"] == 40
    again = evenhand("sync", "crm", "--to", home / "again", "--format", "json")
    assert json.loads(again.out)["book"] == said["book"]
    assert not json.loads(again.out)["is_changed"]
    kept = evenhand("admit", "crm", "--to", home / "book")  # the same one, without a request
    assert kept.code == OK, kept.err
    listed = evenhand("connect", "list", "--format", "json")
    assert json.loads(listed.out)[0]["outcome"] == "done"
    shown = evenhand("connect", "show", "crm", "--format", "json")
    assert json.loads(shown.out)["secrets"] == ["client_secret"]
    table = evenhand("connect", "show", "crm")
    assert "View All Records" in table.err
    for ran in (tested, synced, again, kept, listed, shown, table):
        assert SECRET not in ran.out + ran.err
    assert evenhand("connect", "remove", "crm").code == INPUT
    assert evenhand("connect", "remove", "crm", "--yes").code == OK
    assert evenhand("sync", "crm").code == INPUT


def test_what_is_missing_or_wrong_is_said_with_how_to_say_it(evenhand, crm, home, monkeypatch):
    ran = evenhand("connect", "crm", "--vendor", "salesforce", "--set", f"address={crm.url}")
    assert ran.code == INPUT
    assert "--set client_id=VALUE" in ran.err
    assert connect(evenhand, crm, "--set", "adress=x").code == INPUT
    assert connect(evenhand, crm, "--set", "client_secret=typed").code == INPUT
    monkeypatch.delenv("CRM_SECRET")
    assert "CRM_SECRET" in connect(evenhand, crm).err
    assert evenhand("connect", "crm").code == INPUT
    assert evenhand("connect", "list").code == OK


def test_a_refused_sign_in_leaves_with_its_own_code(evenhand, crm, home, monkeypatch):
    monkeypatch.setenv("CRM_SECRET", "another")
    assert connect(evenhand, crm).code == OK
    ran = evenhand("connect", "test", "crm")
    assert ran.code == SOURCE_DOWN
    assert "refuses the sign-in" in ran.err
    assert "another" not in ran.out + ran.err
    assert evenhand("sync", "crm", "--resume").code == REFUSED
    assert evenhand("sync", "crm").code == SOURCE_DOWN
    log = json.loads(evenhand("connect", "show", "crm", "--format", "json").out)["syncs"]
    assert [entry["outcome"] for entry in log] == ["failed", "failed"]


def test_an_owner_without_territory_management_is_a_territory(evenhand, home):
    org = fill(Org(), n_accounts=40, n_deals=80, n_territories=4)
    org.tables["ObjectTerritory2Association"].clear()
    org.now += dt.timedelta(hours=1)
    with serve(org) as crm:
        assert connect(evenhand, crm, "--set", "currency=USD").code == OK
        ran = evenhand("sync", "crm", "--to", home / "book", "--format", "json")
    assert ran.code == OK, ran.err
    assert not [finding for finding in json.loads(ran.out)["findings"] if finding["severity"] == "error"]
    import polars as pl

    accounts = pl.read_parquet(home / "book/accounts.parquet")
    assert set(accounts["territory_id"]) == {row["OwnerId"] for row in org.rows("Account")}
    ownership = pl.read_parquet(home / "book/ownership.parquet")
    assert (
        ownership.height == 4
    )  # since the change in each history; the owner before has no accounts now, so no territory
    now = dict(accounts.select("account_id", "territory_id").iter_rows())
    assert all(now[account] == owner for account, owner in ownership.select("account_id", "territory_id").iter_rows())


def test_the_page_on_salesforce_says_what_works(evenhand, crm, home, monkeypatch):
    """Its commands are run as printed, but for the address and the key of the org."""
    page = (Path(__file__).parents[2] / "docs/how-to/connect-salesforce.md").read_text("utf-8")
    monkeypatch.setenv("SF_SECRET", SECRET)
    monkeypatch.chdir(home)
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("evenhand")]
    assert len(commands) == 4
    for words in commands:
        known = [
            word.replace("https://acme.my.salesforce.com", crm.url).replace("3MVG9…", "client-id") for word in words
        ]
        ran = evenhand(*known)
        assert ran.code == OK, (words, ran.err)
    assert (home / "books/first/book.json").read_text() == (home / "books/second/book.json").read_text()
