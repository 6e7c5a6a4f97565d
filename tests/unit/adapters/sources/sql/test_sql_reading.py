"""Reading a database file: what the mapping wants and nothing else, and never a write."""

import sqlite3
import time

import pytest

from evenhand.adapters.sources.sql import reading
from evenhand.adapters.sources.sql.address import read_address
from evenhand.adapters.sources.sql.reading import read_database
from evenhand.book.mapping import read_mapping
from evenhand.foundation.errors import InputError, SourceError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "firm.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE "Client List"
              ("No." INTEGER PRIMARY KEY, name TEXT, rep TEXT, "a:b" TEXT, salary REAL, logo BLOB);
            INSERT INTO "Client List" VALUES (1, 'Alpha', 'T1', 'x', 9.5, x'00'), (2, 'Beta', 'T2', 'y', 1.5, NULL);
            CREATE VIEW seats AS SELECT DISTINCT rep AS territory_id FROM "Client List";
            CREATE TABLE reps (rep_id TEXT);
            CREATE TABLE diary (secret TEXT);
            """
        )
    connection.close()
    return path


def read(file, text=""):
    return read_database(read_address(f"sqlite:///{file}"), mapping=read_mapping(text))


def test_tables_views_and_queries_are_read_in_any_case(file):
    source = read(
        file,
        """
        [tables.accounts]
        from = "client list"
        [tables.territories]
        from = "seats"
        [tables.activities]
        from = "calls"
        [database.queries]
        calls = "SELECT 'a:b' AS kind, \\"a:b\\" FROM \\"Client List\\" WHERE name LIKE '%a' ORDER BY name; "
        """,
    )
    assert source.tables["client list"].frame["No."].to_list() == [1, 2]
    assert sorted(source.tables["seats"].frame["territory_id"]) == ["T1", "T2"]
    assert source.tables["calls"].frame.rows() == [("a:b", "x"), ("a:b", "y")]
    assert set(source.tables) == {"client list", "seats", "calls", "reps"}
    assert [finding.code for finding in source.findings] == ["BK115"]
    assert [one.name for one in source.files] == [
        "sqlite:firm.db query calls",
        "sqlite:firm.db table Client List",
        "sqlite:firm.db table reps",
        "sqlite:firm.db table seats",
    ]


def test_what_the_mapping_leaves_out_never_leaves_the_database(file):
    source = read(file, '[tables.accounts]\nfrom = "Client List"\nleave_out = ["salary", "logo"]')
    frame = source.tables["Client List"].frame
    assert frame["salary"].null_count() == frame["logo"].null_count() == frame.height == 2
    assert frame["name"].to_list() == ["Alpha", "Beta"]
    assert source.findings == ()


def test_batches_give_the_same_table(file, monkeypatch):
    whole = read(file, '[tables.accounts]\nfrom = "Client List"').tables["Client List"].frame
    monkeypatch.setattr(reading.stream, "__defaults__", (1,))
    assert read(file, '[tables.accounts]\nfrom = "Client List"').tables["Client List"].frame.equals(whole)


def test_every_table_that_is_not_there_is_named_at_once(file):
    with pytest.raises(InputError) as raised:
        read(
            file,
            '[tables.accounts]\nfrom = "client lst"\n[tables.quotas]\nfrom = "aims"',
        )
    problems = raised.value.problems
    assert problems["tables.accounts.from"].endswith("Did you mean 'Client List'?")
    assert set(problems) == {"tables.accounts.from", "tables.quotas.from"}


def test_every_query_that_is_wrong_is_named_at_once_before_anything_is_read(file):
    with pytest.raises(InputError) as raised:
        read(file, '[database.queries]\na = "SELECT nought FROM reps"\nb = "SELECT 1 FRM x"')
    assert set(raised.value.problems) == {"database.queries.a", "database.queries.b"}
    assert "no such column: nought" in raised.value.problems["database.queries.a"]


@pytest.mark.parametrize("query", ["DELETE FROM reps", "; DROP TABLE reps", "", "   ", "PRAGMA user_version = 3"])
def test_only_a_select_is_a_query(file, query):
    with pytest.raises(InputError):
        read(file, f'[database.queries]\na = "{query}"')


def test_the_session_cannot_write_whatever_a_query_says(file):
    from sqlalchemy import text

    from evenhand.adapters.sources.sql.session import open_session

    address = read_address(f"sqlite:///{file}")
    with (
        pytest.raises(SourceError, match="sources are only read"),
        open_session(address, statement_seconds=5) as session,
    ):
        session.execute(text("DELETE FROM reps"))


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(InputError, match="there is no database file"):
        read(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "x.db").write_text("accounts, but not as a database" * 100)
    with pytest.raises(SourceError, match="can't be read as a database"):
        read(tmp_path / "x.db")


def test_a_database_without_tables_of_a_book_lists_what_it_has(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE invoices (id)")
    connection.close()
    with pytest.raises(InputError, match="It has: invoices"):
        read(tmp_path / "other.db")


def test_a_statement_that_takes_too_long_is_stopped(file):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
    began = time.monotonic()
    with pytest.raises((SourceError, InputError), match="longer than it may"):
        read(file, f'[database]\nstatement_seconds = 1\n[database.queries]\na = "{endless}"')
    assert time.monotonic() - began < 20
