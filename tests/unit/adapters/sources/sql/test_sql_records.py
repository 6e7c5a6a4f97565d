"""A database that is read again and again: pages by key, changes by stamp, deletions by comparing keys."""

import datetime as dt
import sqlite3
from contextlib import closing

import pytest

from evenhand.adapters.sources.kept import KeptConnection
from evenhand.adapters.sources.sql import records
from evenhand.adapters.sources.sql.address import read_address
from evenhand.adapters.sources.sql.records import SqlSource, read_tables
from evenhand.adapters.sources.sql.vendor import VENDOR
from evenhand.adapters.sources.vendors import load_vendor
from evenhand.app.records import FieldKind
from evenhand.app.sync import sync_records
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

STAMP = "%Y-%m-%d %H:%M:%S"


class Crm:
    """A database that somebody works in."""

    def __init__(self, path):
        self.path = path
        self.run(
            "CREATE TABLE customer"
            " (id INTEGER PRIMARY KEY, name TEXT, worth NUMERIC(9, 2), changed_at TIMESTAMP, logo BLOB)",
            "CREATE TABLE member (team TEXT, rep TEXT, since DATE, PRIMARY KEY (team, rep))",
            "CREATE TABLE note (words TEXT)",
            "INSERT INTO member VALUES ('N', 'a', '2026-01-01'), ('N', 'b', NULL)",
            "INSERT INTO note VALUES ('x'), ('x')",
        )
        for i in range(10):
            self.put(i, f"Customer {i}", days_ago=30)

    def run(self, *statements):
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def put(self, key, name, days_ago=0):
        at = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)).strftime(STAMP)
        self.run(f"INSERT OR REPLACE INTO customer VALUES ({key}, '{name}', 12.5, '{at}', x'00')")


@pytest.fixture
def crm(tmp_path):
    return Crm(tmp_path / "crm.db")


def source_of(crm, tables="customer:changed_at, member, note"):
    return SqlSource(read_address(f"sqlite:///{crm.path}"), read_tables(tables))


def sync(crm, keep, **more):
    with closing(source_of(crm)) as source:
        return sync_records(source, keep, clock=lambda: dt.datetime.now(dt.UTC), **more)


def names(keep):
    return {row["id"]: row["name"] for row in keep.table("customer").to_dicts()}


def test_everything_is_read_once_then_what_changed_and_what_is_gone(crm, tmp_path):
    keep = KeptConnection(tmp_path / "kept")
    sync(crm, keep)
    assert names(keep) == {str(i): f"Customer {i}" for i in range(10)}
    assert keep.table("customer").columns == ["id", "name", "worth", "changed_at"]
    assert sorted(keep.table("member")["record_key"]) == ["N|a", "N|b"]
    assert keep.table("note").height == 2
    crm.put(3, "Renamed")
    crm.put(77, "New")
    crm.run("DELETE FROM customer WHERE id = 5")
    done = {one.name: one for one in sync(crm, keep).objects}
    assert (done["customer"].how, done["customer"].n_read, done["customer"].n_deleted) == ("changes", 2, 1)
    assert done["member"].how == "full"
    assert names(keep) == {str(i): f"Customer {i}" for i in range(10) if i != 5} | {"3": "Renamed", "77": "New"}


def test_pages_go_on_after_the_last_key(crm, monkeypatch):
    monkeypatch.setattr(records, "PAGE_ROWS", 4)
    with closing(source_of(crm)) as source:
        customer = source.discover({}).objects[0]
        pages = list(source.pages(customer, since=None, resume=None))
        assert [page.rows.height for page in pages] == [4, 4, 2]
        rest = list(source.pages(customer, since=None, resume=pages[0].resume))
        assert [page.rows["id"].to_list() for page in rest] == [["4", "5", "6", "7"], ["8", "9"]]
        assert sum(page.rows.height for page in source.sweep(customer, resume=None)) == 10


def test_columns_have_kinds_and_bytes_are_left_out(crm):
    with closing(source_of(crm)) as source:
        customer, member, note = source.discover({}).objects
    kinds = {field.name: field.kind for field in customer.fields}
    text = FieldKind.TEXT  # SQLite's moments are text
    assert kinds == {"id": FieldKind.ID, "name": text, "worth": FieldKind.NUMBER, "changed_at": text}
    assert (customer.stamp, member.stamp, note.key) == ("changed_at", None, "record_key")


def test_tables_and_columns_that_are_not_there_are_said(crm):
    with closing(source_of(crm, "custmer, member:at")) as source:
        found = source.discover({})
        assert [(one.code, one.subject) for one in found.findings] == [("CN101", "custmer"), ("CN111", "member")]
        assert "'customer'" in found.findings[0].message
        assert not source.check().is_ok


@pytest.mark.parametrize("text", ["", " , ", "a, a:x"])
def test_a_list_of_tables_names_each_once(text):
    with pytest.raises(InputError):
        read_tables(text)


def test_a_database_is_a_vendor_that_keeps_its_password_apart(crm):
    assert load_vendor("sql") is VENDOR
    said = {"address": f"sqlite:///{crm.path}", "tables": "customer"}
    with closing(VENDOR.open(said, {})) as source:
        assert source.check().is_ok
    said = {"address": "postgresql://reader:s3cret@127.0.0.1:1/crm", "tables": "customer"}
    with pytest.raises(InputError, match="must hold no password") as raised:
        VENDOR.open(said, {})
    assert "s3cret" not in str(raised.value)
    said["address"] = "postgresql://reader@127.0.0.1:1/crm"
    source = VENDOR.open(said, {"password": Secret("s3cret")})
    with closing(source), pytest.raises(SourceError, match="nothing answers there") as failed:
        source.now()
    assert "s3cret" not in str(failed.value)
